"""The contract of a tracker, and the scene that it must not leave."""

from dataclasses import replace
from typing import Protocol

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.tracking.scene_cut import colour_histogram, histogram_change
from faceswap_lab.faces.tracking.state import TrackedFace, TrackState
from faceswap_lab.media.pixels import Pixels


class Tracker(Protocol):
    """Finds faces frame after frame; ``name`` says with which settings, ``max_gap`` how long a track may be unseen.

    ``looks_at_parts`` says whether most frames are only looked at where a face was, so that converting all of each
    frame in advance would be work for nothing.
    """

    name: str
    max_gap: int
    looks_at_parts: bool

    def follow(self, pixels: Pixels, state: TrackState, finder: FaceFinder) -> tuple[list[TrackedFace], TrackState]:
        """The faces of the next frame, largest first, and the state after it; a pure function of its arguments."""
        ...


def enter_frame(pixels: Pixels, state: TrackState, cut: float) -> TrackState:
    """The state to look at a frame with: without tracks where a cut lies before it.

    Args:
        pixels: Frame, RGB, shape (H, W, 3).
        state: After the frame before.
        cut: Share of changed colours from which on two frames are of different scenes.
    """
    histogram_512 = colour_histogram(pixels)
    is_cut = state.histogram_512 is not None and histogram_change(state.histogram_512, histogram_512) >= cut
    return replace(state, active=() if is_cut else state.active, histogram_512=histogram_512)


def check_tracking(*, cut: float, least_overlap: float, max_gap: int) -> None:
    """Checks the settings that all trackers share.

    Raises:
        ConfigError: One is out of range.
    """
    for name, value in (("cut", cut), ("least_overlap", least_overlap)):
        if not 0 < value <= 1:
            raise ConfigError(f"tracker.{name}={value} is a share; use more than 0, at most 1")
    if not 0 <= max_gap <= 25:
        raise ConfigError(f"tracker.max_gap={max_gap} is a number of frames from 0 to 25")
