"""Detection in every frame; tracks only tie the faces together."""

import numpy as np

from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.tracking.match import assign_tracks
from faceswap_lab.faces.tracking.state import TrackedFace, TrackState
from faceswap_lab.faces.tracking.tracker import check_tracking, enter_frame
from faceswap_lab.media.pixels import Pixels


class EveryFrame:
    """Looks for faces anew in every frame: slow, and independent of the frames before.

    Args:
        max_gap: For how many frames a track may be unseen and still go on; such gaps are filled. 0 to 25.
        least_overlap: Intersection over union with a track's last box that continues it, 0 to 1.
        cut: Share of changed colours, 0 to 1, from which on tracks end at a scene cut.

    Raises:
        ConfigError: A value is out of range.
    """

    def __init__(self, *, max_gap: int = 0, least_overlap: float = 0.3, cut: float = 0.45) -> None:
        check_tracking(cut=cut, least_overlap=least_overlap, max_gap=max_gap)
        self.looks_at_parts = False
        self.max_gap, self._least_overlap, self._cut = max_gap, least_overlap, cut
        self.name = f"every_frame (max_gap={max_gap} least_overlap={least_overlap} cut={cut})"

    def follow(self, pixels: Pixels, state: TrackState, finder: FaceFinder) -> tuple[list[TrackedFace], TrackState]:
        """The faces of the next frame, as ``Tracker.follow``."""
        state = enter_frame(pixels, state, self._cut)
        faces = finder.find(np.asarray(pixels))
        return assign_tracks(state, faces, least_overlap=self._least_overlap, max_missed=self.max_gap)
