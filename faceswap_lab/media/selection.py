"""Which frames of a sequence are handed out."""

from faceswap_lab.core.errors import ConfigError, FootageError
from faceswap_lab.core.frame_range import FrameRange


class Selection:
    """Counts frames as they come by and says which are wanted.

    Args:
        ranges: Frames that are wanted; None: all.
        every: Of these, the first and every n-th after it.

    Raises:
        ConfigError: ``every`` is below 1.
    """

    def __init__(self, ranges: FrameRange | None, *, every: int = 1) -> None:
        if every < 1:
            raise ConfigError(f"every={every}: expected 1 (all frames) or more")
        self._ranges, self._every = ranges, every
        self._num_in_range = 0

    @property
    def start(self) -> int:
        """Index of the first frame that can be wanted."""
        return self._ranges.start if self._ranges else 0

    def is_over(self, index: int) -> bool:
        """Returns whether neither this frame nor any after it is wanted."""
        return self._ranges is not None and self._ranges.stop is not None and index >= self._ranges.stop

    def takes(self, index: int) -> bool:
        """Returns whether this frame is wanted; to be asked once for each frame, in order."""
        if self._ranges is not None and not self._ranges.contains(index):
            return False
        self._num_in_range += 1
        return (self._num_in_range - 1) % self._every == 0

    def check_any(self, name: object, num_frames: int | None) -> None:
        """Complains if no frame was wanted of all that came by.

        Args:
            name: The footage, for the message.
            num_frames: How many frames it has, where known.

        Raises:
            FootageError: Nothing was handed out.
        """
        if self._num_in_range:
            return
        if self._ranges is None:
            raise FootageError(f"{name}: no frame can be read; the file is damaged, copy or record it again")
        of_how_many = f"the footage has {num_frames} frames, counted from 0" if num_frames else "count from 0"
        raise FootageError(f"{name}: range {self._ranges} holds none of its frames; {of_how_many}")
