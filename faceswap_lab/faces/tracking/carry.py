"""From a face of one frame to where to look for it in the next, without a detector."""

from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np

from faceswap_lab.faces.face import INNER, Detection, Face, FloatArray
from faceswap_lab.faces.finder import Landmarker
from faceswap_lab.faces.geometry import affine_scale, fit_similarity, transform_points
from faceswap_lab.faces.keypoints import five_of_68
from faceswap_lab.media.pixels import Pixels

# The five points that 68 landmarks imply lie higher than MTCNN's, and closer together; in their own spreads, means over
# the clips and the hard footage. Undone, so that a landmarker starts from the same place as after a detection.
_RISE_IN_SPREADS = 0.08
_SPREAD_RATIO = 0.985


@runtime_checkable
class FollowingLandmarker(Protocol):
    """A landmarker with a quicker way for a face of which the frame before is known."""

    def follow(self, pixels: Pixels, detection: Detection, *, check: bool) -> Face:
        """The face near that detection, as ``Landmarker.landmarks``; says how sure it is if asked to ``check``."""
        ...


def carried_face(pixels: Pixels, last: Face, landmarker: Landmarker, *, check: bool) -> Face:
    """The face of the next frame, looked for where it was last; its box is still the one of that time.

    Args:
        pixels: The next frame, RGB, shape (H, W, 3).
        last: The face of the frame before, frame pixels.
        landmarker: Finds the points.
        check: Whether it has to be told anew how sure they are; else they may count as sure as the last.
    """
    detection = carried_detection(last)
    if isinstance(landmarker, FollowingLandmarker):
        face = landmarker.follow(pixels, detection, check=check)
        return face if check else replace(face, landmark_confidence=last.landmark_confidence)
    return landmarker.landmarks(np.asarray(pixels), detection)


def carried_detection(face: Face) -> Detection:
    """The detection that a detector would likely make of a face that has not moved since.

    Args:
        face: The face of the frame before, frame pixels.
    """
    keypoints_52 = five_of_68(face.landmarks_682)
    centre = keypoints_52.mean(0)
    offsets_52 = (keypoints_52 - centre) / _SPREAD_RATIO
    spread = float(np.sqrt(np.square(offsets_52).sum(1).mean()))
    lowered_52 = centre + offsets_52 + [0.0, _RISE_IN_SPREADS * spread]
    return Detection(face.box_4, face.confidence, lowered_52)


def carried_box(box_4: FloatArray, before_682: FloatArray, after_682: FloatArray) -> FloatArray:
    """A box moved and scaled as the inner landmarks moved.

    Args:
        box_4: Around the landmarks before, pixels.
        before_682: Landmarks before, pixels.
        after_682: Landmarks after, pixels.

    Raises:
        NoFaceError: The landmarks before coincide.
    """
    matrix_23 = fit_similarity(before_682[INNER], after_682[INNER])
    centre = transform_points(matrix_23, (box_4[:2] + box_4[2:]) / 2)
    half = (box_4[2:] - box_4[:2]) / 2 * affine_scale(matrix_23)
    return np.concatenate([centre - half, centre + half])
