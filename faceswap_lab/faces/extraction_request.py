"""Which frames of which footage an extraction is asked for: what names it, and what is left of it."""

import hashlib
import json
from pathlib import Path

from faceswap_lab.core.files import sha256_of
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import MediaRecord
from faceswap_lab.faces.likeness import Likeness
from faceswap_lab.media.footage import Footage

SORTED = "cluster"
"""In a request: all faces are taken, to be sorted by people afterwards."""


def media_record(footage: Footage) -> MediaRecord:
    """The entry of ``identity.yaml`` for footage."""
    info = footage.info
    return MediaRecord(media_sha256(footage.path), footage.path.name, info.width, info.height, info.fps)


def media_sha256(path: Path) -> str:
    """SHA-256 of a file, or of a folder's files by name and content, as 64 hexadecimal digits."""
    if not path.is_dir():
        return sha256_of(path)
    digest = hashlib.sha256()
    for file in sorted(entry for entry in path.iterdir() if entry.is_file() and entry.name[0] != "."):
        digest.update(f"{file.name}\n{sha256_of(file)}\n".encode())
    return digest.hexdigest()


def request_key(
    media: MediaRecord,
    finder: FaceFinder,
    ranges: FrameRange | None,
    every: int,
    max_faces: int | None,
    *,
    followed: str | None = None,
    likeness: Likeness | None = None,
    everybody: bool = False,
) -> str:
    """What tells one extraction from another, so that only the same one is resumed.

    ``followed`` names tracker and refinement, with their settings.
    """
    return json.dumps(
        {
            "media": media.sha256,
            "range": None if ranges is None else str(ranges),
            "every": every,
            "max_faces": max_faces,
            "detector": finder.detector.name,
            "landmarker": finder.landmarker.name,
            # Left out where nothing was said, as in sets made before there was anything to say.
            **({} if followed is None else {"followed": followed}),
            **({} if likeness is None else likeness.key),
            **({"people": SORTED} if everybody else {}),
        },
        sort_keys=True,
    )


def is_complete(faceset: Faceset, request: str) -> bool:
    """Whether a face set holds all that a request asks for.

    Footage that was sorted by people is complete for whoever asks for one of them: the largest face of a frame in
    which this person is not is somebody else's.
    """
    if faceset.database.scan_state(request)[1]:
        return True
    asked = json.loads(request)
    if "people" in asked:
        return False
    done = (json.loads(key) for key in faceset.database.complete_scans(asked["media"]))
    return any(key.get("people") == SORTED for key in done)


def num_wanted(footage: Footage, ranges: FrameRange | None, every: int) -> int | None:
    """Estimated number of frames to look at, or None where the footage does not say."""
    num_frames = footage.info.num_frames
    if ranges is not None:
        ends = [num_frames if end is None else min(end, num_frames or end) for _, end in ranges.spans]
        if any(end is None for end in ends):
            return None
        num_frames = sum(max(0, (end or 0) - first) for (first, _), end in zip(ranges.spans, ends, strict=True))
    return None if num_frames is None else -(-num_frames // every)


def remaining(ranges: FrameRange | None, next_frame: int) -> FrameRange | None:
    """The frames of a range from one on; None where none is left."""
    spans = ((0, None),) if ranges is None else ranges.spans
    rest = tuple((max(first, next_frame), end) for first, end in spans if end is None or end > next_frame)
    return FrameRange(rest) if rest else None
