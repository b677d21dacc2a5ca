"""BlazeFace, a detector for telephones: the fastest here, for faces that are not small in the frame."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.hub_weights import load_hub_weights
from faceswap_lab.core.packaged import distribution_version
from faceswap_lab.faces.face import OUTER_LIPS, Detection, FloatArray
from faceswap_lab.faces.face_alignment_network import face_alignment_network
from faceswap_lab.faces.geometry import fit_similarity, transform_points
from faceswap_lab.faces.keypoints import five_of_68
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.search import Search
from faceswap_lab.faces.suppress import shared_area, suppress

WEIGHTS_URL = "https://github.com/hollance/BlazeFace-PyTorch/raw/master/blazefaceback.pth"

_SIZE = 256  # px: what the network for the back camera takes
_GRIDS = ((16, 2), (8, 6))  # cells a side, anchors a cell
_MOST_OVERLAP = 0.3
_SMALLEST_SIDE = 16  # px of the frame

_MEAN_52 = five_of_68(MEAN_FACE_682)
_MEAN_42 = np.concatenate([_MEAN_52[:3], MEAN_FACE_682[OUTER_LIPS].mean(0)[None]])


class Blazeface:
    """Finds faces of a tenth of the frame's long side and more; 0.6 MB of weights fetched once.

    The network, for back cameras, is face-alignment's; the weights are read without running code of the file. The
    whole frame is looked at, shrunk and padded to a square (the package itself looks at the middle square only).

    Args:
        least_score: Least probability of a face, 0 to 1.
        device: Where the network runs, as torch names it.
        rotations: See ``Search``, as ``min_face`` and ``margin``.
        min_face: As a share of the frame's short side.
        margin: In sides of the box.

    Raises:
        ConfigError: A value is out of range, face-alignment is missing, or the weights cannot be fetched or read.

    Source:
        Bazarevsky et al., arXiv:1907.05047.
    """

    def __init__(
        self,
        *,
        least_score: float = 0.6,
        device: str = "cpu",
        rotations: Sequence[int] = (0,),
        min_face: float = 0.0,
        margin: float = 0.0,
    ) -> None:
        if not 0 < least_score < 1:
            raise ConfigError(f"detector.least_score={least_score} is a probability; use a value between 0 and 1")
        self._least_score, self._device = least_score, device
        self._search = Search(rotations=rotations, min_face=min_face, margin=margin)
        make = face_alignment_network("detection.blazeface.net_blazeface", "BlazeFace", option="detector=blazeface")
        network = make(back_model=True)
        load_hub_weights(network, WEIGHTS_URL, option="detector=blazeface", instead="detector=mtcnn")
        self._network = network.to(device)
        version = distribution_version("face-alignment")
        self.name = f"blazeface ({version}, least_score={least_score}{self._search.settings})"

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """All faces of one frame, best first.

        Args:
            image: Frame, RGB, shape (H, W, 3).

        Returns:
            Boxes from brows to chin and keypoints in pixels of the frame as given. The network marks the middle of
            the mouth; its corners are put beside it as on the mean face.
        """
        return self._search.over(image, self._find)

    def _find(self, image: NDArray[np.uint8]) -> list[Detection]:
        height, width = image.shape[:2]
        if min(height, width) < _SMALLEST_SIDE:
            return []
        ratio = _SIZE / max(height, width)
        size_2 = np.maximum(np.rint(np.array([width, height]) * ratio), 1).astype(int)
        low_2 = (_SIZE - size_2) // 2
        padded = np.zeros((_SIZE, _SIZE, 3), np.uint8)
        flags = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
        small = cv2.resize(image, (int(size_2[0]), int(size_2[1])), interpolation=flags)
        padded[low_2[1] : low_2[1] + size_2[1], low_2[0] : low_2[0] + size_2[0]] = small
        with torch.inference_mode():
            pixels = torch.from_numpy(padded).permute(2, 0, 1)[None].to(self._device).float() / 127.5 - 1
            raw, logits = (output[0].float().cpu().numpy().astype(np.float64) for output in self._network(pixels))
        answers_N16, scores_N = decode_anchors(raw, logits[:, 0], self._least_score)
        points_N82 = (answers_N16.reshape(-1, 8, 2) * _SIZE - low_2) / (size_2 / [width, height]) - 0.5
        return [
            Detection(points_82[:2].ravel(), float(score), five_of_blazeface(points_82[2:6]))
            for points_82, score in zip(points_N82, scores_N, strict=True)
        ]


def anchors() -> FloatArray:
    """Middles of the network's 896 anchors as shares of its square, shape (896, 2): row by row, coarse grid last."""
    parts = []
    for cells, repeats in _GRIDS:
        y, x = np.mgrid[:cells, :cells]
        parts.append(np.repeat(np.column_stack([x.ravel(), y.ravel()]) + 0.5, repeats, axis=0) / cells)
    return np.concatenate(parts)


def decode_anchors(raw_A16: FloatArray, logits_A: FloatArray, least_score: float) -> tuple[FloatArray, FloatArray]:
    """Faces from the network's outputs, one each: overlapping answers are averaged by their scores, as in the paper.

    Args:
        raw_A16: For each anchor middle, size and six keypoints, in pixels relative to the anchor.
        logits_A: For each anchor.
        least_score: Least probability.

    Returns:
        Corners and six keypoints, x and y by turns, as shares of the square, shape (N, 16), and their scores, shape
        (N,), best first.
    """
    scores_A = 1 / (1 + np.exp(-np.clip(logits_A, -100, 100)))
    sure = scores_A >= least_score
    points_N82 = raw_A16[sure].reshape(-1, 8, 2) / _SIZE
    half_N2 = points_N82[:, 1] / 2
    points_N82 = points_N82 + anchors()[sure][:, None]
    middle_N2 = points_N82[:, 0].copy()
    points_N82[:, 0], points_N82[:, 1] = middle_N2 - half_N2, middle_N2 + half_N2
    answers_N16, scores_N = points_N82.reshape(-1, 16), scores_A[sure]
    boxes_N4, kept = answers_N16[:, :4], suppress(answers_N16[:, :4], scores_N, _MOST_OVERLAP)
    merged = np.empty((len(kept), 16))
    for place, best in enumerate(kept):
        shared = shared_area(boxes_N4[best], boxes_N4)
        areas = np.prod(np.maximum(boxes_N4[:, 2:] - boxes_N4[:, :2], 0), axis=1)
        same = shared > _MOST_OVERLAP * np.maximum(areas + areas[best] - shared, 1e-12)
        same[best] = True
        merged[place] = np.average(answers_N16[same], axis=0, weights=scores_N[same])
    return merged, scores_N[kept]


def five_of_blazeface(points_42: FloatArray) -> FloatArray:
    """Our five keypoints from eyes, nose and the middle of the mouth, shape (5, 2)."""
    onto_face = fit_similarity(_MEAN_42, points_42) if np.ptp(points_42) > 0 else np.eye(2, 3)
    corners_22 = transform_points(onto_face, _MEAN_52[3:]) - transform_points(onto_face, _MEAN_42[3]) + points_42[3]
    return np.concatenate([points_42[:3], corners_22])
