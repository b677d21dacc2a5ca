"""The mean face that crops are aligned to: 68 points in iBUG order, in a unit square.

x right, y down; the 68 points' bounding square is [0, 1] x [0, 1], the face is centred in it and exactly symmetric
about x = 0.5. Mean of the near-frontal faces of nine people and their mirror images after generalised Procrustes
analysis on the inner points; ``experiments/mean_face`` says which, and ``python experiments/mean_face/derive.py``
prints these rows.
"""

import numpy as np
from numpy.typing import NDArray

MEAN_FACE_682: NDArray[np.float64] = np.array(
    [
        # 0: jaw, from the image's left ear over the chin to the right ear
        [0.0000, 0.1743],
        [0.0050, 0.3072],
        [0.0193, 0.4411],
        [0.0454, 0.5744],
        [0.0945, 0.6962],
        [0.1670, 0.8021],
        [0.2624, 0.8928],
        [0.3732, 0.9607],
        [0.5000, 0.9799],
        [0.6268, 0.9607],
        [0.7376, 0.8928],
        [0.8330, 0.8021],
        [0.9055, 0.6962],
        [0.9546, 0.5744],
        [0.9807, 0.4411],
        [0.9950, 0.3072],
        [1.0000, 0.1743],
        # 17: left brow, outside in
        [0.0942, 0.0909],
        [0.1533, 0.0354],
        [0.2385, 0.0201],
        [0.3256, 0.0317],
        [0.4064, 0.0662],
        # 22: right brow, inside out
        [0.5936, 0.0662],
        [0.6744, 0.0317],
        [0.7615, 0.0201],
        [0.8467, 0.0354],
        [0.9058, 0.0909],
        # 27: nose, bridge to tip
        [0.5000, 0.1697],
        [0.5000, 0.2606],
        [0.5000, 0.3484],
        [0.5000, 0.4375],
        # 31: nostrils
        [0.3918, 0.4876],
        [0.4441, 0.5064],
        [0.5000, 0.5207],
        [0.5559, 0.5064],
        [0.6082, 0.4876],
        # 36: left eye
        [0.1895, 0.1785],
        [0.2430, 0.1493],
        [0.3085, 0.1494],
        [0.3674, 0.1886],
        [0.3056, 0.1989],
        [0.2412, 0.1996],
        # 42: right eye
        [0.6326, 0.1886],
        [0.6915, 0.1494],
        [0.7570, 0.1493],
        [0.8105, 0.1785],
        [0.7588, 0.1996],
        [0.6944, 0.1989],
        # 48: outer lips
        [0.2970, 0.6381],
        [0.3757, 0.6164],
        [0.4464, 0.6057],
        [0.5000, 0.6189],
        [0.5536, 0.6057],
        [0.6243, 0.6164],
        [0.7030, 0.6381],
        [0.6290, 0.7018],
        [0.5589, 0.7298],
        [0.5000, 0.7363],
        [0.4411, 0.7298],
        [0.3710, 0.7018],
        # 60: inner lips
        [0.3272, 0.6426],
        [0.4462, 0.6472],
        [0.5000, 0.6536],
        [0.5538, 0.6472],
        [0.6728, 0.6426],
        [0.5556, 0.6711],
        [0.5000, 0.6775],
        [0.4444, 0.6711],
    ]
)
MEAN_FACE_682.setflags(write=False)
