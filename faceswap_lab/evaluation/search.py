"""Finds the swapped faces again, in the converted clip as it was written, and measures each.

Two streams go side by side: frames of the footage and frames of the converted clip. What was swapped where is known
from the conversion; a face found again counts only if it lies where one was swapped, so a bystander never does.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import FootageError
from faceswap_lab.evaluation.expression_error import expression_error
from faceswap_lab.evaluation.gaze import gaze
from faceswap_lab.evaluation.pose_error import pose_error_deg
from faceswap_lab.evaluation.reference import face_sharpness
from faceswap_lab.faces.expression import eye_opening, mouth_opening
from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.faces.finder import Embedder, FaceFinder, Landmarker
from faceswap_lab.faces.pose import Pose, head_pose
from faceswap_lab.faces.quarter_turns import landmarks_of
from faceswap_lab.faces.tracking.carry import carried_detection
from faceswap_lab.media.frame import Frame

MAX_SHIFT = 0.35  # of the footage face's width: how far the centre of its landmarks may lie from where it was swapped


@dataclass(frozen=True, slots=True)
class FoundFace:
    """One swapped face, found again.

    Attributes:
        index: Frame of the footage.
        landmarks_682: In px of the converted frame.
        footage_682: Of the footage's face, by the same finder, in px of its frame.
        footage_opening: Opening of the footage's mouth, see `faces.expression`.
        swapped_opening: Opening of the swapped mouth.
        footage_eyes: Opening of the footage's eyes.
        swapped_eyes: Opening of the swapped eyes.
        footage_gaze_2: Where the footage's eyes look, see `gaze`.
        swapped_gaze_2: Where the swapped eyes look.
        expression_error: See `expression_error`.
        pose: Head angles of the footage's face.
        pose_error_deg: How far the swapped head's angles stray from them.
        sharpness: Variance of the Laplacian inside the hull, 256 px face crop.
        descriptor_128: Face descriptor, or None where this face was left out to save time.
    """

    index: int
    landmarks_682: FloatArray
    footage_682: FloatArray
    footage_opening: float
    swapped_opening: float
    footage_eyes: float
    swapped_eyes: float
    footage_gaze_2: FloatArray
    swapped_gaze_2: FloatArray
    expression_error: float
    pose: Pose
    pose_error_deg: float
    sharpness: float
    descriptor_128: FloatArray | None


def in_step(footage: Iterable[Frame], converted: Iterable[Frame]) -> Iterator[tuple[Frame, Frame]]:
    """The frames of a footage with the converted frame that each became.

    Raises:
        FootageError: One of them ends early: the clip was not written from these frames.
    """
    for before, after in zip_longest(footage, converted):
        if before is None or after is None:
            raise FootageError("the converted clip and its footage differ in their number of frames; convert it again")
        yield before, after


def find_again(
    before: Frame, after: Frame, swapped_682: FloatArray, *, finder: FaceFinder, embedder: Embedder | None
) -> FoundFace | None:
    """Measures the swapped face of one frame, or says that no face is found where it should be.

    Both faces are looked at anew by the same landmarker in the same box, that of the footage's face: what the
    conversion knew may come from another landmarker or be smoothed over frames, a detector frames a swap a little
    differently, and such differences would count as the network's. A swap that changes nothing is so found without any
    error.

    Args:
        before: Frame of the footage.
        after: The converted frame.
        swapped_682: Landmarks of the footage's face that was replaced, frame px.
        finder: Finds faces; the same that found the footage's.
        embedder: Describes the face; None leaves the descriptor out.
    """
    if nearest_face(finder.unrefined.find(after.image), swapped_682) is None:
        return None
    size = (before.image.shape[1], before.image.shape[0])
    footage_682, found_682 = (
        landmarks_in_its_box(image, swapped_682, finder.landmarker) for image in (before.image, after.image)
    )
    pose = head_pose(footage_682, size)
    return FoundFace(
        index=before.index,
        landmarks_682=found_682,
        footage_682=footage_682,
        footage_opening=mouth_opening(footage_682),
        swapped_opening=mouth_opening(found_682),
        footage_eyes=eye_opening(footage_682),
        swapped_eyes=eye_opening(found_682),
        footage_gaze_2=gaze(before.image, footage_682),
        swapped_gaze_2=gaze(after.image, found_682),
        expression_error=expression_error(found_682, footage_682),
        pose=pose,
        pose_error_deg=pose_error_deg(head_pose(found_682, size), pose),
        sharpness=face_sharpness(after.image, found_682),
        descriptor_128=embedder.embed(after.image, found_682) if embedder is not None else None,
    )


def landmarks_in_its_box(image: NDArray[np.uint8], landmarks_682: FloatArray, landmarker: Landmarker) -> FloatArray:
    """Landmarks of a face whose place is known, shape (68, 2), px of the frame."""
    low, high = landmarks_682.min(axis=0), landmarks_682.max(axis=0)
    known = carried_detection(Face(np.concatenate([low, high]), landmarks_682, 1.0))
    return landmarks_of(landmarker, image, known).landmarks_682


def nearest_face(faces: Iterable[Face], swapped_682: FloatArray) -> Face | None:
    """The face whose landmarks' centre lies nearest to the swapped one's, if it is near enough to be the same."""
    centre, width = swapped_682.mean(axis=0), float(np.ptp(swapped_682[:, 0]))
    near = [(float(np.linalg.norm(face.landmarks_682.mean(axis=0) - centre)), face) for face in faces]
    near = [(distance, face) for distance, face in near if distance <= MAX_SHIFT * width]
    return min(near, key=lambda item: item[0])[1] if near else None


def search(
    pairs: Iterable[tuple[Frame, Frame]],
    swapped: Mapping[int, FloatArray],
    *,
    searched: Collection[int],
    embedded: Collection[int],
    finder: FaceFinder,
    embedder: Embedder,
) -> Iterator[tuple[Frame, Frame, FoundFace | None]]:
    """Looks for the swapped face in every frame to be searched.

    Args:
        pairs: Footage and converted frames in step.
        swapped: Landmarks of the footage's face that was replaced, by frame index.
        searched: Frames to search; the others are only passed over.
        embedded: Of these, the frames whose face is described.
        finder: Finds faces.
        embedder: Describes faces.

    Yields:
        Footage frame, converted frame and the face found again, for the searched frames.
    """
    for before, after in pairs:
        if before.index not in searched:
            continue
        landmarks_682 = swapped.get(before.index)
        found = None
        if landmarks_682 is not None:
            describe = embedder if before.index in embedded else None
            found = find_again(before, after, landmarks_682, finder=finder, embedder=describe)
        yield before, after, found
