"""The images of a face set: lossless PNG, packed fast rather than small, so that extraction does not wait for them."""

import hashlib
import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.files import explain_os_error

# Level 1 packs a 256 px crop in about 2 ms to some 90 kB; level 6 takes five times as long for a tenth less.
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1]


def write_image(path: Path, image: NDArray[np.uint8]) -> str:
    """Writes an RGB or grey image and returns the SHA-256 of the file.

    Not atomic on purpose: the row that makes the image count is committed later, and an image without a row is
    overwritten when the extraction goes on.

    Raises:
        OutputError: The disk is full or the folder not writable.
    """
    content = cv2.imencode(".png", image if image.ndim == 2 else image[:, :, ::-1], _PNG)[1].tobytes()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise explain_os_error(error, path) from error
    return hashlib.sha256(content).hexdigest()


def read_image(path: Path, *, grey: bool = False) -> NDArray[np.uint8]:
    """Reads an image, RGB of shape (S, S, 3) or grey of shape (S, S).

    Raises:
        FacesetError: The file is missing or is no image.
    """
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise FacesetError(f"{path} cannot be read ({error.strerror}); restore it or extract again") from error
    image = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR) if len(content) else None
    if image is None:
        raise FacesetError(f"{path} is not an image; restore it or extract the face set again")
    return np.asarray(image if grey else np.ascontiguousarray(image[:, :, ::-1]), np.uint8)


def names_in(folder: Path) -> set[str]:
    """Names of what lies in a folder; empty where there is none."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries}
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise FacesetError(f"{folder} cannot be read ({error.strerror}); restore it or extract again") from error
