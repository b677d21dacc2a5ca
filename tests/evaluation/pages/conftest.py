"""Debian's chromium without a window, driven through its debugging pipe, for tests that look at pages."""

import base64
import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"


class Opened(NamedTuple):
    """What a browser did with a page.

    Attributes:
        overflow_px: By how much the page is wider than the window.
        background: Of the body, as CSS.
        requested: Addresses it asked for, without the page itself and what is embedded in it.
        complaints: Errors and warnings of the console and of the page's policy.
        values: Of the expressions that were asked for.
    """

    overflow_px: int
    background: str
    requested: list[str]
    complaints: list[str]
    values: list[Any]


class Browser:
    """One chromium for many pages.

    Args:
        program: Its path.
        profile: Folder for what it keeps.
    """

    def __init__(self, program: str, profile: Path) -> None:
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        command += ["--remote-debugging-pipe", f"--user-data-dir={profile}", "--disable-background-networking"]
        high_in, high_out = (fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (theirs_in, theirs_out))

        def place() -> None:  # where chromium looks for them
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        self._process = subprocess.Popen(
            [*command, "about:blank"],
            pass_fds=(3, 4),
            preexec_fn=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for fd in (theirs_in, theirs_out, high_in, high_out):
            os.close(fd)
        self._in, self._out = os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb", buffering=0)
        self._buffer, self._number = b"", 0
        self._events: list[dict[str, Any]] = []

    def open(
        self, page: Path, *, width: int, dark: bool, picture: Path | None = None, ask: tuple[str, ...] = ()
    ) -> Opened:
        """Opens a page in a window of that width, and may take a picture of all of it, a PNG."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._events = []
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable", session)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", session, features=[scheme])
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self._call("Emulation.setDeviceMetricsOverride", session, **size)
        self._call("Page.navigate", session, url=page.resolve().as_uri())
        self._wait_for("Page.loadEventFired")
        asked = [self._value(session, text) for text in (_OVERFLOW, _BACKGROUND, *ask)]
        if picture is not None:
            shot = self._call("Page.captureScreenshot", session, captureBeyondViewport=True, format="png")
            picture.write_bytes(base64.b64decode(shot["data"]))
        self._call("Target.closeTarget", targetId=target)
        return Opened(asked[0], asked[1], self._requested(page), self._complaints(), asked[2:])

    def close(self) -> None:
        """Ends the browser."""
        self._process.terminate()
        self._process.wait(10)

    def _requested(self, page: Path) -> list[str]:
        asked = [event["params"]["request"]["url"] for event in self._of("Network.requestWillBeSent")]
        return [url for url in asked if not url.startswith("data:") and url != page.resolve().as_uri()]

    def _complaints(self) -> list[str]:
        entries = [event["params"]["entry"] for event in self._of("Log.entryAdded")]
        said = [entry["text"] for entry in entries if entry["level"] in ("error", "warning")]
        said += [str(event["params"]["args"]) for event in self._of("Runtime.consoleAPICalled")]
        return said + [str(event["params"]) for event in self._of("Runtime.exceptionThrown")]

    def _of(self, method: str) -> list[dict[str, Any]]:
        return [event for event in self._events if event.get("method") == method]

    def _value(self, session: str, expression: str) -> Any:
        return self._call("Runtime.evaluate", session, expression=expression, returnByValue=True)["result"].get("value")

    def _wait_for(self, method: str) -> None:
        ends = time.monotonic() + 30
        while not self._of(method):
            assert time.monotonic() < ends, f"no {method} within 30 s"
            self._events.append(self._read())

    def _call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        self._out.write(json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            self._events.append(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            piece = self._in.read1(1 << 16)
            assert piece, "the browser has gone"
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(line)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A running chromium; tests that need it are skipped where it is not installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("chromium is not installed; `apt-get install chromium` lets pages be opened and checked")
    browser = Browser(program, tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()
