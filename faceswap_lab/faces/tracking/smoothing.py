"""Zero-lag smoothing of landmarks within a track: strong while a part of the face rests or glides, none as it jerks.

Two local fits over the frames before and after compete for each part: a line, which removes nearly all tremor and is
right at rest and in steady motion, and a parabola, which follows a turning point. Each is believed as far as the frames
lie on it within the landmarker's own tremor; where neither is, the raw points stay. Windows are symmetric, so nothing
lags. Parts move by themselves (lids, lips), so each decides for itself.

Shape letters: T frames of a window (odd), N points, D powers of time.
"""

from functools import lru_cache

import numpy as np

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.face import OUTER_EYES, FloatArray

# Jaw, brows, nose, eyes, lips: what moves together.
_PARTS = (slice(0, 17), slice(17, 22), slice(22, 27), slice(27, 36), slice(36, 42), slice(42, 48), slice(48, 68))

# Frames to each side, and the residuals of line and parabola (root mean square over the part's points, in outer-eye
# distances) at which they are believed to 0.6. A landmarker's tremor is about 0.006.
_STRENGTHS = {"off": (0, 1.0, 1.0), "light": (3, 0.012, 0.010), "strong": (5, 0.02, 0.02)}


class Smoother:
    """Smooths the landmarks of a track.

    Args:
        strength: ``off``, ``light`` (3 frames to each side: tremor at rest more than halved, peaks of fast moves kept
            within 1 % of the face's width) or ``strong`` (5 frames: tremor down to a third, peaks within 2 %).

    Raises:
        ConfigError: The strength is none of these.

    Source:
        Savitzky and Golay, Anal. Chem. 36(8), 1964, doi:10.1021/ac60214a047 (local polynomials).
    """

    def __init__(self, strength: str = "light") -> None:
        if strength not in _STRENGTHS:
            raise ConfigError(f"refine.smooth={strength!r} is unknown; use one of {', '.join(_STRENGTHS)}")
        self.half_width, self._reach_of_line, self._reach_of_parabola = _STRENGTHS[strength]

    def smooth(self, window_T682: FloatArray) -> FloatArray:
        """The landmarks in the middle of a window.

        Args:
            window_T682: Landmarks of consecutive frames of one track, the wanted one in the middle, pixels, shape
                (T, 68, 2), T odd.

        Returns:
            Smoothed landmarks, pixels, shape (68, 2); the middle itself where T is 1.
        """
        half = len(window_T682) // 2
        middle_682 = window_T682[half]
        left, right = OUTER_EYES
        unit = float(np.linalg.norm(middle_682[right] - middle_682[left]))
        if half == 0 or unit == 0:
            return middle_682
        line_682, off_line_68 = _fit(window_T682, 1, spread=0.6)
        smoothed_682 = middle_682.copy()
        if half >= 2:  # three frames lie on a parabola whatever they are
            parabola_682, off_parabola_68 = _fit(window_T682, 2, spread=None)
            for part in _PARTS:
                trust = _trust(off_parabola_68[part], unit * self._reach_of_parabola)
                smoothed_682[part] += trust * (parabola_682[part] - middle_682[part])
        for part in _PARTS:
            trust = _trust(off_line_68[part], unit * self._reach_of_line)
            smoothed_682[part] += trust * (line_682[part] - smoothed_682[part])
        return smoothed_682


def _fit(window_T682: FloatArray, degree: int, *, spread: float | None) -> tuple[FloatArray, FloatArray]:
    """A local polynomial's value in the middle, shape (68, 2), and each point's mean squared distance from it, (68,).

    ``spread`` is the deviation of Gaussian weights over the window's half width; None weighs all frames alike.
    """
    fit_TT, weights_T = _fit_matrix(len(window_T682) // 2, degree, spread)
    fitted_T682 = np.einsum("ts,snx->tnx", fit_TT, window_T682)
    off_T68 = np.square(window_T682 - fitted_T682).sum(2)
    return fitted_T682[len(window_T682) // 2], np.einsum("t,tn->n", weights_T, off_T68)


@lru_cache
def _fit_matrix(half: int, degree: int, spread: float | None) -> tuple[FloatArray, FloatArray]:
    """What turns a window into its local polynomial, shape (T, T), and the frames' weights, sum 1, shape (T,)."""
    times_T = np.arange(-half, half + 1, dtype=np.float64)
    weights_T = np.ones_like(times_T) if spread is None else np.exp(-0.5 * np.square(times_T / (spread * half)))
    powers_TD = np.vander(times_T, degree + 1, increasing=True)
    root_T1 = np.sqrt(weights_T)[:, None]
    solve_DT = np.linalg.pinv(powers_TD * root_T1) * root_T1.T
    return powers_TD @ solve_DT, weights_T / weights_T.sum()


def _trust(off_N: FloatArray, reach: float) -> float:
    return float(np.exp(-0.5 * off_N.mean() / reach**2))
