"""S3FD, the detector of the face-alignment package: the surest on small and turned faces, and the slowest on a CPU."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.hub_weights import load_hub_weights
from faceswap_lab.core.packaged import distribution_version
from faceswap_lab.faces.face import Detection, FloatArray
from faceswap_lab.faces.face_alignment_network import face_alignment_network
from faceswap_lab.faces.hog_box import hog_box_from
from faceswap_lab.faces.search import Search
from faceswap_lab.faces.shrink import check_shrinking, shrink_to_short_side
from faceswap_lab.faces.suppress import suppress

WEIGHTS_URL = "https://www.adrianbulat.com/downloads/python-fan/s3fd-619a316812.pth"

_MEAN_BGR = (104.0, 117.0, 123.0)
_MOST_OVERLAP = 0.3
_FIRST_STRIDE = 4  # px; each of the six levels doubles it
_PRIOR_IN_STRIDES = 4
_CENTRE_VARIANCE, _SIZE_VARIANCE = 0.1, 0.2
_SMALLEST_SIDE = 64  # px: below, the last levels have no cell left


class Sfd:
    """Finds faces from 4 px of the shrunk frame up; several seconds a frame on a CPU, 90 MB of weights fetched once.

    The network is face-alignment's; the weights are read without running code of the file, and decoded here in one
    step for all cells.

    Args:
        short_side: The frame is shrunk until its short side is at most this many pixels; cost grows with its square.
        least_score: Least probability of a face, 0 to 1.
        device: Where the network runs, as torch names it.
        rotations: See ``Search``, as ``min_face`` and ``margin``.
        min_face: As a share of the frame's short side.
        margin: In sides of the box.

    Raises:
        ConfigError: A value is out of range, face-alignment is missing, or its weights cannot be fetched or read.

    Source:
        Zhang et al., ICCV 2017, doi:10.1109/ICCV.2017.30.
    """

    def __init__(
        self,
        *,
        short_side: int = 480,
        least_score: float = 0.5,
        device: str = "cpu",
        rotations: Sequence[int] = (0,),
        min_face: float = 0.0,
        margin: float = 0.0,
    ) -> None:
        if not 0 < least_score < 1:
            raise ConfigError(f"detector.least_score={least_score} is a probability; use a value between 0 and 1")
        check_shrinking(short_side)
        self._short_side, self._least_score, self._device = short_side, least_score, device
        self._search = Search(rotations=rotations, min_face=min_face, margin=margin)
        network = face_alignment_network("detection.sfd.net_s3fd", "s3fd", option="detector=sfd")()
        load_hub_weights(network, WEIGHTS_URL, option="detector=sfd", instead="detector=mtcnn")
        self._network = network.to(device)
        settings = f"short_side={short_side} least_score={least_score}"
        self.name = f"sfd ({distribution_version('face-alignment')}, {settings}{self._search.settings})"

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """All faces of one frame, best first.

        Args:
            image: Frame, RGB, shape (H, W, 3).

        Returns:
            Boxes in pixels of the frame as given, no keypoints; the box frames the face closely, chin to hairline.
        """
        return self._search.over(image, self._find)

    def _find(self, image: NDArray[np.uint8]) -> list[Detection]:
        small, scale_2 = shrink_to_short_side(image, self._short_side)
        if min(small.shape[:2]) < _SMALLEST_SIDE:
            return []
        bgr = torch.from_numpy(small[:, :, ::-1].astype(np.float32) - np.array(_MEAN_BGR, np.float32))
        with torch.inference_mode():
            outputs = self._network(bgr.permute(2, 0, 1)[None].to(self._device))
        boxes_N4, scores_N = decode_levels([output.float().cpu() for output in outputs], self._least_score)
        kept = suppress(boxes_N4, scores_N, _MOST_OVERLAP)
        found = [(boxes_N4[place] / np.tile(scale_2, 2) - 0.5, float(scores_N[place])) for place in kept]
        return [Detection(box_4, score, hog_box_4=hog_box_from(box_4, "wider")) for box_4, score in found]


def decode_levels(outputs: Sequence[Tensor], least_score: float) -> tuple[FloatArray, FloatArray]:
    """Boxes that the network is sure of, before suppression.

    Args:
        outputs: Of each level, finest first: class logits (1, 2, h, w) with "face" last, then box offsets (1, 4, h, w).
        least_score: Least probability.

    Returns:
        Boxes as edges in pixels of the network's input, shape (N, 4), and their probabilities, shape (N,).
    """
    boxes, scores = [np.empty((0, 4))], [np.empty(0)]
    for level in range(len(outputs) // 2):
        stride = _FIRST_STRIDE * 2**level
        faces_hw = outputs[2 * level][0].softmax(0)[1].numpy().astype(np.float64)
        offsets_4hw = outputs[2 * level + 1][0].numpy().astype(np.float64)
        y, x = np.nonzero(faces_hw > least_score)
        offsets_N4 = offsets_4hw[:, y, x].T
        prior = _PRIOR_IN_STRIDES * stride
        centre_N2 = (np.column_stack([x, y]) + 0.5) * stride + offsets_N4[:, :2] * _CENTRE_VARIANCE * prior
        half_N2 = prior * np.exp(np.clip(offsets_N4[:, 2:] * _SIZE_VARIANCE, None, 8)) / 2
        boxes.append(np.hstack([centre_N2 - half_N2, centre_N2 + half_N2]))
        scores.append(faces_hw[y, x])
    return np.concatenate(boxes), np.concatenate(scores)
