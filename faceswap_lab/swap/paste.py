"""Puts patches into their frame, in place."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.depth import Pixels, copy_where, from_unit, to_unit


def paste(frame: Pixels, patches: Iterable[Patch]) -> None:
    """Writes patches that were made from this frame into it; no pixel outside their masks changes.

    Where faces overlap, the nearer one lies over the farther one, and what its mask lets through is the farther one's
    swap: nearer is whose face is larger.

    Args:
        frame: RGB uint8 or uint16, shape (H, W, 3), writable, as it was when the patches were made.
        patches: In any order; all of the frame's type.
    """
    ordered = sorted(patches, key=lambda patch: patch.side_px)
    # Of those that lie over another one: what the frame held there, before the other one came.
    before = {
        k: to_unit(_view(frame, patch)) for k, patch in enumerate(ordered) if any(map(patch.overlaps, ordered[:k]))
    }
    for k, patch in enumerate(ordered):
        place_HW3, rgb_HW3 = _view(frame, patch), patch.rgb
        if k in before:
            through_HW3 = (1 - patch.mask[..., None]) * (to_unit(place_HW3) - before[k])
            changed_HW3 = from_unit(np.asarray(to_unit(rgb_HW3) + through_HW3, np.float32), frame.dtype)
            rgb_HW3 = np.where(through_HW3 == 0, rgb_HW3, changed_HW3)
        copy_where(place_HW3, rgb_HW3, patch.mask > 0)


def _view(frame: Pixels, patch: Patch) -> Pixels:
    left, top, right, bottom = patch.box
    return frame[top:bottom, left:right]
