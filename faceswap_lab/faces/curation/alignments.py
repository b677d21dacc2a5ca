"""The alignments file: a face set without its pictures, as JSON that other programs read and write.

``docs/alignments.md`` describes it. Numbers are written so that reading gives the very same ones back.
"""

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceswap_lab.core.consent import Consent
from faceswap_lab.core.errors import FacesetError, FaceswapLabError
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.core.foreign_files import read_json
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.face import NUM_LANDMARKS, FloatArray
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.identity_record import IdentityRecord, media_record

SCHEMA = "faceswap-lab/alignments"
VERSION = 1

_SHAPES = {"box": (4,), "landmarks": (NUM_LANDMARKS, 2), "frame_to_crop": (2, 3)}
_TEXTS = ("media", "detector", "landmarker", "embedder", "crop_sha256")
_NEEDED = ("media", "frame_index", "landmarks")


@dataclass(frozen=True, slots=True)
class Alignments:
    """What an alignments file holds.

    Attributes:
        identity: Whose faces, on which ground, from which footage; the consent is checked against today.
        crop_spec: Kind and size of the crops.
        faces: A mapping a face; arrays are float64, everything but ``media``, ``frame_index`` and ``landmarks`` may be
            left out.
    """

    identity: IdentityRecord
    crop_spec: CropSpec
    faces: list[dict[str, Any]]


def write_alignments(faceset: Faceset, output: str | Path) -> int:
    """Writes every face, rejected ones included, one a line, and returns how many.

    Raises:
        OutputError: The file cannot be written.
    """
    rows = faceset.rows(include_rejected=True)
    record = faceset.identity
    head = {
        "schema": SCHEMA,
        "version": VERSION,
        "identity": {"name": record.name, "consent": record.consent.to_dict(), "licence": record.licence},
        "crop": faceset.crop_spec.to_dict(),
        "media": [dataclasses.asdict(media) for media in record.media],
    }
    lines = [f"  {json.dumps(key)}: {_dump(value)}" for key, value in head.items()]
    faces = ",\n".join(f"    {_dump(face_to_json(row))}" for row in rows)
    atomic_write_text(output, "{\n" + ",\n".join(lines) + ',\n  "faces": [\n' + faces + "\n  ]\n}\n")
    return len(rows)


def face_to_json(row: FaceRow) -> dict[str, Any]:
    """A row as plain values, under the names of its columns, without the number that only this set gives it."""
    values = {field.name: getattr(row, field.name) for field in dataclasses.fields(row) if field.name != "id"}
    values["landmarks"] = values.pop("landmarks_682")
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}


def read_alignments(path: str | Path) -> Alignments:
    """Reads and checks an alignments file.

    Raises:
        FacesetError: It is missing, no JSON, of another schema, or a field is wrong; the message names it.
        ConsentError: Its consent record is incomplete or has expired.
    """
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error).split("\n", 1)[0]
        raise FacesetError(f"{path} cannot be read ({said}); give a JSON file that `faces export` wrote") from error
    if not isinstance(content, Mapping) or content.get("schema") != SCHEMA:
        raise FacesetError(f'{path} is no alignments file: it does not say "schema": "{SCHEMA}"')
    if content.get("version") != VERSION:
        raise FacesetError(f"{path} has version {content.get('version')!r}, this program reads {VERSION}; update it")
    try:
        identity = content["identity"]
        consent = Consent.from_dict(identity["consent"])
        media = tuple(map(media_record, content["media"]))
        record = IdentityRecord(identity["name"], consent, identity.get("licence"), media)
        spec = CropSpec(**content["crop"])
        faces = list(content["faces"])
        known = {one.sha256 for one in media}
    except FaceswapLabError as error:
        raise type(error)(f"{path}: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FacesetError(f"{path}: a part is missing or malformed ({error}); see docs/alignments.md") from error
    return Alignments(record, spec, [_face(face, f"{path}: faces[{i}]", known) for i, face in enumerate(faces)])


def _face(face: Any, where: str, media: set[str]) -> dict[str, Any]:
    if not isinstance(face, Mapping):
        raise FacesetError(f"{where} is no object; see docs/alignments.md")
    values = dict(face)
    for name in _NEEDED:
        if values.get(name) is None:
            raise FacesetError(f"{where}.{name} is missing")
    for name, shape in _SHAPES.items():
        if values.get(name) is not None:
            values[name] = _array(values[name], shape, f"{where}.{name}")
    if values.get("embedding") is not None:
        values["embedding"] = _array(values["embedding"], None, f"{where}.embedding")
    for name in ("frame_index", "face_index"):
        number = values.setdefault(name, 0)
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise FacesetError(f"{where}.{name}={number!r} must be a whole number from 0")
    for name in _TEXTS:
        if values.get(name) is not None and not isinstance(values[name], str):
            raise FacesetError(f"{where}.{name} must be text")
    if values["media"] not in media:
        raise FacesetError(f"{where}.media is none of the file's media; give the SHA-256 of one of them")
    for name, value in values.items():
        if name not in (*_SHAPES, "embedding", *_TEXTS) and not _is_number(value):
            raise FacesetError(f"{where}.{name}={value!r} must be a finite number, true, false or null")
    return values


def _array(value: Any, shape: tuple[int, ...] | None, where: str) -> FloatArray:
    try:
        array = np.array(value, np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.size == 0 or (array.ndim != 1 if shape is None else array.shape != shape) or not np.isfinite(array).all():
        wanted = "a list of numbers" if shape is None else " x ".join(map(str, shape)) + " finite numbers"
        raise FacesetError(f"{where} must be {wanted}")
    return array


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and math.isfinite(value))


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
