"""The images of a face set: lossless PNG, packed fast rather than small, so that extraction does not wait for them."""

import hashlib
import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.files import atomic_write_bytes, explain_os_error
from faceswap_lab.core.foreign_files import read_bytes
from faceswap_lab.faces.crop import MAX_SIZE
from faceswap_lab.media.images import decode_image

# Each pixel against the one above it, then Huffman codes without a search for repeats, which photographs hardly have: a
# 256 px crop in half the time of level 1 (1.8 ms against 3.8 ms) for 8 % more (98 kB against 91 kB).
_PNG = [
    *(cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP),
]
# Run lengths pack a mask's flat areas better than level 1 does, in less time: 1.9 kB instead of 2.6 kB at 256 px, 4 kB
# at 512 px, 9 kB at 1024 px. One without grey edges takes one bit a pixel, 0.6 kB at 256 px.
_MASK_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
_MAX_BYTES = 8 * MAX_SIZE * MAX_SIZE  # of a file, not packed
_BILEVEL_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_BILEVEL, 1]


def encode_image(image: NDArray[np.uint8]) -> bytes:
    """An RGB or grey image as PNG; safe and worthwhile to call in a thread."""
    return _packed_mask(image) if image.ndim == 2 else cv2.imencode(".png", image[:, :, ::-1], _PNG)[1].tobytes()


def write_image(path: Path, image: NDArray[np.uint8] | bytes) -> str:
    """Writes an RGB or grey image, or one that ``encode_image`` encoded, and returns the SHA-256 of the file.

    Not atomic on purpose: the row that makes the image count is committed later, and an image without a row is
    overwritten when the extraction goes on.

    Raises:
        OutputError: The disk is full or the folder not writable.
    """
    content = image if isinstance(image, bytes) else encode_image(image)
    try:
        # Not through a link, which would put the picture into whatever file it names.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
    except OSError as error:
        raise explain_os_error(error, path) from error
    return hashlib.sha256(content).hexdigest()


def replace_mask(path: Path, mask: NDArray[np.uint8]) -> None:
    """Puts a mask of shape (S, S) in the place of the one that is there, whole or not at all.

    Raises:
        OutputError: The disk is full or the folder not writable.
    """
    atomic_write_bytes(path, _packed_mask(mask))


def _packed_mask(mask: NDArray[np.uint8]) -> bytes:
    is_bilevel = not ((mask > 0) & (mask < 255)).any()
    return cv2.imencode(".png", mask, _BILEVEL_PNG if is_bilevel else _MASK_PNG)[1].tobytes()


def read_image(path: Path, *, size: int | None = None, grey: bool = False) -> NDArray[np.uint8]:
    """Reads an image, RGB of shape (S, S, 3) or grey of shape (S, S).

    Args:
        path: The file itself, not a link to one.
        size: Side that it must have, px; None takes any that a crop may have.
        grey: Whether it is read as grey.

    Raises:
        FacesetError: The file is missing, a link, no image, or of another size.
    """
    try:
        content = read_bytes(path, at_most=_MAX_BYTES, follow_links=False)
    except OSError as error:
        raise FacesetError(f"{path} cannot be read ({error.strerror}); restore it or extract again") from error
    flags = cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR
    try:
        image = decode_image(content, flags, max_pixels=MAX_SIZE * MAX_SIZE)
    except ValueError as error:
        raise FacesetError(f"{path}: {error}; restore it or extract the face set again") from error
    if size is not None and image.shape[:2] != (size, size):
        found = f"{image.shape[1]}x{image.shape[0]}"
        raise FacesetError(f"{path} has {found} px, not the {size}x{size} of its set; restore it or extract again")
    return np.asarray(image if grey else np.ascontiguousarray(image[:, :, ::-1]), np.uint8)
