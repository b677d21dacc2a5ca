"""FID and KID: whether a heap of swapped faces is spread like the identity's real ones, by a network of ImageNet.

Shape letters: N images, D = 2048 length of a feature.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torchvision.models import inception_v3

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.core.hub_weights import load_hub_weights
from faceswap_lab.evaluation.identity import FloatArray
from faceswap_lab.evaluation.identity_figures import frechet_distance

WEIGHTS = "https://download.pytorch.org/models/inception_v3_google-0cc3c7bd.pth"
_SIDE_PX, _BATCH = 299, 8


class InceptionFeatures:
    """Turns faces into the 2048 numbers before Inception v3's last layer.

    The weights are torchvision's, not those of the first FID, so figures compare among themselves only.

    Raises:
        ConfigError: The weights are neither in torch's cache nor to be had; the line says where they belong.

    Source:
        Szegedy et al., arXiv:1512.00567.
    """

    def __init__(self) -> None:
        self._network = inception_v3(weights=None, init_weights=False, transform_input=True)
        load_hub_weights(self._network, WEIGHTS, option="perceptual=true", instead="perceptual=false")
        self._network.fc = nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]

    def __call__(self, images: list[NDArray[np.uint8]]) -> FloatArray:
        """Features of RGB uint8 images of any size, shape (N, 2048)."""
        found: list[FloatArray] = []
        for start in range(0, len(images), _BATCH):
            batch = [_enlarged(image) for image in images[start : start + _BATCH]]
            with torch.inference_mode():
                values = torch.from_numpy(np.stack(batch)).permute(0, 3, 1, 2).float() / 127.5 - 1
                found.append(np.asarray(self._network(values).numpy(), np.float64))
        return np.concatenate(found) if found else np.zeros((0, 2048))


def fid(made_ND: FloatArray, real_ND: FloatArray) -> float | None:
    """Fréchet distance of two heaps of features; 0 for equal heaps, the lower, the better; None with fewer than two.

    Far too large for the few dozen images of a clip, as their covariances are of low rank: compare figures of equal
    numbers of faces only, and rather read `kid`.

    Source:
        Heusel et al., arXiv:1706.08500.
    """
    return frechet_distance(made_ND, real_ND)


def kid(made_ND: FloatArray, real_ND: FloatArray) -> float | None:
    """Squared maximum mean discrepancy of two heaps, unbiased: about 0 for heaps of one kind, also of few images.

    Formula: ``mean_{i != j} k(a_i, a_j) + mean_{i != j} k(b_i, b_j) - 2 mean_ij k(a_i, b_j)`` with
    ``k(x, y) = (x . y / D + 1)^3``. May be a little below 0. None with fewer than two on a side.

    Raises:
        ShapeError: Their lengths differ.

    Source:
        Binkowski et al., arXiv:1801.01401, section 4.
    """
    if made_ND.ndim != 2 or real_ND.ndim != 2 or made_ND.shape[1] != real_ND.shape[1]:
        raise ShapeError(f"need two (N, D) heaps of features, got {made_ND.shape} and {real_ND.shape}")
    if min(len(made_ND), len(real_ND)) < 2:
        return None
    inside = [
        (of.sum() - np.trace(of)) / (len(of) * (len(of) - 1)) for of in (_k(made_ND, made_ND), _k(real_ND, real_ND))
    ]
    return float(sum(inside) - 2 * _k(made_ND, real_ND).mean())


def _k(first_ND: FloatArray, second_ND: FloatArray) -> FloatArray:
    return (first_ND @ second_ND.T / first_ND.shape[1] + 1) ** 3


def _enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    kernel = cv2.INTER_AREA if image.shape[0] > _SIDE_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (_SIDE_PX, _SIDE_PX), interpolation=kernel), np.uint8)
