"""The index of what the user has marked: which manifest a watermark's id belongs to."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import append_line
from faceswap_lab.core.paths import data_dir

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One marked output.

    Attributes:
        id: Its watermark's payload, eight hexadecimal digits.
        key: Fingerprint of the key.
        manifest: Absolute path of its manifest.
        output_sha256: Hash of the output.
    """

    id: str
    key: str
    manifest: str
    output_sha256: str


def index_file() -> Path:
    """``outputs.jsonl`` in the user's data folder, a line an output; it may not exist yet."""
    return data_dir() / "outputs.jsonl"


def remember(entry: Entry) -> None:
    """Adds an output; where that is not possible, the log says so, and the output stays."""
    try:
        append_line(index_file(), json.dumps(asdict(entry), ensure_ascii=False))
    except OutputError as error:
        logger.warning("the output was not noted in the index: %s", error)


def look_up(watermark_id: str, key: str) -> list[Entry]:
    """The outputs that carry an id, the latest first; lines that cannot be read are passed over.

    Args:
        watermark_id: Eight hexadecimal digits.
        key: Fingerprint of the key.
    """
    return [entry for entry in reversed(_entries()) if (entry.id, entry.key) == (watermark_id, key)]


def manifests_made() -> list[Path]:
    """The manifests of all outputs in the index, whether they are still there or not."""
    return [Path(path) for path in dict.fromkeys(entry.manifest for entry in _entries())]


def _entries() -> list[Entry]:
    path = index_file()
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    except OSError as error:
        logger.warning("%s: the index cannot be read: %s", path, error.strerror or error)
        return []
    return [entry for line in lines if (entry := _parsed(line)) is not None]


def _parsed(line: str) -> Entry | None:
    try:
        values = json.loads(line)
        return Entry(**{name: str(values[name]) for name in ("id", "key", "manifest", "output_sha256")})
    except (ValueError, KeyError, TypeError):
        return None  # a line that was cut off, or that another version wrote
