"""dlib's detector: histograms of oriented gradients and a linear classifier, no network."""

# pyright: reportAttributeAccessIssue=false
# dlib takes its names from a compiled module without stubs.

from collections.abc import Sequence

import dlib
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.packaged import distribution_version
from faceswap_lab.faces.face import Detection
from faceswap_lab.faces.search import Search
from faceswap_lab.faces.shrink import check_shrinking, shrink_to_short_side


class DlibHog:
    """Finds upright, roughly frontal faces; slower than MTCNN, and blind to profiles.

    Args:
        short_side: The frame is shrunk until its short side is at most this many pixels.
        num_upsample: How often the shrunk frame is doubled: 0 finds faces from 80 px, 1 from 40 px at 4 times the cost.
        least_score: Least score of a face; 0 is dlib's own, higher gives fewer false faces, lower more faces.
        rotations: See ``Search``, as ``min_face`` and ``margin``.
        min_face: As a share of the frame's short side.
        margin: In sides of the box.

    Raises:
        ConfigError: A value is out of range.

    Source:
        Dalal and Triggs, CVPR 2005, doi:10.1109/CVPR.2005.177; King, arXiv:1502.00046.
    """

    def __init__(
        self,
        *,
        short_side: int = 480,
        num_upsample: int = 1,
        least_score: float = 0.0,
        rotations: Sequence[int] = (0,),
        min_face: float = 0.0,
        margin: float = 0.0,
    ) -> None:
        check_shrinking(short_side, num_upsample)
        self._short_side, self._num_upsample, self._least_score = short_side, num_upsample, least_score
        self._search = Search(rotations=rotations, min_face=min_face, margin=margin)
        self._detect = dlib.get_frontal_face_detector()
        settings = f"short_side={short_side} num_upsample={num_upsample}"
        settings += f" least_score={least_score}" if least_score else ""
        self.name = f"dlib_hog ({distribution_version('dlib-bin')}, {settings}{self._search.settings})"

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """All faces of one frame, best first.

        Args:
            image: Frame, RGB, shape (H, W, 3).

        Returns:
            Boxes in pixels of the frame as given, no keypoints; the box runs from the brows to below the lips.
        """
        return self._search.over(image, self._find)

    def _find(self, image: NDArray[np.uint8]) -> list[Detection]:
        small, scale_2 = shrink_to_short_side(image, self._short_side)
        boxes, scores, _ = self._detect.run(np.ascontiguousarray(small), self._num_upsample, self._least_score)
        return [
            Detection(
                # dlib's right and bottom are the last pixel inside: one more is the edge.
                box_4=np.array([box.left(), box.top(), box.right() + 1, box.bottom() + 1]) / np.tile(scale_2, 2) - 0.5,
                confidence=float(score),
            )
            for box, score in zip(boxes, scores, strict=True)
        ]
