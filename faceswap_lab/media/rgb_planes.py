"""Video that stores RGB in planes (``gbrp``), read and written without any loss that its bits do not force."""

import re

import av
import cv2
import numpy as np

from faceswap_lab.media.frame import Picture
from faceswap_lab.media.pixels import as_picture
from faceswap_lab.media.planes import view

_FORMAT = re.compile(r"gbra?p(?:(9|10|12|14|16)le)?")
_ORDER = (2, 0, 1)  # planes are green, blue, red


def has_rgb_planes(frame: av.VideoFrame) -> bool:
    """Returns whether a frame is of a kind that ``rgb_planes_to_rgb`` takes."""
    return _FORMAT.fullmatch(frame.format.name) is not None


def rgb_planes_to_rgb(frame: av.VideoFrame) -> Picture:
    """Returns RGB uint8, or of deeper planes uint16 of full range, shape (H, W, 3)."""
    bits = bits_of(frame.format.name)
    planes = [view(frame.planes[index], bits) for index in _ORDER]
    return as_picture(cv2.merge([_spread(plane, bits, 8 if bits == 8 else 16) for plane in planes]))


def rgb_to_rgb_planes(image: Picture, pix_fmt: str) -> av.VideoFrame:
    """Returns a frame of a ``gbrp`` format, with alpha where the format and the picture have it.

    Args:
        image: uint8 or uint16 of full range, shape (H, W, 3 or 4).
        pix_fmt: A ``gbrp`` or ``gbrap`` format.
    """
    bits = bits_of(pix_fmt)
    frame = av.VideoFrame(image.shape[1], image.shape[0], pix_fmt)
    order = (*_ORDER, 3) if len(frame.planes) == 4 else _ORDER
    for channel, index in enumerate(order):
        opaque = np.full(image.shape[:2], np.iinfo(image.dtype).max, image.dtype)
        samples = image[..., channel] if channel < image.shape[2] else opaque
        view(frame.planes[index], bits)[:] = _spread(samples, 8 * image.itemsize, bits)
    return frame


def bits_of(pix_fmt: str) -> int:
    """Bits of a sample of a planar format, from its name."""
    found = re.search(r"p(9|10|12|14|16)le$", pix_fmt)
    return int(found[1]) if found else 8


def _spread(samples: Picture, bits: int, wanted: int) -> Picture:
    """Numbers of so many bits in as many as wanted, the largest becoming the largest."""
    dtype = np.uint8 if wanted == 8 else np.uint16
    if bits == wanted:
        return samples
    return np.rint(samples * np.float64((2**wanted - 1) / (2**bits - 1))).astype(dtype)
