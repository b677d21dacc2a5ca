"""Single images on disk, RGB in memory, under any file name."""

import os
from pathlib import Path

import cv2
import numpy as np

from faceswap_lab.core.errors import FootageError, OutputError
from faceswap_lab.core.files import atomic_path
from faceswap_lab.core.foreign_files import read_bytes
from faceswap_lab.media.frame import Image, Picture
from faceswap_lab.media.image_size import image_size
from faceswap_lab.media.pixels import as_picture, to_8_bits

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
JPEG_QUALITY = 95  # of 100; OpenCV's default, stated because the size of an extraction hangs on it
MAX_PIXELS = 200_000_000
"""Of an image that is read, as many as the largest cameras in phones have: decoded, 0.6 GB of 8 bits."""
MAX_BYTES = 8 * MAX_PIXELS  # of a file: 16 bits and alpha, not packed
_OF_16_BITS = (".png", ".tif", ".tiff")


def read_image(path: str | os.PathLike[str]) -> Image:
    """Returns the picture, RGB uint8, shape (H, W, 3), turned upright by its EXIF tag; deeper images are rounded.

    Raises:
        FootageError: The file is missing or not an image.
    """
    return to_8_bits(read_picture(path))


def read_picture(path: str | os.PathLike[str]) -> Picture:
    """Returns a picture as deep as it is stored: of 16 bits as RGB uint16, others as ``read_image``. Raises alike."""
    try:
        # Not cv2.imread: it takes file names in the local 8-bit code page on some systems.
        content = read_bytes(path, at_most=MAX_BYTES)
    except OSError as error:
        raise FootageError(f"{os.fspath(path)}: cannot be read ({error.strerror}); check the path") from error
    try:
        bgr = decode_image(content, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
        if bgr.dtype not in (np.uint8, np.uint16):  # floats: OpenCV knows how to round them
            bgr = decode_image(content, cv2.IMREAD_COLOR)
    except ValueError as error:
        raise FootageError(f"{os.fspath(path)}: {error}; remove it or copy it again") from error
    return as_picture(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))


def decode_image(content: bytes, flags: int, *, max_pixels: int = MAX_PIXELS) -> cv2.typing.MatLike:
    """Decodes an image file, after a look at its head: the memory that is taken does not hang on what that claims.

    Args:
        content: A PNG, JPEG, WebP, BMP or TIFF file.
        flags: OpenCV's, ``cv2.IMREAD_…``.
        max_pixels: More are refused.

    Returns:
        As ``cv2.imdecode``: blue, green, red.

    Raises:
        ValueError: What is wrong, in words: it cannot be decoded, or is too large.
    """
    size = image_size(content)
    if size is not None and size.width * size.height > max_pixels:
        raise ValueError(
            f"its {size.width}x{size.height} px are more than the {max_pixels / 1e6:.3g} million that are read"
        )
    try:
        image = None if size is None else cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except (cv2.error, MemoryError):  # a head that promises more than fits
        image = None
    if image is None:
        raise ValueError("it is not an image that can be decoded")
    return image


def encode_image(image: Picture, *, suffix: str, quality: int = JPEG_QUALITY) -> bytes:
    """Returns the bytes of an image file.

    Args:
        image: RGB uint8, shape (H, W, 3), with alpha (H, W, 4), or grey (H, W); uint16 of full range is kept by PNG and
            TIFF.
        suffix: One of ``IMAGE_SUFFIXES``.
        quality: Of JPEG, 0 to 100.

    Raises:
        OutputError: The suffix is none of an image.
    """
    if suffix.lower() not in IMAGE_SUFFIXES:
        raise OutputError(f"image suffix {suffix!r}: choose one of {', '.join(IMAGE_SUFFIXES)}")
    picture = image if suffix.lower() in _OF_16_BITS else to_8_bits(image)
    to_bgr = cv2.COLOR_RGBA2BGRA if picture.shape[-1] == 4 else cv2.COLOR_RGB2BGR
    bgr = picture if picture.ndim == 2 else cv2.cvtColor(picture, to_bgr)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix.lower() in (".jpg", ".jpeg") else []
    done, data = cv2.imencode(suffix.lower(), bgr, options)
    assert done, "imencode raises for what it cannot encode"
    return data.tobytes()


def write_image(path: str | os.PathLike[str], image: Picture) -> None:
    """Writes a picture whole or not at all.

    Args:
        path: Its suffix chooses the format.
        image: As `encode_image`.

    Raises:
        OutputError: The suffix is none of an image, the folder is not writable, or the disk is full.
    """
    data = encode_image(image, suffix=Path(path).suffix)
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
