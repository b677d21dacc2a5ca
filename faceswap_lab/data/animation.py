"""How a synthetic head moves: smooth, seeded tracks of pose, expression and light, one moment a frame.

Used by the animated portraits and by the drawn faces; the audio track follows the same mouth opening. Everything is a
pure function of its seed. Shape letter: T frames.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Light:
    """The light of one frame.

    Attributes:
        gain: Brightness factor, about 0.8 to 1.2.
        gamma: Exponent on [0, 1] values; above 1 darkens the middle tones.
        warmth: Colour temperature, -1 (blue) to 1 (orange).
        slope_2: Change of brightness from one side of the frame to the other, x and y, about -0.3 to 0.3.
    """

    gain: float = 1.0
    gamma: float = 1.0
    warmth: float = 0.0
    slope_2: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a head does in one frame; the defaults are a still, neutral face.

    Attributes:
        yaw_deg: Turn about the vertical; positive turns the nose towards the image's left, as in ``faces.pose``.
        pitch_deg: Nod; positive lifts the nose.
        roll_deg: Tilt in the image plane; positive turns clockwise as seen.
        scale: Size of the picture, 1 is as drawn.
        shift_2: Drift of the picture, x and y, as a share of the frame's side.
        sway_2: Drift of the head over its shoulders, x and y, in outer-eye distances.
        mouth_opening: Gap between the inner lips over the outer-eye distance, 0 is closed.
        smile: -1 (corners down) to 1 (broad).
        brow: -1 (frown) to 1 (raised).
        lids: 0 (open) to 1 (closed).
        light: The light.
    """

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    scale: float = 1.0
    shift_2: tuple[float, float] = (0.0, 0.0)
    sway_2: tuple[float, float] = (0.0, 0.0)
    mouth_opening: float = 0.0
    smile: float = 0.0
    brow: float = 0.0
    lids: float = 0.0
    light: Light = Light()


def head_rotation(moment: Moment) -> FloatArray:
    """Rotation of the head, shape (3, 3), in the axes of ``faces.head3d``: yaw first, then pitch, then roll."""
    yaw, pitch, roll = np.radians([-moment.yaw_deg, moment.pitch_deg, moment.roll_deg])
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return about_z @ about_x @ about_y


def animate(seed: int, *, num_frames: int, fps: float = 25.0) -> list[Moment]:
    """A smooth, aimless performance: looking about, talking in bursts, blinking, under a wandering light.

    Args:
        seed: Decides everything; two seeds share the ranges and nothing else.
        num_frames: Length of the performance.
        fps: Frames per second.

    Returns:
        One moment a frame: yaw within 25 degrees either way, pitch 12, roll 10, mouth opening 0 to about 0.4.
    """
    # A stream for each kind of movement: how many syllables fit a clip does not change when it blinks.
    random, talk, blink = (np.random.Generator(np.random.Philox(s)) for s in np.random.SeedSequence(seed).spawn(3))
    times_T = np.arange(num_frames) / fps

    def wander(limit: float, hz: float) -> FloatArray:
        return limit * _wander(random, times_T, hz)

    yaw, pitch, roll = wander(25.0, 0.45), wander(12.0, 0.5), wander(10.0, 0.35)
    scale = 1.0 + wander(0.07, 0.2)
    shift_x, shift_y = wander(0.03, 0.25), wander(0.02, 0.25)
    sway_x, sway_y = wander(0.08, 0.4), wander(0.05, 0.4)
    mouth = _talk(talk, times_T)
    smile, brow = wander(0.8, 0.35), wander(1.0, 0.5)
    lids = _blinks(blink, times_T)
    gain, gamma = 1.0 + wander(0.13, 0.15), np.exp(wander(0.13, 0.15))
    warmth, slope_x, slope_y = wander(0.8, 0.12), wander(0.3, 0.15), wander(0.12, 0.15)
    return [
        Moment(
            yaw_deg=float(yaw[t]),
            pitch_deg=float(pitch[t]),
            roll_deg=float(roll[t]),
            scale=float(scale[t]),
            shift_2=(float(shift_x[t]), float(shift_y[t])),
            sway_2=(float(sway_x[t]), float(sway_y[t])),
            mouth_opening=float(mouth[t]),
            smile=float(smile[t]),
            brow=float(brow[t]),
            lids=float(lids[t]),
            light=Light(
                gain=float(gain[t]),
                gamma=float(gamma[t]),
                warmth=float(warmth[t]),
                slope_2=(float(slope_x[t]), float(slope_y[t])),
            ),
        )
        for t in range(num_frames)
    ]


def _wander(random: np.random.Generator, times_T: FloatArray, hz: float) -> FloatArray:
    """A smooth random process within [-1, 1]: seven sinusoids below ``hz``, slow ones stronger, squashed."""
    frequencies = hz * np.sort(random.uniform(0.15, 1.0, 7))
    phases = random.uniform(0.0, 2 * np.pi, 7)
    amplitudes = random.uniform(0.6, 1.0, 7) * (0.3 / (0.3 + frequencies / hz))
    waves_T = np.sin(2 * np.pi * np.outer(times_T, frequencies) + phases) @ amplitudes
    # Divided by its standard deviation in theory, not in the sample, so that a short clip is a prefix of a long one.
    return np.tanh(0.9 * waves_T / np.sqrt(np.square(amplitudes).sum() / 2))


def _talk(random: np.random.Generator, times_T: FloatArray) -> FloatArray:
    """Mouth opening: syllables of 2.2 to 4 Hz and varied size in bursts of 1 to 2.5 s, with pauses of 0.3 to 0.9 s."""
    opening_T = np.zeros_like(times_T)
    start = random.uniform(0.0, 0.4)
    end_of_clip = times_T[-1] if len(times_T) else 0.0
    while start <= end_of_clip:
        end_of_burst = start + random.uniform(1.0, 2.5)
        while start < end_of_burst:
            length = 1.0 / random.uniform(2.2, 4.0)
            size = random.uniform(0.12, 0.4)
            phase_T = np.clip((times_T - start) / length, 0.0, 1.0)
            opening_T += size * np.sin(np.pi * phase_T) ** 2
            start += length * random.uniform(0.75, 1.0)  # neighbouring syllables melt into each other
        start = end_of_burst + random.uniform(0.3, 0.9)
    return 0.45 * np.tanh(opening_T / 0.45)


def _blinks(random: np.random.Generator, times_T: FloatArray) -> FloatArray:
    """Lid closure: a blink of 0.2 to 0.3 s every 2 to 4 s, closing faster than it opens."""
    lids_T = np.zeros_like(times_T)
    start = random.uniform(0.5, 2.0)
    end_of_clip = times_T[-1] if len(times_T) else 0.0
    while start <= end_of_clip:
        length = random.uniform(0.22, 0.32)
        phase_T = np.clip((times_T - start) / length, 0.0, 1.0)
        lids_T = np.maximum(lids_T, np.clip(1.25 * np.sin(np.pi * phase_T**0.75), 0.0, 1.0))
        start += random.uniform(2.0, 4.0)
    return lids_T
