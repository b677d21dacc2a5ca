"""Cutting faces out and packing their images in a thread, since that takes as long as finding them."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset_images import encode_image
from faceswap_lab.faces.finder import Masker
from faceswap_lab.faces.measure import MeasuredFace, measure
from faceswap_lab.faces.tracking.state import TrackedFace
from faceswap_lab.media.frame import Frame

_MOST_WAITING = 4  # each keeps its frame in memory


@dataclass(frozen=True, slots=True)
class CutFace:
    """A face that is cut out, and where it comes from.

    Attributes:
        measured: Its crop and all that is known of it.
        encoded: Crop and mask as PNG.
        tracked: The face and its track.
        frame_index: Frame within the footage, from 0.
        pts_s: Time of that frame in seconds.
        face_index: Place among the faces of the frame, largest first.
        embedding: The embedder's vector, or None.
    """

    measured: MeasuredFace
    encoded: tuple[bytes, bytes]
    tracked: TrackedFace
    frame_index: int
    pts_s: float
    face_index: int
    embedding: FloatArray | None


class Cutter:
    """Cuts faces out in the order in which they are added.

    Args:
        spec: Kind and size of the crops.
        masker: Draws the masks; None draws the hull.
    """

    def __init__(self, spec: CropSpec, masker: Masker | None) -> None:
        self._spec, self._masker = spec, masker
        self._worker = ThreadPoolExecutor(1, "cut-faces")
        self._waiting: deque[Future[CutFace]] = deque()

    def add(self, frame: Frame, tracked: TrackedFace, face_index: int, embedding: FloatArray | None) -> None:
        """Takes a face in; what is waited for is fetched by ``ready``."""
        self._waiting.append(self._worker.submit(self._cut, frame, tracked, face_index, embedding))

    def ready(self, *, everything: bool = False) -> Iterator[CutFace]:
        """Faces that are cut out, oldest first; waits until only a few, or with ``everything`` none, are left."""
        while len(self._waiting) > (0 if everything else _MOST_WAITING):
            yield self._waiting.popleft().result()

    def close(self) -> None:
        """Drops what is waiting and ends the thread."""
        self._worker.shutdown(cancel_futures=True)

    def _cut(self, frame: Frame, tracked: TrackedFace, face_index: int, embedding: FloatArray | None) -> CutFace:
        measured = measure(frame.pixels, tracked.face, self._spec, masker=self._masker)
        encoded = encode_image(measured.crop), encode_image(measured.mask)
        return CutFace(measured, encoded, tracked, frame.index, frame.pts_s, face_index, embedding)
