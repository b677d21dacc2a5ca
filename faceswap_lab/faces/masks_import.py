"""Takes a user's own mask images into a face set."""

import logging
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.foreign_files import read_bytes
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_images import replace_mask
from faceswap_lab.media.images import MAX_BYTES, decode_image

logger = logging.getLogger(__name__)

_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


@dataclass(frozen=True, slots=True)
class MaskImport:
    """What an import did.

    Attributes:
        num_imported: Masks that were replaced.
        num_without: Faces of the set for which the folder has no image; their masks stay.
        unknown: Images that belong to no face of the set, by name.
    """

    num_imported: int
    num_without: int
    unknown: tuple[str, ...]


def import_masks(faceset: Faceset, folder: str | Path) -> MaskImport:
    """Replaces masks by images drawn elsewhere.

    Args:
        faceset: The set.
        folder: Images named as the crops (the suffix may differ), square, of any size: white is face, black is none.
            Where an image has transparency, that is the mask; colours are turned to grey.

    Returns:
        Counts, and the images that fit no face.

    Raises:
        FacesetError: There is no such folder, none of its images is named as a crop, or one is damaged or not square;
            all are looked at before the first mask is replaced.
        OutputError: The disk is full or the face set not writable.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FacesetError(f"{folder} is no folder; give the one that holds the mask images")
    rows = {Path(row.file_name).stem: row for row in faceset.rows()}
    images = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and path.name[0] != ".")
    matching = {path.stem: path for path in images if path.stem in rows}
    unknown = tuple(path.name for path in images if path.stem not in rows)
    if not matching:
        example = next(iter(rows), "…")
        raise FacesetError(
            f"{folder}: none of its {len(images)} images is named as a crop of {faceset.path}; name them as in crops/, "
            f"such as {example}.png"
        )
    size = faceset.crop_spec.size
    for path in matching.values():
        _read(path, size)
    for stem, path in matching.items():
        replace_mask(faceset.mask_path(rows[stem]), _read(path, size))
    if unknown:
        logger.warning("%s: %d images belong to no face (%s …); left out", folder, len(unknown), unknown[0])
    return MaskImport(len(matching), len(rows) - len(matching), unknown)


def _read(path: Path, size: int) -> NDArray[np.uint8]:
    """An image as a mask of shape (size, size)."""
    try:
        image = decode_image(read_bytes(path, at_most=MAX_BYTES), cv2.IMREAD_UNCHANGED)
    except OSError as error:
        raise FacesetError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    except ValueError as error:
        raise FacesetError(f"{path}: {error}; draw it again or take it out of the folder") from error
    if image.shape[0] != image.shape[1]:
        raise FacesetError(f"{path} is {image.shape[1]}x{image.shape[0]} px; masks are square, as their crops")
    if image.dtype == np.uint16:
        image = cv2.convertScaleAbs(image, alpha=255 / 65535)
    if image.dtype != np.uint8:
        raise FacesetError(f"{path} holds {image.dtype} values; save it with 8 or 16 bits")
    if image.ndim == 3 and image.shape[2] == 4 and np.ptp(image[:, :, 3]) > 0:
        image = image[:, :, 3]
    elif image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_BGRA2GRAY if image.shape[2] == 4 else cv2.COLOR_BGR2GRAY)
    if len(image) != size:
        shrinks = len(image) > size
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(image, np.uint8)
