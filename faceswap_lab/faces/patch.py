"""The part of a frame that an embedder looks at."""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.media.pixels import Pixels

_MARGIN = 0.75  # of the landmarks' extent on every side: what an embedder sees, with room for a turned head


def patch_of(pixels: Pixels, face: Face) -> tuple[NDArray[np.uint8], FloatArray]:
    """The part of a frame around a face, copied, and the landmarks in its pixels.

    Args:
        pixels: Frame, RGB, shape (H, W, 3).
        face: In pixels of that frame.

    Returns:
        Picture of shape (h, w, 3), much smaller than the frame, and landmarks of shape (68, 2).
    """
    low, high = face.landmarks_682.min(0), face.landmarks_682.max(0)
    margin = _MARGIN * float((high - low).max())
    size = np.array(pixels.shape[1::-1])
    first = np.clip(np.floor(low - margin), 0, size - 1).astype(int)
    end = np.clip(np.ceil(high + margin), first + 1, size).astype(int)
    return pixels[first[1] : end[1], first[0] : end[0]].copy(), face.landmarks_682 - first
