"""What every detector does alike: turned frames, faces that are too small, boxes that are to be larger."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.face import Detection
from faceswap_lab.faces.geometry import invert_affine
from faceswap_lab.faces.hog_box import hog_box
from faceswap_lab.faces.quarter_turns import QUARTER_TURNS, carry, turn_upright, upright_matrix

FindUpright = Callable[[NDArray[np.uint8]], list[Detection]]
"""A detector's own work: an RGB frame of shape (H, W, 3) in, upright faces in its pixels out, best first."""


class Search:
    """Runs a detector over a frame with the options that all detectors share.

    Args:
        rotations: Turns of a face to look for, in degrees clockwise from upright, of 0, 90, 180 and 270. The first is
            looked for in every frame; only where it gives nothing are the others, all of them, and the one whose best
            face is surest counts. Each costs as much as the first.
        min_face: Smallest face to keep, longer side of its box as a share of the frame's short side.
        margin: How far each box is grown to all sides, in its own sides; dlib's landmark trees start as without.

    Raises:
        ConfigError: A value is out of range.
    """

    def __init__(self, *, rotations: Sequence[int] = (0,), min_face: float = 0.0, margin: float = 0.0) -> None:
        if not rotations or len(set(rotations)) < len(rotations) or not set(rotations) <= set(QUARTER_TURNS):
            raise ConfigError(f"detector.rotations={list(rotations)}: use some of 0, 90, 180 and 270, each once")
        if not 0 <= min_face <= 1:
            raise ConfigError(f"detector.min_face={min_face} is a share of the short side; use 0 to 1")
        if not 0 <= margin <= 1:
            raise ConfigError(f"detector.margin={margin} is a share of the box's side; use 0 to 1")
        self._rotations, self._min_face, self._margin = tuple(rotations), min_face, margin
        given = {
            "rotations": "" if self._rotations == (0,) else "/".join(str(turn) for turn in self._rotations),
            "min_face": min_face or "",
            "margin": margin or "",
        }
        self.settings = "".join(f" {name}={value}" for name, value in given.items() if value)
        """What differs from the defaults, for the detector's name; empty where nothing does."""

    def over(self, image: NDArray[np.uint8], find: FindUpright) -> list[Detection]:
        """All faces of a frame, in its pixels, best first.

        Args:
            image: Frame, RGB, shape (H, W, 3).
            find: The detector's own work.
        """
        first, *others = self._rotations
        found = self._turned(image, find, first)
        if found:
            return found
        return max((self._turned(image, find, turn) for turn in others), key=_surest, default=[])

    def _turned(self, image: NDArray[np.uint8], find: FindUpright, turn_deg: int) -> list[Detection]:
        least = self._min_face * min(image.shape[:2])
        found = [self._grown(face) for face in find(turn_upright(image, turn_deg)) if _side(face) >= least]
        if turn_deg == 0:
            return found
        back = invert_affine(upright_matrix(turn_deg, image.shape))
        return [carry(face, back, turn_deg=turn_deg) for face in found]

    def _grown(self, face: Detection) -> Detection:
        if self._margin == 0:
            return face
        low, high = face.box_4[:2], face.box_4[2:]
        more = self._margin * (high - low)
        start_4 = None if face.keypoints_52 is not None else hog_box(face)
        return replace(face, box_4=np.concatenate([low - more, high + more]), hog_box_4=start_4)


def _side(face: Detection) -> float:
    return float((face.box_4[2:] - face.box_4[:2]).max())


def _surest(found: list[Detection]) -> float:
    return max((face.confidence for face in found), default=-np.inf)
