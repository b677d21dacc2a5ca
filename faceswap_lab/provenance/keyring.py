"""The user's watermark keys: made at first use, in a file that nobody else may read."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import explain_os_error
from faceswap_lab.core.paths import config_dir

KEY_BYTES = 32


def key_file() -> Path:
    """``watermark.keys`` in the user's configuration folder; it may not exist yet."""
    return config_dir() / "watermark.keys"


def watermark_keys(*, make: bool = False) -> list[bytes]:
    """The user's keys: 64 hexadecimal digits a line, of which the first one marks and all of them are looked for.

    Args:
        make: Whether to make a key where there is none yet.

    Raises:
        ConfigError: A line is no key.
        OutputError: The file cannot be read or made.
    """
    path = key_file()
    try:
        if make and not path.exists():
            _make(path)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except OSError as error:
        raise explain_os_error(error, path) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a text file; move it away and a new key is made") from error
    keys: list[bytes] = []
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].strip()
        if not words:
            continue
        try:
            key = bytes.fromhex(words)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise ConfigError(f"{path}: line {number} is no key of 64 hexadecimal digits; correct or remove it")
        keys.append(key)
    if make and not keys:
        raise ConfigError(f"{path} holds no key; remove the file and a new one is made")
    return keys


def fingerprint(key: bytes) -> str:
    """Eight hexadecimal digits that tell keys apart and betray nothing of them."""
    return hashlib.sha256(b"faceswap-lab key\0" + key).hexdigest()[:8]


def _make(path: Path) -> None:
    """Writes a new key, unless another process has just done so."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(f"{secrets.token_hex(KEY_BYTES)}\n")
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):  # a link, unlike a rename, takes nobody's place
            os.link(temporary, path)
    finally:
        temporary.unlink()
