"""A face set from an alignments file and its footage: crops are cut again from the frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.files import check_output
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.progress import track
from faceswap_lab.faces.crop import cut, frame_to_crop
from faceswap_lab.faces.curation.alignments import Alignments, read_alignments
from faceswap_lab.faces.extraction_request import media_sha256
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import COLUMNS, face_file_name, to_blob
from faceswap_lab.faces.finder import Masker
from faceswap_lab.faces.identity_record import IDENTITY_FILE
from faceswap_lab.faces.maskers.hull import Hull
from faceswap_lab.faces.measure import measure
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.frame import Frame

FACES_PER_COMMIT = 64
_BLOBS = ("box", "landmarks", "frame_to_crop", "embedding")


@dataclass(slots=True)
class Imported:
    """What an import did.

    Attributes:
        num_added: Faces added.
        num_there: Faces that the set had already.
        num_without_footage: Faces of footage that was not given.
        num_without_frame: Faces whose frame the footage does not hold.
        num_other_crop: Added faces whose crop differs from the one exported: another decoder, or another program.
    """

    num_added: int = 0
    num_there: int = 0
    num_without_footage: int = 0
    num_without_frame: int = 0
    num_other_crop: int = 0


def import_alignments(
    alignments: str | Path, footage: Sequence[Path], faceset_path: str | Path, *, masker: Masker | None = None
) -> Imported:
    """Makes a face set from an alignments file, or extends the one that is there.

    What the file says of a face is kept as it is; what it leaves out is measured.

    Args:
        alignments: JSON, see ``docs/alignments.md``.
        footage: Files or folders; each is known by its content, not its name.
        faceset_path: Folder of the face set.
        masker: Draws the masks; by default the hull of the landmarks.

    Raises:
        FacesetError: The file is damaged, a footage is none of its media, or the set is of another identity or crop.
        ConsentError: The file's consent record is incomplete or has expired.
        FootageError: A footage cannot be read.
        NoFaceError: A face's landmarks coincide.
        OutputError: The set cannot be written.
    """
    content, path = read_alignments(alignments), Path(faceset_path)
    check_output(path, [alignments, *footage])
    by_hash = {media_sha256(file): file for file in footage}
    known = {media.sha256 for media in content.identity.media}
    for sha256, file in by_hash.items():
        if sha256 not in known:
            raise FacesetError(f"{file} is none of the footage that {alignments} speaks of; its content differs")
    faceset = _open_if_there(path, content)
    done = Imported(num_without_footage=sum(face["media"] not in by_hash for face in content.faces))
    for sha256, file in by_hash.items():
        faces = [face for face in content.faces if face["media"] == sha256]
        if faces:
            faceset = _import_one(file, faces, content, path, faceset, masker or Hull(), done)
    if faceset is None:
        raise FacesetError(f"{alignments} holds no face of this footage's frames; nothing was written")
    return done


def _open_if_there(path: Path, content: Alignments) -> Faceset | None:
    if not (path / IDENTITY_FILE).exists():
        return None
    faceset = Faceset.open(path, may_be_empty=True)
    field_ = faceset.identity.differs_from(content.identity)
    if field_ is not None:
        raise FacesetError(f"{path} has another identity.{field_} than the alignments; choose another folder")
    if faceset.crop_spec != content.crop_spec:
        raise FacesetError(f"{path} has another crop ({faceset.crop_spec}) than the alignments; choose another folder")
    return faceset


def _import_one(
    file: Path,
    faces: list[dict[str, Any]],
    content: Alignments,
    path: Path,
    faceset: Faceset | None,
    masker: Masker,
    done: Imported,
) -> Faceset | None:
    there = set() if faceset is None else {row.file_name for row in faceset.rows(include_rejected=True)}
    wanted: dict[int, list[dict[str, Any]]] = {}
    for face in faces:
        if face_file_name(face["media"], face["frame_index"], face["face_index"]) in there:
            done.num_there += 1
        else:
            wanted.setdefault(face["frame_index"], []).append(face)
    if not wanted:
        return faceset
    media = next(one for one in content.identity.media if one.sha256 == faces[0]["media"])
    span = FrameRange(((min(wanted), max(wanted) + 1),))
    frames = (frame for frame in open_footage(file).frames(span) if frame.index in wanted)
    num_before = done.num_added
    try:
        for frame in track(frames, total=len(wanted), description=f"cutting {file.name}"):
            if faceset is None:
                faceset = Faceset.create(path, content.identity, crop_spec=content.crop_spec)
            faceset.add_media(media)
            for face in wanted.pop(frame.index):
                _add(faceset, frame, face, masker, done)
            if (done.num_added - num_before) % FACES_PER_COMMIT == 0:
                faceset.commit()
    finally:  # what was cut before an error stays, and the next import goes on after it
        if faceset is not None:
            faceset.close()
    done.num_without_frame += sum(len(rest) for rest in wanted.values())
    return faceset


def _add(faceset: Faceset, frame: Frame, given: dict[str, Any], masker: Masker, done: Imported) -> None:
    spec, landmarks = faceset.crop_spec, given["landmarks"]
    box = given.get("box")
    if box is None:
        box = np.concatenate([landmarks.min(0), landmarks.max(0)])
    measured = measure(frame.image, Face(box, landmarks, 1.0), spec, masker=masker)
    matrix = given.get("frame_to_crop")
    if matrix is None:
        matrix = frame_to_crop(landmarks, spec)
    values = {
        "pts_s": frame.pts_s,
        "confidence": 1.0,
        "sharpness": measured.sharpness,
        "yaw": measured.pose.yaw_deg,
        "pitch": measured.pose.pitch_deg,
        "roll": measured.pose.roll_deg,
        "detector": "imported",
        "landmarker": "imported",
    }
    values |= {name: value for name, value in given.items() if name in COLUMNS and value is not None}
    values |= {"box": box, "frame_to_crop": matrix}
    values = {name: to_blob(value) if name in _BLOBS else value for name, value in values.items()}
    crop = cut(frame.image, matrix, spec.size)
    crop_sha256 = faceset.insert(values, crop=crop, mask=masker.mask(landmarks, matrix, spec.size))
    done.num_added += 1
    done.num_other_crop += given.get("crop_sha256") not in (None, crop_sha256)
