"""The table behind a face set: ``faces.sqlite``, a row a face, arrays as little-endian float64."""

import math
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset_safety import SHA256

# `scans` remembers how far each request has come, frames without a face included, so that a killed extraction goes on
# where it was. Crops are named after their row and hashed into it: a row without its crop, or the reverse, shows.
SCHEMA_SQL = """
CREATE TABLE IF NOT EXISTS faces (
    id INTEGER PRIMARY KEY,
    media TEXT NOT NULL CHECK (length(media) = 64),
    frame_index INTEGER NOT NULL CHECK (frame_index >= 0),
    face_index INTEGER NOT NULL DEFAULT 0 CHECK (face_index >= 0),
    pts_s REAL NOT NULL,
    box BLOB NOT NULL CHECK (length(box) = 32),
    landmarks BLOB NOT NULL CHECK (length(landmarks) = 1088),
    frame_to_crop BLOB NOT NULL CHECK (length(frame_to_crop) = 48),
    confidence REAL NOT NULL,
    sharpness REAL NOT NULL CHECK (sharpness >= 0),
    yaw REAL NOT NULL,
    pitch REAL NOT NULL,
    roll REAL NOT NULL,
    embedding BLOB,
    embedder TEXT,
    track INTEGER,
    detector TEXT NOT NULL,
    landmarker TEXT NOT NULL,
    crop_sha256 TEXT NOT NULL CHECK (length(crop_sha256) = 64),
    UNIQUE (media, frame_index, face_index),
    CHECK ((embedding IS NULL) = (embedder IS NULL))
) STRICT;
CREATE TABLE IF NOT EXISTS scans (
    request TEXT PRIMARY KEY,
    media TEXT NOT NULL CHECK (length(media) = 64),
    next_frame INTEGER NOT NULL CHECK (next_frame >= 0),
    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1))
) STRICT;
CREATE TABLE IF NOT EXISTS means (
    embedder TEXT NOT NULL,
    content TEXT NOT NULL,
    num_faces INTEGER NOT NULL CHECK (num_faces > 0),
    mean BLOB NOT NULL,
    PRIMARY KEY (embedder, content, num_faces)
) STRICT;
"""

# A new column is one line here and one field of `FaceRow` of the same name with a default, which is what the rows of
# older face sets read as. They get the column itself when they are next opened for writing.
ADDED_COLUMNS = {
    "rejected": "INTEGER NOT NULL DEFAULT 0 CHECK (rejected IN (0, 1))",
    "interpolated": "INTEGER NOT NULL DEFAULT 0 CHECK (interpolated IN (0, 1))",
    "landmark_confidence": "REAL",
    "brightness": "REAL CHECK (brightness BETWEEN 0 AND 255)",
    "face_px": "REAL CHECK (face_px >= 0)",
    "upscale": "REAL CHECK (upscale > 0)",
    "occlusion": "REAL CHECK (occlusion BETWEEN 0 AND 1)",
}

ADDED_TABLES = (
    # What the tracker knew after the last frame of an extraction that is not complete.
    """CREATE TABLE IF NOT EXISTS scan_memory (
        request TEXT PRIMARY KEY,
        memory TEXT NOT NULL
    ) STRICT""",
    # The order that people look at the faces in; one at a time, absent where nobody sorted.
    """CREATE TABLE IF NOT EXISTS face_order (
        place INTEGER PRIMARY KEY,
        face INTEGER NOT NULL UNIQUE,
        sorted_by TEXT NOT NULL
    ) STRICT""",
    # What was done to the set by hand, with what is needed to take it back.
    """CREATE TABLE IF NOT EXISTS journal (
        id INTEGER PRIMARY KEY,
        made_at TEXT NOT NULL,
        what TEXT NOT NULL,
        before TEXT NOT NULL
    ) STRICT""",
    # Vectors computed from crops lie off those of whole frames, so that they may not stand in `faces.embedding`.
    """CREATE TABLE IF NOT EXISTS crop_embeddings (
        face INTEGER NOT NULL,
        embedder TEXT NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (face, embedder)
    ) STRICT""",
)

SCHEMA_VERSION = 2
"""In ``PRAGMA user_version``; raised only when an older program must no longer write to the set. 0 and 1 are older."""


@dataclass(frozen=True, slots=True)
class FaceRow:
    """One face of a face set.

    Attributes:
        id: Number of the row.
        media: SHA-256 of the footage.
        frame_index: Frame within the footage, from 0.
        face_index: Place among the faces of that frame, largest first, from 0.
        pts_s: Time of the frame in seconds.
        box: x0 y0 x1 y1 in frame pixels, shape (4,).
        landmarks_682: Landmarks in frame pixels, shape (68, 2).
        frame_to_crop: Matrix of shape (2, 3), frame pixels to crop pixels.
        confidence: The detector's score.
        sharpness: Variance of the Laplacian of the crop.
        yaw: Degrees, positive towards the left of the image.
        pitch: Degrees, positive upwards.
        roll: Degrees, positive clockwise.
        embedding: The embedder's vector, or None where none was computed.
        embedder: What computed it.
        track: Number of the track it belongs to, or None before tracking.
        detector: What found the box, with the version of its weights.
        landmarker: What found the landmarks, with the version of its weights.
        crop_sha256: Of the crop's file.
        rejected: Whether somebody marked it as not to be used.
        interpolated: Whether the face was not seen in this frame, but lies between two in which it was.
        landmark_confidence: How far the landmarks can be believed, 0 to 1, or None where the landmarker does not say.
        brightness: Mean luma inside the mask, 0 to 255. This and what follows is None in older sets.
        face_px: Height of the landmarks' hull along the face's axis, frame pixels.
        upscale: Crop pixels per frame pixel along a side.
        occlusion: Hint whether something stands before the face, 0 to 1.
    """

    id: int
    media: str
    frame_index: int
    face_index: int
    pts_s: float
    box: FloatArray
    landmarks_682: FloatArray
    frame_to_crop: FloatArray
    confidence: float
    sharpness: float
    yaw: float
    pitch: float
    roll: float
    embedding: FloatArray | None
    embedder: str | None
    track: int | None
    detector: str
    landmarker: str
    crop_sha256: str
    rejected: bool = False
    interpolated: bool = False
    landmark_confidence: float | None = None
    brightness: float | None = None
    face_px: float | None = None
    upscale: float | None = None
    occlusion: float | None = None

    @property
    def file_name(self) -> str:
        """Name of its image in ``crops/`` and in ``masks/``."""
        return face_file_name(self.media, self.frame_index, self.face_index)


BASE_COLUMNS = (
    *("id", "media", "frame_index", "face_index", "pts_s", "box", "landmarks", "frame_to_crop", "confidence"),
    *("sharpness", "yaw", "pitch", "roll", "embedding", "embedder", "track", "detector", "landmarker", "crop_sha256"),
)
COLUMNS = (*BASE_COLUMNS, *ADDED_COLUMNS)
_HASHES = ("media", "crop_sha256")
_NUMBERS_FROM_0 = ("id", "frame_index", "face_index")
_TEXTS = ("detector", "landmarker", "embedder")
_ARRAYS = ("box", "landmarks", "frame_to_crop", "embedding")
_MAY_LACK = ("track", *ADDED_COLUMNS)
_REACH = 1e7  # of coordinates, px, and of the numbers of a vector
_FLAGS = tuple(field.name for field in fields(FaceRow) if isinstance(field.default, bool))


def face_file_name(media: str, frame_index: int, face_index: int) -> str:
    """``<first 8 digits of the media's hash>_<frame>_<face>.png``: sorts by time, same face same name."""
    return f"{media[:8]}_{frame_index:06d}_{face_index}.png"


def to_blob(array: FloatArray) -> bytes:
    """An array as little-endian float64, row by row."""
    return np.ascontiguousarray(array, "<f8").tobytes()


def from_blob(blob: bytes) -> FloatArray:
    """The flat array of a blob, writable."""
    return np.frombuffer(blob, "<f8").astype(np.float64)


def row_from_sql(record: sqlite3.Row) -> FaceRow:
    """The row of one record, which may lack columns that older face sets do not have.

    Raises:
        ValueError: A value is none that a face set holds; whoever wrote the file need not have kept its rules.
        TypeError: A needed value is missing.
    """
    values: dict[str, Any] = {name: record[name] for name in record.keys()}  # noqa: SIM118  a Row iterates over values
    for name, value in values.items():
        _check_value(name, value)
    values |= {name: bool(values[name]) for name in _FLAGS if name in values}
    embedding = values.pop("embedding")
    return FaceRow(
        **{name: value for name, value in values.items() if name not in ("box", "landmarks", "frame_to_crop")},
        box=_within_reach("box", values["box"], (4,)),
        landmarks_682=_within_reach("landmarks", values["landmarks"], (68, 2)),
        frame_to_crop=_within_reach("frame_to_crop", values["frame_to_crop"], (2, 3)),
        embedding=None if embedding is None else _within_reach("embedding", embedding, (-1,)),
    )


def _check_value(name: str, value: Any) -> None:
    """Hashes and numbers become names of files: one that is none could name a file anywhere."""
    if name in _HASHES:
        fits = isinstance(value, str) and SHA256.fullmatch(value) is not None
    elif name in _NUMBERS_FROM_0:
        fits = isinstance(value, int) and 0 <= value < 2**31
    elif name in _TEXTS:
        fits = isinstance(value, str) or (value is None and name == "embedder")
    elif name in _ARRAYS:
        fits = isinstance(value, bytes) or (value is None and name == "embedding")
    else:
        fits = (value is None and name in _MAY_LACK) or (isinstance(value, int | float) and math.isfinite(value))
    if not fits:
        raise ValueError(f"a face has {name} {value!r:.80}")


def _within_reach(name: str, blob: bytes, shape: tuple[int, ...]) -> FloatArray:
    array = from_blob(blob).reshape(shape)
    if not (np.abs(array) <= _REACH).all():  # not a number is not below it either
        raise ValueError(f"{name} of a face are not numbers below {_REACH:g}")
    return array


def row_to_sql(row: FaceRow) -> Mapping[str, Any]:
    """The values of a row by column, without its id: what ``FacesetDatabase.insert`` takes."""
    values = {field.name: getattr(row, field.name) for field in fields(row) if field.name != "id"}
    values["landmarks"] = values.pop("landmarks_682")
    for name in ("box", "landmarks", "frame_to_crop", "embedding"):
        values[name] = None if values[name] is None else to_blob(values[name])
    return values | {name: int(values[name]) for name in _FLAGS}
