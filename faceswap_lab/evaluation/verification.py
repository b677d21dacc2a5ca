"""Whether a face passes for a person, by the threshold that the embedder's author published.

Shape letters: N faces.
"""

import numpy as np

from faceswap_lab.evaluation.identity import FloatArray


def verified(distances_N: FloatArray, threshold: float) -> FloatArray:
    """1 for each face nearer to a person's mean descriptor than the threshold, else 0, shape (N,).

    The mean is the verification rate. Towards the identity swapped in it should be 1 (gain); towards the identity of
    the footage 0 (leak).

    Source:
        dlib's threshold 0.6: King, blog.dlib.net/2017/02/high-quality-face-recognition-with-deep.html.
    """
    return (distances_N < threshold).astype(np.float64)
