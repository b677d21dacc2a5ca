"""A synthetic voice for synthetic footage: a murmur that is loud where the mouth is open.

Shape letters: T frames, A audio samples.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

FloatArray = NDArray[np.float64]

RATE_HZ = 48_000

# Formants of a neutral vowel (centre and bandwidth, Hz), as in textbooks of phonetics.
_FORMANTS = ((500.0, 80.0), (1500.0, 110.0), (2500.0, 160.0))


def murmur(mouth_opening_T: FloatArray, *, fps: float, seed: int) -> NDArray[np.float32]:
    """Draws a voice that follows a mouth.

    Args:
        mouth_opening_T: Mouth opening of each frame, 0 is closed.
        fps: Frames per second.
        seed: Decides pitch and breath.

    Returns:
        Mono samples in [-1, 1] at ``RATE_HZ``, shape (A,), as long as the frames.
    """
    random = np.random.Generator(np.random.Philox(seed))
    num_samples = round(len(mouth_opening_T) / fps * RATE_HZ)
    times_A = np.arange(num_samples) / RATE_HZ
    loudness_A = np.interp(times_A * fps, np.arange(len(mouth_opening_T)), mouth_opening_T)
    pitch_hz = random.uniform(110.0, 190.0) * (1 + 0.06 * np.sin(2 * np.pi * 0.7 * times_A + random.uniform(0, 6)))
    phase_A = np.cumsum(pitch_hz) / RATE_HZ
    pulses_A = np.diff(np.floor(phase_A), prepend=0.0) + 0.02 * random.standard_normal(num_samples)
    voice_A = pulses_A
    for centre_hz, width_hz in _FORMANTS:
        radius, angle = np.exp(-np.pi * width_hz / RATE_HZ), 2 * np.pi * centre_hz / RATE_HZ
        voice_A = lfilter([1 - radius], [1.0, -2 * radius * np.cos(angle), radius**2], voice_A)
    voice_A = voice_A * np.clip(loudness_A / 0.3, 0.0, 1.0)
    loudest = float(np.abs(voice_A).max(initial=0.0))
    return np.asarray(0.5 * voice_A / loudest if loudest > 0 else voice_A, np.float32)
