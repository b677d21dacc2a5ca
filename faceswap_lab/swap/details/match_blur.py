"""The footage's blur on the swapped face, where the network drew it sharper than the footage is."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.details.detail import DetailInput
from faceswap_lab.swap.details.grain import noise_of

_COARSE_RATIO = 0.03  # sigma, in crop sides, of what both faces show alike however sharp they are
_STEPS = 9  # halvings: the sigma is found to 1/250 of the largest
_LEAST_PX = 0.2  # below, a kernel of pixels does nothing


class MatchBlur:
    """Blurs the face until its finest edges are no stronger than the footage's.

    A face out of focus, or small and enlarged, is soft in the footage; a sharp swap sits on it like a sticker. People
    differ in their edges, so strength counts in two ways, as it is and over that of the coarse edges of each, and the
    smaller blur is taken. The footage's noise does not count as sharpness. A face that is softer already stays as it
    is: sharpen it instead.

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
        noise = noise_of(given.footage_HW3, inside_HW)
        coarse_px = _COARSE_RATIO * given.side_px
        wanted = edges(_luma(given.footage_HW3), inside_HW, coarse_px=coarse_px, noise=noise)
        face_HW, most_px = _luma(face_HW3), self.most_ratio * given.side_px
        sigma = self.strength * _find_sigma(face_HW, inside_HW, wanted, coarse_px=coarse_px, most_px=most_px)
        if sigma < _LEAST_PX:
            return face_HW3
        return np.asarray(cv2.GaussianBlur(face_HW3, (0, 0), sigmaX=sigma, borderType=cv2.BORDER_REPLICATE), np.float32)


class Edges(NamedTuple):
    """How strong a face's edges are.

    Attributes:
        energy: Mean square of the luma's gradient.
        share: That over the energy of the coarse edges alone, 1 where there are no finer ones; contrast cancels out.
    """

    energy: float
    share: float


def _find_sigma(
    face_HW: NDArray[np.float32], inside_HW: NDArray[np.bool_], wanted: Edges, *, coarse_px: float, most_px: float
) -> float:
    """The smallest sigma, px, at which the face's edges are no stronger than wanted in one of the two ways."""
    low, high = 0.0, most_px
    for step in range(_STEPS):
        middle = (low + high) / 2 if step else 0.0  # most faces need none: that is asked first
        blurred_HW = (
            face_HW if middle == 0 else np.asarray(cv2.GaussianBlur(face_HW, (0, 0), sigmaX=middle), np.float32)
        )
        found = edges(blurred_HW, inside_HW, coarse_px=coarse_px)
        if found.energy <= wanted.energy or found.share <= wanted.share:
            if middle == 0:
                return 0.0
            high = middle
        else:
            low = middle
    return (low + high) / 2


def edges(luma_HW: NDArray[np.float32], inside_HW: NDArray[np.bool_], *, coarse_px: float, noise: float = 0.0) -> Edges:
    """How strong a face's edges are.

    Args:
        luma_HW: The face, [0, 1].
        inside_HW: Where it counts.
        coarse_px: Sigma of the blur that leaves the coarse edges, px.
        noise: Spread of white noise in it, whose energy is taken off.
    """
    coarse_HW = np.asarray(cv2.GaussianBlur(luma_HW, (0, 0), sigmaX=coarse_px), np.float32)
    fine, coarse = _edge_energy(luma_HW, inside_HW) - noise**2, _edge_energy(coarse_HW, inside_HW)
    return Edges(max(fine, coarse), max(fine, coarse) / (coarse + 1e-12))


def _edge_energy(luma_HW: NDArray[np.float32], inside_HW: NDArray[np.bool_]) -> float:
    """Mean square of the gradient by central differences, in which white noise of spread 1 has an energy of 1."""
    dx_HW = cv2.filter2D(luma_HW, cv2.CV_32F, np.array([[-0.5, 0, 0.5]], np.float32), borderType=cv2.BORDER_REPLICATE)
    dy_HW = cv2.filter2D(
        luma_HW, cv2.CV_32F, np.array([[-0.5], [0], [0.5]], np.float32), borderType=cv2.BORDER_REPLICATE
    )
    return float((np.square(dx_HW) + np.square(dy_HW))[inside_HW].mean())


def _luma(image_HW3: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image_HW3), cv2.COLOR_RGB2GRAY), np.float32)
