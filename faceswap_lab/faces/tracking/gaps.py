"""Short gaps of a track: what lies between two sightings is drawn straight from one to the other, and marked."""

from faceswap_lab.faces.face import Face
from faceswap_lab.faces.tracking.state import TrackedFace


def between(before: TrackedFace, after: TrackedFace, share: float) -> TrackedFace:
    """The face between two sightings of a track.

    Args:
        before: The last sighting before the gap.
        after: The first after it.
        share: How far from the one to the other, 0 to 1.

    Returns:
        Box and landmarks in between, the lower of the two confidences, no landmark confidence, marked as interpolated.
    """
    one, other = before.face, after.face
    return TrackedFace(
        Face(
            (1 - share) * one.box_4 + share * other.box_4,
            (1 - share) * one.landmarks_682 + share * other.landmarks_682,
            min(one.confidence, other.confidence),
        ),
        before.track,
        interpolated=True,
    )


def fill_gaps(frames: list[list[TrackedFace]], first: int, max_gap: int) -> None:
    """Fills the gap that the last frame's faces have closed, in place.

    Args:
        frames: Faces of consecutive frames, the newest last.
        first: Index in ``frames`` of the first frame that may still be changed.
        max_gap: Longest gap to fill, in frames.
    """
    newest = len(frames) - 1
    for found in [face for face in frames[newest] if not face.interpolated]:
        for index in range(newest - 1, max(-1, newest - max_gap - 2), -1):
            before = next((f for f in frames[index] if f.track == found.track and not f.interpolated), None)
            if before is None:
                continue
            for gap in range(max(index + 1, first), newest):
                filled = between(before, found, (gap - index) / (newest - index))
                others = [face for face in frames[gap] if face.track != found.track]
                frames[gap] = sorted([*others, filled], key=lambda tracked: -tracked.face.area)
            break
