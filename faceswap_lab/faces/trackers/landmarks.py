"""Following by landmarks: the detector looks now and then, in between each face's own points say where it is."""

from dataclasses import replace

import numpy as np

from faceswap_lab.core.errors import ConfigError, NoFaceError
from faceswap_lab.faces.face import INNER, OUTER_EYES, Face
from faceswap_lab.faces.finder import FaceFinder, Landmarker
from faceswap_lab.faces.geometry import fit_similarity, transform_points
from faceswap_lab.faces.tracking.carry import carried_box, carried_face
from faceswap_lab.faces.tracking.match import assign_tracks, overlap
from faceswap_lab.faces.tracking.state import ActiveTrack, TrackedFace, TrackState
from faceswap_lab.faces.tracking.tracker import check_tracking, enter_frame
from faceswap_lab.media.pixels import Pixels

_LEAST_STEP_OVERLAP = 0.3  # a face that moves further between two frames was not followed but lost
_CHECK_EVERY = 3  # frames; in between, a face counts as sure as it was unless its shape changes at once
_MOST_SHAPE_CHANGE = 0.06  # from frame to frame, in outer-eye distances; on the clips and hard footage: to 0.060
_MOST_COLLISION = 0.5  # two followed faces that share more than this may have become one


class Landmarks:
    """Detects every so many frames, and at once after a cut, a loss or unsure landmarks; else follows.

    A face that comes into a picture in which others are followed is seen at the next detection. A landmarker that does
    not say how sure it is cannot be followed by, so that then every frame is detected.

    Args:
        every: Frames from one detection to the next, 1 or more.
        min_confidence: Landmark confidence, 0 to 1, below which the detector is asked.
        max_gap: For how many frames a track may be unseen and still go on; such gaps are filled. 0 to 25.
        least_overlap: Intersection over union with a track's last box that continues it, 0 to 1.
        cut: Share of changed colours, 0 to 1, from which on tracks end at a scene cut.

    Raises:
        ConfigError: A value is out of range.
    """

    def __init__(
        self,
        *,
        every: int = 24,
        min_confidence: float = 0.5,
        max_gap: int = 5,
        least_overlap: float = 0.3,
        cut: float = 0.45,
    ) -> None:
        check_tracking(cut=cut, least_overlap=least_overlap, max_gap=max_gap)
        if every < 1 or not 0 <= min_confidence <= 1:
            raise ConfigError(
                f"tracker.every={every} must be 1 or more, tracker.min_confidence={min_confidence} from 0 to 1"
            )
        self.looks_at_parts = True
        self.max_gap, self._every, self._min_confidence = max_gap, every, min_confidence
        self._least_overlap, self._cut = least_overlap, cut
        settings = f"every={every} min_confidence={min_confidence} max_gap={max_gap}"
        self.name = f"landmarks ({settings} least_overlap={least_overlap} cut={cut})"

    def follow(self, pixels: Pixels, state: TrackState, finder: FaceFinder) -> tuple[list[TrackedFace], TrackState]:
        """The faces of the next frame, as ``Tracker.follow``."""
        state = enter_frame(pixels, state, self._cut)
        followed = self._followed(pixels, state, finder.landmarker)
        if followed is None:
            faces = finder.find(np.asarray(pixels))
            return assign_tracks(state, faces, least_overlap=self._least_overlap, max_missed=self.max_gap)
        active = tuple(ActiveTrack(face) for face in followed)
        return followed, replace(state, active=active, num_since_detection=state.num_since_detection + 1)

    def _followed(self, pixels: Pixels, state: TrackState, landmarker: Landmarker) -> list[TrackedFace] | None:
        """All faces carried into the frame, or None where the detector has to look."""
        if not state.active or state.num_since_detection + 1 >= self._every:
            return None
        if any(track.num_missed or not self._is_sure(track.last.face) for track in state.active):
            return None
        check = state.num_since_detection % _CHECK_EVERY == 0
        followed: list[TrackedFace] = []
        for track in state.active:
            face = _carried(pixels, track.last.face, landmarker, check=check)
            if face is None or not self._is_sure(face) or not _is_inside(pixels, face):
                return None
            if any(overlap(face.box_4, other.face.box_4) > _MOST_COLLISION for other in followed):
                return None
            followed.append(TrackedFace(face, track.last.track))
        return sorted(followed, key=lambda tracked: -tracked.face.area)

    def _is_sure(self, face: Face) -> bool:
        return face.landmark_confidence is not None and face.landmark_confidence >= self._min_confidence


def _carried(pixels: Pixels, last: Face, landmarker: Landmarker, *, check: bool) -> Face | None:
    face = carried_face(pixels, last, landmarker, check=check)
    if not check and face.landmark_confidence is not None and _shape_change(last, face) > _MOST_SHAPE_CHANGE:
        face = carried_face(pixels, last, landmarker, check=True)
    try:
        box_4 = carried_box(last.box_4, last.landmarks_682, face.landmarks_682)
    except NoFaceError:
        return None
    return None if overlap(last.box_4, box_4) < _LEAST_STEP_OVERLAP else replace(face, box_4=box_4)


def _shape_change(before: Face, after: Face) -> float:
    """Root mean square of what shift, turn and growth do not explain, inner landmarks, over the outer-eye distance."""
    one, other = before.landmarks_682[INNER], after.landmarks_682[INNER]
    left, right = OUTER_EYES
    unit = float(np.linalg.norm(after.landmarks_682[right] - after.landmarks_682[left]))
    try:
        off = transform_points(fit_similarity(one, other), one) - other
    except NoFaceError:
        return float("inf")
    return float(np.sqrt(np.square(off).sum(1).mean())) / max(unit, 1e-9)


def _is_inside(pixels: Pixels, face: Face) -> bool:
    """Whether the middle of the box lies in the frame: half a face is the least that is followed."""
    x, y = (face.box_4[:2] + face.box_4[2:]) / 2
    return 0 <= x < pixels.shape[1] and 0 <= y < pixels.shape[0]
