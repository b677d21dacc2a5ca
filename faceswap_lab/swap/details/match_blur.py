"""The footage's blur on the swapped face, where the network drew it sharper than the footage is."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.details.detail import DetailInput
from faceswap_lab.swap.details.grain import noise_of

_COARSE_RATIO = 0.03  # sigma, in crop sides, of what both faces show alike however sharp they are
_STEPS = 9  # halvings: the sigma is found to 1/500 of the largest


class MatchBlur:
    """Blurs the face until its finest edges are as weak as the footage's, compared with the coarse ones of each.

    A face out of focus, or small and enlarged, is soft in the footage; a sharp swap sits on it like a sticker. The
    footage's noise does not count as sharpness. A face that is softer already stays as it is: sharpen it instead.

    Args:
        strength: Share of the blur that is found, 0 to 1.
        most_ratio: Largest sigma, in sides of the face's crop, above 0 and up to 0.05.

    Raises:
        ConfigError: A value is out of its range.
    """

    def __init__(self, *, strength: float = 1.0, most_ratio: float = 0.02) -> None:
        if not 0 <= strength <= 1:
            raise ConfigError(f"detail.match_blur.strength={strength} must lie from 0 to 1")
        if not 0 < most_ratio <= 0.05:
            raise ConfigError(f"detail.match_blur.most_ratio={most_ratio} must be above 0 and at most 0.05 crop sides")
        self.strength, self.most_ratio = strength, most_ratio

    def apply(self, face_HW3: NDArray[np.float32], given: DetailInput) -> NDArray[np.float32]:
        """See `Detail.apply`."""
        inside_HW = given.mask_HW > 0.5
        if not inside_HW.any():
            return face_HW3
        footage_HW, face_HW = _luma(given.footage_HW3), _luma(face_HW3)
        wanted = edge_share(
            footage_HW, inside_HW, coarse_px=_COARSE_RATIO * given.side_px, noise=noise_of(given.footage_HW3, inside_HW)
        )
        sigma = self.strength * self._find(face_HW, inside_HW, wanted, given.side_px)
        if sigma < 0.2:  # less than a kernel of pixels can do
            return face_HW3
        return np.asarray(cv2.GaussianBlur(face_HW3, (0, 0), sigmaX=sigma, borderType=cv2.BORDER_REPLICATE), np.float32)

    def _find(self, face_HW: NDArray[np.float32], inside_HW: NDArray[np.bool_], wanted: float, side_px: float) -> float:
        """The sigma, px, at which the face is as soft as wanted."""
        coarse_px = _COARSE_RATIO * side_px
        if edge_share(face_HW, inside_HW, coarse_px=coarse_px) <= wanted:
            return 0.0
        low, high = 0.0, self.most_ratio * side_px
        for _ in range(_STEPS):
            middle = (low + high) / 2
            blurred_HW = np.asarray(cv2.GaussianBlur(face_HW, (0, 0), sigmaX=middle), np.float32)
            if edge_share(blurred_HW, inside_HW, coarse_px=coarse_px) > wanted:
                low = middle
            else:
                high = middle
        return (low + high) / 2


def edge_share(
    luma_HW: NDArray[np.float32], inside_HW: NDArray[np.bool_], *, coarse_px: float, noise: float = 0.0
) -> float:
    """Energy of a face's edges over that of its coarse edges, 1 where there are no finer ones; contrast cancels out.

    Args:
        luma_HW: The face, [0, 1].
        inside_HW: Where it counts.
        coarse_px: Sigma of the blur that leaves the coarse edges, px.
        noise: Spread of white noise in it, whose energy is taken off.
    """
    coarse_HW = np.asarray(cv2.GaussianBlur(luma_HW, (0, 0), sigmaX=coarse_px), np.float32)
    fine, coarse = _edge_energy(luma_HW, inside_HW) - noise**2, _edge_energy(coarse_HW, inside_HW)
    return max(fine, coarse) / (coarse + 1e-12)


def _edge_energy(luma_HW: NDArray[np.float32], inside_HW: NDArray[np.bool_]) -> float:
    """Mean square of the gradient by central differences, in which white noise of spread 1 has an energy of 1."""
    dx_HW = cv2.filter2D(luma_HW, cv2.CV_32F, np.array([[-0.5, 0, 0.5]], np.float32), borderType=cv2.BORDER_REPLICATE)
    dy_HW = cv2.filter2D(
        luma_HW, cv2.CV_32F, np.array([[-0.5], [0], [0.5]], np.float32), borderType=cv2.BORDER_REPLICATE
    )
    return float((np.square(dx_HW) + np.square(dy_HW))[inside_HW].mean())


def _luma(image_HW3: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image_HW3), cv2.COLOR_RGB2GRAY), np.float32)
