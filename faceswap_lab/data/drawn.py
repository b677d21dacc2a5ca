"""Drawn parametric faces with exact landmarks: fast made-up footage for tests, of people who do not exist.

A drawn person is the generic 3-D head with proportions and colours of its own; a moment turns it and gives it an
expression. Axes and unit are those of ``faces.head3d``. Shape letters: S side of the image in pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.data.animation import Moment, animate, head_rotation
from faceswap_lab.data.drawn_paint import Paint, paint_face
from faceswap_lab.faces.head3d import HEAD_683

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

_PIVOT_3 = np.array([0.0, 0.55, 0.85])
_UNIT_RATIO = 0.27  # outer-eye distance over the image's side
_UPPER_LIDS, _LOWER_LIDS = [37, 38, 43, 44], [41, 40, 47, 46]
_LOWER_FACE = np.array([0, 0, 0, 0.1, 0.25, 0.5, 0.75, 0.9, 1, 0.9, 0.75, 0.5, 0.25, 0.1, 0, 0, 0])  # follows the jaw


@dataclass(frozen=True, slots=True)
class DrawnPerson:
    """Someone who does not exist.

    Attributes:
        width: Width of the head against the generic one.
        length: Length of the lower face against the generic one.
        eye_height: Height of the eyes against the generic ones.
        nose_width: Width of the nose against the generic one.
        mouth_width: Width of the mouth against the generic one.
        brow_lift: How much higher the brows sit, head units.
        paint: Colours and brush widths.
    """

    width: float
    length: float
    eye_height: float
    nose_width: float
    mouth_width: float
    brow_lift: float
    paint: Paint


def draw_person(seed: int) -> DrawnPerson:
    """The person of a seed; neighbouring seeds have nothing in common."""
    random = np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, 68))))
    tone = random.uniform(0.0, 1.0)
    skin = (1 - tone) * np.array([236.0, 200.0, 178.0]) + tone * np.array([141.0, 98.0, 74.0])
    hairs = np.array([[40, 30, 26], [92, 60, 38], [165, 128, 80], [120, 116, 112], [118, 52, 30]], np.float64)
    irises = np.array([[74, 50, 34], [70, 96, 120], [84, 98, 62], [50, 38, 30]], np.float64)
    lips = 0.62 * skin + 0.38 * np.array([168.0, 52.0, 62.0])
    backdrop = random.uniform(70, 190, 3)

    def colour(values: FloatArray) -> tuple[float, float, float]:
        red, green, blue = values
        return float(red), float(green), float(blue)

    return DrawnPerson(
        width=random.uniform(0.9, 1.1),
        length=random.uniform(0.92, 1.08),
        eye_height=random.uniform(0.9, 1.35),
        nose_width=random.uniform(0.85, 1.25),
        mouth_width=random.uniform(0.88, 1.15),
        brow_lift=random.uniform(-0.02, 0.04),
        paint=Paint(
            skin=colour(skin),
            hair=colour(hairs[random.integers(len(hairs))]),
            iris=colour(irises[random.integers(len(irises))]),
            lips=colour(lips),
            backdrop=colour(backdrop),
            clothes=colour(random.uniform(20, 160, 3)),
            brow_width=random.uniform(0.04, 0.075),
            fringe=random.uniform(0.0, 1.0),
        ),
    )


def draw_face(person: DrawnPerson, moment: Moment, *, size: int = 256) -> tuple[Image, FloatArray]:
    """Draws a face.

    Args:
        person: Who.
        moment: Pose, expression and light.
        size: Side of the image, px; the face takes about two thirds of it.

    Returns:
        RGB uint8 of shape (size, size, 3), and the exact landmarks in its pixels, shape (68, 2).
    """
    head = _shape(person, moment)
    rotation = head_rotation(moment)
    unit = _UNIT_RATIO * size * moment.scale
    middle = np.array([0.5, 0.42]) * size + np.array(moment.shift_2) * size - 0.5

    def project(points_N3: FloatArray) -> FloatArray:
        turned = (points_N3 - _PIVOT_3) @ rotation.T + _PIVOT_3
        return middle + unit * (turned[:, :2] + moment.sway_2)

    landmarks = project(head)
    return paint_face(person.paint, landmarks, project, unit_px=unit, size=size, light=moment.light), landmarks


def drawn_frames(
    identity_seed: int, num_frames: int, *, size: int = 256, motion_seed: int = 0, fps: float = 25.0
) -> Iterator[tuple[Image, FloatArray]]:
    """A person's performance, frame by frame: image and landmarks as in ``draw_face``."""
    person = draw_person(identity_seed)
    for moment in animate(motion_seed, num_frames=num_frames, fps=fps):
        yield draw_face(person, moment, size=size)


def _shape(person: DrawnPerson, moment: Moment) -> FloatArray:
    """The 68 points of the person with the moment's expression, before they turn."""
    head = HEAD_683.copy()
    head[:17, 0] *= person.width
    below = head[:, 1] > 0.3
    head[below, 1] = 0.3 + (head[below, 1] - 0.3) * person.length
    head[31:36, 0] *= person.nose_width
    head[48:, 0] *= person.mouth_width
    head[17:27, 1] -= person.brow_lift + 0.075 * moment.brow
    head[36:48, 1] *= person.eye_height
    head[_UPPER_LIDS] += moment.lids * (head[_LOWER_LIDS] - head[_UPPER_LIDS]) * 0.95
    # Lips meet first, then the jaw takes the lower one down; the corners give a little.
    upper, lower = [61, 62, 63], [67, 66, 65]
    line = (head[upper, 1] + head[lower, 1]) / 2
    half_gap = (head[lower, 1] - head[upper, 1]) / 2
    head[upper, 1], head[lower, 1] = line, line
    head[49:54, 1] += half_gap.mean()
    head[55:60, 1] -= half_gap.mean()
    head[lower, 1] += moment.mouth_opening
    head[55:60, 1] += moment.mouth_opening * np.array([0.6, 0.9, 1.0, 0.9, 0.6])
    head[[48, 54, 60, 64], 1] += 0.2 * moment.mouth_opening
    head[:17, 1] += 0.7 * moment.mouth_opening * _LOWER_FACE
    for corner, inner, outwards in ((48, 60, -1.0), (54, 64, 1.0)):
        head[[corner, inner]] += moment.smile * np.array([0.05 * outwards, -0.05, 0.04])
    return head
