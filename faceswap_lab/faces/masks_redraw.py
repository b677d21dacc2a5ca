"""Draws the masks of a face set anew, from the landmarks it holds: nothing is detected again."""

from pathlib import Path

from faceswap_lab.core.progress import track
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_images import replace_mask
from faceswap_lab.faces.finder import Masker


def redraw_masks(faceset: Faceset, masker: Masker) -> int:
    """Replaces every mask of a face set, imported and edited ones too; training rebuilds its cache by itself.

    Args:
        faceset: The set; its rows stay as they are.
        masker: Draws the new masks.

    Returns:
        Number of masks drawn.

    Raises:
        OutputError: The disk is full or the folder not writable; masks drawn until then stay.
    """
    rows, size = faceset.rows(), faceset.crop_spec.size
    for row in track(rows, total=len(rows), description=f"drawing the masks of {Path(faceset.path).name}"):
        replace_mask(faceset.mask_path(row), masker.mask(row.landmarks_682, row.frame_to_crop, size))
    return len(rows)
