"""What an identity really looks like: the mean descriptor and the sharpness of its real training faces.

Descriptors come from whole frames wherever they can be had: a tight crop cuts off what the descriptor looks at and
moves it by 0.16 to 0.20, a third of the distance between two people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.evaluation.evenly import spread
from faceswap_lab.evaluation.sharpness import CROP_SIZE_PX, sharpness
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.extraction import media_sha256
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.finder import Embedder
from faceswap_lab.faces.geometry import transform_points
from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.media.footage import open_footage

MIN_FACES = 50
"""Fewer real faces than this do not make a steady mean; it is noted in the figures."""

MAX_FACES = 64
FACE_CROP = CropSpec(kind="face", size=CROP_SIZE_PX)


@dataclass(frozen=True, slots=True)
class Reference:
    """One identity's real faces in figures.

    Attributes:
        mean_128: Mean descriptor, shape (128,).
        vectors_N128: The descriptors that it is the mean of, shape (N, 128).
        sharpness: Mean variance of the Laplacian inside the landmark hull, on 256 px face crops.
        notes: What a reader should know about it; empty if all is as it should be.
    """

    mean_128: NDArray[np.float64]
    vectors_N128: NDArray[np.float64]
    sharpness: float
    notes: tuple[str, ...] = ()

    @property
    def num_faces(self) -> int:
        """How many faces the mean is of."""
        return len(self.vectors_N128)


def measure_reference(
    faceset: Faceset,
    embedder: Embedder,
    *,
    footage: Path | None = None,
    held_out: FrameRange | None = None,
    trained: FrameRange | None = None,
) -> Reference:
    """Measures an identity's real training faces.

    Args:
        faceset: The identity's face set.
        embedder: Computes the descriptors that the set does not hold yet.
        footage: The held-out footage of this identity; where the set was extracted from the same file, the frames
            of the held-out range are left out of the mean.
        held_out: Frames of the footage that are measured; None: all.
        trained: Frames that trained, where the run was given a range; the others are left out.

    Raises:
        FacesetError: No face is left that was not held out, or a crop is damaged.
    """
    media = media_sha256(footage) if footage is not None else ""
    rows = [row for row in faceset.rows() if not _is_held_out(row, media, held_out)]
    rows = [row for row in rows if trained is None or trained.contains(row.frame_index)]
    if not rows:
        raise FacesetError(f"{faceset.path}: every face lies in the held-out frames; extract other frames to train on")
    name, notes = faceset.identity.name, []
    vectors = [row.embedding for row in rows if row.embedding is not None and row.embedder == embedder.name]
    vectors = spread(vectors, MAX_FACES)
    bare = [row for row in rows if row.embedding is None or row.embedder != embedder.name]
    wanted = spread(bare, MIN_FACES - len(vectors))
    if wanted and footage is not None:
        vectors += _from_footage(footage, [row for row in wanted if row.media == media], embedder)
        wanted = [row for row in wanted if row.media != media]
    if wanted:
        vectors += [_from_crop(faceset, row, embedder) for row in wanted]
        if faceset.crop_spec.kind == "face":
            notes.append(f"{name}: {len(wanted)} descriptors of the mean come from tight crops, which shifts them.")
    if len(vectors) < MIN_FACES:
        notes.append(f"{name}: the mean descriptor is one of only {len(vectors)} faces (fewer than {MIN_FACES}).")
    return Reference(
        mean_128=np.mean(vectors, axis=0),
        vectors_N128=np.array(vectors),
        sharpness=float(np.mean([_sharpness(faceset, row) for row in spread(rows, MAX_FACES)])),
        notes=tuple(notes),
    )


def face_sharpness(image: NDArray[np.uint8], landmarks_682: NDArray[np.float64]) -> float:
    """Sharpness of a face in an image, inside its hull, on a 256 px face crop."""
    matrix_23 = frame_to_crop(landmarks_682, FACE_CROP)
    return sharpness(cut(image, matrix_23, FACE_CROP.size), hull_mask(landmarks_682, matrix_23, FACE_CROP.size))


def nearest_in_pose(rows: Iterable[FaceRow], yaw_deg: float, pitch_deg: float) -> FaceRow:
    """The real face whose head is turned most like this."""
    return min(rows, key=lambda row: (row.yaw - yaw_deg) ** 2 + (row.pitch - pitch_deg) ** 2)


def _sharpness(faceset: Faceset, row: FaceRow) -> float:
    if faceset.crop_spec == FACE_CROP:  # cutting again would resample, and blur
        return sharpness(faceset.crop(row), hull_mask(row.landmarks_682, row.frame_to_crop, FACE_CROP.size))
    return face_sharpness(faceset.crop(row), transform_points(row.frame_to_crop, row.landmarks_682))


def _is_held_out(row: FaceRow, media: str, held_out: FrameRange | None) -> bool:
    return row.media == media and (held_out is None or held_out.contains(row.frame_index))


def _from_footage(footage: Path, rows: list[FaceRow], embedder: Embedder) -> list[NDArray[np.float64]]:
    if not rows:
        return []
    wanted = {row.frame_index: row for row in rows}
    span = FrameRange(((min(wanted), max(wanted) + 1),))
    frames = (frame for frame in open_footage(footage).frames(span) if frame.index in wanted)
    return [embedder.embed(frame.image, wanted[frame.index].landmarks_682) for frame in frames]


def _from_crop(faceset: Faceset, row: FaceRow, embedder: Embedder) -> NDArray[np.float64]:
    return embedder.embed(faceset.crop(row), transform_points(row.frame_to_crop, row.landmarks_682))
