"""A face there and back: drawn as another identity, and from that as its own again.

What the other identity's face no longer tells of expression, pose and light cannot come back, so this looks at what a
swap keeps without needing a picture of how it should look. Shape letters: B batch, S side in px.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.restored import BATCH, HeldOutFaces, measure_alike
from faceswap_lab.evaluation.schema import RestoredMetrics
from faceswap_lab.swap.swapper import Swapper


def measure_cycle(swapper: Swapper, faces: HeldOutFaces, *, footage: str, identity: str) -> RestoredMetrics:
    """How alike held-out faces are to themselves after a way through another identity and back.

    Formula: with D_a a drawing as identity a, the SSIM, MS-SSIM, PSNR and L1 of ``D_footage(D_identity(x))`` against x
    inside the landmark hull; ideal 1, 1, 100 dB and 0. A network that ignores ``identity`` and always restores scores
    well, so it is read beside the distances to both identities.

    Args:
        swapper: The network.
        faces: Held-out faces of the footage's identity.
        footage: This identity.
        identity: Whom they are drawn as on the way.

    Source:
        Cycle consistency, Zhu et al., arXiv:1703.10593, eq. 2, used as a measure.
    """
    back: list[NDArray[np.float32]] = []
    for start in range(0, len(faces.inputs), BATCH):
        there_BSS3 = swapper.swap(faces.inputs[start : start + BATCH], identity).images
        crops = [_as_input(image, swapper.crop_spec.size) for image in there_BSS3]
        back += list(swapper.swap(crops, footage).images)
    return measure_alike(back, faces)


def _as_input(image_SS3: NDArray[np.float32], size: int) -> NDArray[np.uint8]:
    """What was drawn, as a crop for the network; both show the same square of the face."""
    pixels = np.rint(np.clip(image_SS3, 0, 1) * 255).astype(np.uint8)
    if pixels.shape[0] == size:
        return pixels
    kernel = cv2.INTER_AREA if pixels.shape[0] > size else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (size, size), interpolation=kernel), np.uint8)
