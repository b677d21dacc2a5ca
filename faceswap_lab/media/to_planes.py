"""RGB to YCbCr planes of any depth with OpenCV, the way back of ``planes``."""

import av
import cv2
import numpy as np
from av.video.reformatter import Colorspace

from faceswap_lab.media.frame import Picture
from faceswap_lab.media.pixels import to_8_bits, to_16_bits
from faceswap_lab.media.planes import affine_to_rgb, view
from faceswap_lab.media.rgb_planes import bits_of


def rgb_to_planes(image: Picture, pix_fmt: str, *, matrix: Colorspace, full_range: bool) -> av.VideoFrame:
    """Returns a frame of a ``yuv`` format, with alpha where the format and the picture have it.

    Args:
        image: uint8, or uint16 of full range, shape (H, W, 3 or 4).
        pix_fmt: A planar ``yuv`` or ``yuva`` format.
        matrix: Which numbers mean which colour.
        full_range: Whether black and white are 0 and the largest number rather than 16 and 235 of 8 bits.
    """
    bits = bits_of(pix_fmt)
    height, width = image.shape[:2]
    frame = av.VideoFrame(width, height, pix_fmt)
    rgb = (to_8_bits(image) if bits == 8 else to_16_bits(image))[..., :3].astype(np.float32)
    affine = affine_to_rgb(matrix, full_range=full_range, bits=bits)
    inverse = np.linalg.inv(affine[:, :3])
    unit = 1 if bits == 8 else 2 ** (16 - bits)
    samples = cv2.transform(rgb, np.column_stack([inverse, -inverse @ affine[:, 3]]) / unit)
    for plane, channel in zip(frame.planes, cv2.split(samples), strict=False):
        view(plane, bits)[:] = _rounded(_shrunk(channel, plane.width, plane.height), bits)
    if len(frame.planes) == 4:
        alpha = _alpha_of(image).astype(np.float32) * np.float32((2**bits - 1) / np.iinfo(image.dtype).max)
        view(frame.planes[3], bits)[:] = _rounded(alpha, bits)
    return frame


def _shrunk(channel: cv2.typing.MatLike, width: int, height: int) -> cv2.typing.MatLike:
    """Each sample the mean of the pixels that share it; of an odd side the last ones stand for themselves."""
    if channel.shape == (height, width):
        return channel
    across, down = round(channel.shape[1] / width), round(channel.shape[0] / height)
    bottom, right = height * down - channel.shape[0], width * across - channel.shape[1]
    padded = cv2.copyMakeBorder(channel, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    return cv2.resize(padded, (width, height), interpolation=cv2.INTER_AREA)


def _rounded(samples: cv2.typing.MatLike, bits: int) -> Picture:
    limited = np.clip(np.rint(samples), 0, 2**bits - 1)
    return limited.astype(np.uint8 if bits == 8 else np.uint16)


def _alpha_of(image: Picture) -> Picture:
    return image[..., 3] if image.shape[2] == 4 else np.full(image.shape[:2], np.iinfo(image.dtype).max, image.dtype)
