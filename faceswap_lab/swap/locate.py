"""The first half of a conversion: frames in order, each with the one face to swap and its crop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import NoFaceError
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.faces.finder import Embedder, FaceFinder, build_part
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.choose import FaceChooser
from faceswap_lab.swap.footage_faces import FootageFaces
from faceswap_lab.swap.report import ConvertReport


@dataclass(frozen=True, slots=True)
class LocatedFace:
    """The face of a frame that is swapped.

    Attributes:
        landmarks_682: Its landmarks, frame px.
        frame_to_crop_23: Frame px to px of the network's input crop.
        crop: That crop, RGB uint8, shape (S, S, 3).
    """

    landmarks_682: FloatArray
    frame_to_crop_23: FloatArray
    crop: NDArray[np.uint8]


class FaceLocator:
    """Finds the face to swap, frame after frame, and leaves to the face set what it knows already.

    Args:
        finder: Finds the faces of a frame.
        crop_spec: What the network takes.
        known: The face set of the footage's person, or None.
        report: Where time and reuse are counted.
    """

    def __init__(
        self, finder: FaceFinder, *, crop_spec: CropSpec, known: FootageFaces | None, report: ConvertReport
    ) -> None:
        self._finder, self._crop_spec, self._known, self._report = finder, crop_spec, known, report
        self._chooser = FaceChooser(None if known is None else partial(_reference, known))

    def locate(self, frame: Frame) -> LocatedFace | None:
        """The face of one frame, or None; to be called in the order of frames."""
        with self._report.time("find"):
            face = self._chooser.choose(self._faces(frame), frame.image, frame.index)
            if face is None:
                return None
            try:
                matrix_23 = frame_to_crop(face.landmarks_682, self._crop_spec)
            except NoFaceError:  # the landmarks coincide: nothing there to align
                return None
            crop = cut(frame.image, matrix_23, self._crop_spec.size)
            return LocatedFace(face.landmarks_682, matrix_23, crop)

    def _faces(self, frame: Frame) -> list[Face]:
        if self._known is not None and frame.index in self._known.faces:
            self._report.num_reused += 1
            return self._known.faces[frame.index]
        return self._finder.find(frame.image)


def batches_of(frames: Iterable[Frame], batch_size: int, *, frame_bytes: int) -> Iterator[list[Frame]]:
    """Frames in lists of ``batch_size``, or of fewer where frames are so large that a list would fill the memory."""
    size = max(1, min(batch_size, _MOST_BYTES // max(frame_bytes, 1)))
    batch: list[Frame] = []
    for frame in frames:
        batch.append(frame)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


_MOST_BYTES = 256 * 2**20


def _reference(known: FootageFaces) -> tuple[FloatArray, Embedder]:
    embedder: Embedder = build_part("embedder", "dlib_resnet")
    return known.mean_embedding(embedder), embedder
