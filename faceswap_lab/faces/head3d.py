"""A generic 3-D head of 68 points in iBUG order, shared by head pose and by the animated portraits.

Axes are those of a camera that looks at the face: x right in the image, y down, z away from the camera, so the nose
tip has the smallest z. The unit is the distance between the outer eye corners (about 90 mm on an adult), the origin
lies midway between them. The head is upright: exactly symmetric about x = 0, and the line from between the eyes to
between the mouth corners runs along y. "Left" means the left of the image.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["HEAD_683", "MIRROR_68"]


# Mean of the 13 three-dimensional AFLW2000 fits and their mirror images after generalised Procrustes analysis;
# `python experiments/head3d/derive.py` prints these rows. Jaw points sit on the cheek's surface, not on its outline.
HEAD_683: NDArray[np.float64] = np.array(
    [
        # 0: jaw, from the image's left ear over the chin to the right ear
        [-0.8347, -0.0306, 0.8046],
        [-0.8116, 0.2021, 0.8139],
        [-0.7665, 0.4154, 0.8280],
        [-0.7194, 0.6076, 0.8128],
        [-0.6530, 0.8202, 0.7372],
        [-0.5423, 1.0054, 0.5780],
        [-0.4148, 1.1370, 0.3758],
        [-0.2496, 1.2537, 0.1977],
        [0.0000, 1.3182, 0.1272],
        [0.2496, 1.2537, 0.1977],
        [0.4148, 1.1370, 0.3758],
        [0.5423, 1.0054, 0.5780],
        [0.6530, 0.8202, 0.7372],
        [0.7194, 0.6076, 0.8128],
        [0.7665, 0.4154, 0.8280],
        [0.8116, 0.2021, 0.8139],
        [0.8347, -0.0306, 0.8046],
        # 17: left brow, outside in
        [-0.6511, -0.1723, 0.0538],
        [-0.5562, -0.2175, -0.0927],
        [-0.4348, -0.2264, -0.1865],
        [-0.3193, -0.2102, -0.2404],
        [-0.2150, -0.1808, -0.2624],
        # 22: right brow, inside out
        [0.2150, -0.1808, -0.2624],
        [0.3193, -0.2102, -0.2404],
        [0.4348, -0.2264, -0.1865],
        [0.5562, -0.2175, -0.0927],
        [0.6511, -0.1723, 0.0538],
        # 27: nose bridge, downwards
        [0.0000, 0.0381, -0.2705],
        [0.0000, 0.1886, -0.3483],
        [0.0000, 0.3388, -0.4341],
        [0.0000, 0.4577, -0.4443],
        # 31: nostrils, left to right
        [-0.1396, 0.5163, -0.1788],
        [-0.0799, 0.5352, -0.2270],
        [0.0000, 0.5525, -0.2485],
        [0.0799, 0.5352, -0.2270],
        [0.1396, 0.5163, -0.1788],
        # 36: left eye, from its outer corner, clockwise
        [-0.5000, 0.0000, 0.0000],
        [-0.4255, -0.0344, -0.0981],
        [-0.3196, -0.0374, -0.1013],
        [-0.2203, 0.0144, -0.0633],
        [-0.3108, 0.0434, -0.0871],
        [-0.4226, 0.0454, -0.0606],
        # 42: right eye, from its inner corner, clockwise
        [0.2203, 0.0144, -0.0633],
        [0.3196, -0.0374, -0.1013],
        [0.4255, -0.0344, -0.0981],
        [0.5000, 0.0000, 0.0000],
        [0.4226, 0.0454, -0.0606],
        [0.3108, 0.0434, -0.0871],
        # 48: outer lips, from the left corner, clockwise
        [-0.2922, 0.7860, 0.0000],
        [-0.1924, 0.7261, -0.1510],
        [-0.0671, 0.6904, -0.2298],
        [0.0000, 0.7059, -0.2351],
        [0.0671, 0.6904, -0.2298],
        [0.1924, 0.7261, -0.1510],
        [0.2922, 0.7860, 0.0000],
        [0.1843, 0.8806, -0.0912],
        [0.0960, 0.9314, -0.1347],
        [0.0000, 0.9413, -0.1448],
        [-0.0960, 0.9314, -0.1347],
        [-0.1843, 0.8806, -0.0912],
        # 60: inner lips, from the left corner, clockwise
        [-0.2690, 0.7832, -0.0068],
        [-0.0839, 0.7652, -0.1563],
        [0.0000, 0.7654, -0.1773],
        [0.0839, 0.7652, -0.1563],
        [0.2690, 0.7832, -0.0068],
        [0.0828, 0.8349, -0.1326],
        [0.0000, 0.8428, -0.1435],
        [-0.0828, 0.8349, -0.1326],
    ]
)
HEAD_683.setflags(write=False)

# Index of each point after the face is mirrored: ``mirrored = points[MIRROR_68] * [-1, 1, 1]``.
MIRROR_68: NDArray[np.intp] = np.array(
    [
        *range(16, -1, -1),  # jaw
        *range(26, 16, -1),  # brows
        *range(27, 31),  # nose bridge
        *range(35, 30, -1),  # nostrils
        *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # eyes
        *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),  # outer lips
        *(64, 63, 62, 61, 60, 67, 66, 65),  # inner lips
    ]
)
MIRROR_68.setflags(write=False)
