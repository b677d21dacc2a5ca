"""A page that shows a few frames before and after, with a line to drag between them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.core.markup import Html, join, tag
from faceswap_lab.core.page_policy import page_policy
from faceswap_lab.media.frame import Picture
from faceswap_lab.media.images import encode_image
from faceswap_lab.media.joining import Segment
from faceswap_lab.media.pixels import as_picture, scaled, to_8_bits
from faceswap_lab.provenance.manifest import manifest_path
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.writers.companion import Scene, Shot

_LEAST_SCALE = 0.5  # what the watermark survives
_QUALITY = 90  # of JPEG; the watermark survives 50

_Pair = tuple[str, bytes, bytes]  # a caption, the JPEG before and the one after

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
figure{margin:2rem 0}
.pair{position:relative;display:inline-block;max-width:100%;--at:50%}
.pair img{display:block;max-width:100%;height:auto}
.pair img+img{position:absolute;inset:0;clip-path:inset(0 0 0 var(--at))}
.pair::after{content:"";position:absolute;top:0;bottom:0;left:var(--at);border-left:2px solid #fff8}
input{display:block;width:100%;max-width:40rem}
"""
SCRIPT = """
for (const slider of document.querySelectorAll("input")) {
  const pair = slider.closest("figure").querySelector(".pair");
  slider.addEventListener("input", () => pair.style.setProperty("--at", slider.value + "%"));
}
"""


class Slider:
    """``NAME_slider.html``: one file without any other, that loads nothing and runs nothing but its own lines.

    The pictures after the swap are the output's, with its marks.

    Args:
        num_frames: How many frames it shows, 1 to 50, spread over those with a swapped face.
        max_side_px: Pictures are made smaller towards this longest side, but to half their size at most.

    Raises:
        ConfigError: A number is out of its range.
    """

    needs_workings = False
    note = "the pictures after the swap are the output's with its marks"

    def __init__(self, *, num_frames: int = 6, max_side_px: int = 1280) -> None:
        if not 1 <= num_frames <= 50:
            raise ConfigError(f"also.slider.num_frames={num_frames}: give 1 to 50")
        if max_side_px < 64:
            raise ConfigError(f"also.slider.max_side_px={max_side_px}: give 64 or more")
        self._num_frames, self._max_side_px = num_frames, max_side_px

    def path(self, output: Path) -> Path:
        """As `Companion`."""
        return output.with_name(f"{output.stem}_slider.html")

    def check(self, marks: Marks) -> None:
        """As `Companion`; it carries all of them."""

    @contextmanager
    def open(self, stage: Path, scene: Scene) -> Iterator[_Chosen]:
        """As `Companion`."""
        chosen = _Chosen(2 * self._num_frames, self._max_side_px)
        yield chosen
        self._write(chosen.kept, stage, scene)

    @contextmanager
    def open_part(self, path: Path, scene: Scene, *, number: int, memory: Any) -> Iterator[_Chosen]:
        """As `Companion`; a part holds what it adds, as JSON."""
        chosen = _Chosen(2 * self._num_frames, self._max_side_px, **(memory or {}))
        yield chosen
        coded = [[place, caption, *map(_coded, pair)] for place, (caption, *pair) in chosen.kept.items()]
        atomic_write_text(path, json.dumps({"every": chosen.memory()["every"], "kept": coded}))

    def join(self, parts: Sequence[Segment], stage: Path, scene: Scene) -> None:
        """As `Companion`."""
        read = [json.loads(part.path.read_text(encoding="utf-8")) for part in parts]
        kept = {
            place: (caption, base64.b64decode(before), base64.b64decode(after))
            for part in read
            for place, caption, before, after in part["kept"]
            if place % read[-1]["every"] == 0
        }
        self._write(kept, stage, scene)

    def _write(self, kept: Mapping[int, _Pair], stage: Path, scene: Scene) -> None:
        chosen, last = [kept[place] for place in sorted(kept)], len(kept) - 1
        steps = max(self._num_frames - 1, 1)
        places = sorted({round(last * number / steps) for number in range(self._num_frames)}) if kept else []
        atomic_write_text(stage, _page(scene, [chosen[place] for place in places], self.path(scene.output)))


class _Chosen:
    """Keeps shots at even distances, however many come: when there are too many, every second one goes.

    Args:
        most: How many are kept.
        max_side_px: As `Slider`.
        num_seen: How many came before, in other parts.
        every: The distance, counted in shots, of those that are kept.

    Attributes:
        kept: By the number at which it came: a caption, the JPEG before and the one after.
    """

    def __init__(self, most: int, max_side_px: int, *, num_seen: int = 0, every: int = 1) -> None:
        self._most, self._max_side_px = most, max_side_px
        self._every, self._num_seen = every, num_seen
        self.kept: dict[int, _Pair] = {}

    def write(self, shot: Shot) -> None:
        """As `CompanionWriter`."""
        if not shot.swaps:
            return
        if self._num_seen == self._most * self._every:
            self._every *= 2
            self.kept = {place: pair for place, pair in self.kept.items() if place % self._every == 0}
        if self._num_seen % self._every == 0:
            self.kept[self._num_seen] = self._encoded(shot)
        self._num_seen += 1

    def memory(self) -> dict[str, int]:
        """As `CompanionWriter`."""
        return {"num_seen": self._num_seen, "every": self._every}

    def _encoded(self, shot: Shot) -> _Pair:
        size = shot.image.shape[1::-1]
        before = as_picture(cv2.resize(to_8_bits(shot.before), size, interpolation=cv2.INTER_AREA))
        scale = min(1.0, max(_LEAST_SCALE, self._max_side_px / max(size)))
        caption = f"Frame {shot.frame.index}, {shot.frame.pts_s:.2f} s"
        return caption, _jpeg(before, scale), _jpeg(shot.image, scale)


def _jpeg(image: Picture, scale: float) -> bytes:
    return encode_image(scaled(to_8_bits(image), scale), suffix=".jpg", quality=_QUALITY)


def _page(scene: Scene, frames: Sequence[_Pair], path: Path) -> str:
    title = f"{scene.footage.path.name} as {', '.join(scene.identities)}"
    head = tag(
        "head",
        page_policy(STYLE, SCRIPT),
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width"),
        tag("title", title),
        Html(f"<style>{STYLE}</style>"),
    )
    said = "No face was swapped." if not frames else "Left of the line the footage, right of it the swap."
    body = tag(
        "body",
        tag("h1", title),
        tag("p", f"AI-generated face swap. {said} Its origin is in {manifest_path(path).name}."),
        *[_figure(*frame) for frame in frames],
        Html(f"<script>{SCRIPT}</script>"),
    )
    return join(Html("<!doctype html>"), tag("html", head, body, lang="en")) + "\n"


def _figure(caption: str, before: bytes, after: bytes) -> Html:
    pair = tag(
        "div",
        tag("img", src=_uri(before), alt=f"{caption}: the footage"),
        tag("img", src=_uri(after), alt=f"{caption}: the swap"),
        class_="pair",
    )
    slider = tag("input", type="range", min=0, max=100, value=50, aria_label=f"{caption}: place of the line")
    return tag("figure", pair, slider, tag("figcaption", caption))


def _uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{_coded(jpeg)}"


def _coded(jpeg: bytes) -> str:
    return base64.b64encode(jpeg).decode("ascii")
