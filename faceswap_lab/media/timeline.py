"""From the time of the footage to the time of the output.

A whole clip keeps its times, also where it does not begin at 0. Of ranges, the output begins at 0 and the pieces follow
one another without a gap. Times are in ticks; ``_s`` marks exact seconds.
"""

from fractions import Fraction

from faceswap_lab.core.frame_range import FrameRange


class Timeline:
    """Places frames, and keeps the span of the footage that the current piece covers, by which sound is cut.

    Args:
        ranges: Frames that are written; None: the whole clip.
        time_base: Length of a tick, seconds.
        frame_ticks: How long a frame is shown that does not say so itself.

    Attributes:
        shift: Ticks by which the current piece moves towards 0.
        start: First tick of the current piece, in the footage; None: all that comes before the first frame, too.
        end: End of the last frame, in the footage; None before there is one.
    """

    def __init__(self, ranges: FrameRange | None, *, time_base: Fraction, frame_ticks: int) -> None:
        self.time_base = time_base
        self.shift = 0
        self.start: int | None = None
        self.end: int | None = None
        self.is_cut = ranges is not None
        self._spans = ranges.spans if ranges is not None else ()
        self._span: tuple[int, int | None] | None = None
        self._frame_ticks = frame_ticks
        self._last: int | None = None

    @property
    def shift_s(self) -> Fraction:
        """``shift`` in seconds."""
        return self.shift * self.time_base

    @property
    def start_s(self) -> Fraction | None:
        """``start`` in seconds."""
        return None if self.start is None else self.start * self.time_base

    @property
    def end_s(self) -> Fraction | None:
        """``end`` in seconds."""
        return None if self.end is None else self.end * self.time_base

    def begins_piece(self, index: int) -> bool:
        """Returns whether a frame of this index is the first of another range than the frame before."""
        return self._span_of(index) != self._span

    def place(self, index: int, pts: int, duration: int | None, *, is_added: bool = False) -> int:
        """Returns the time of a frame in the output; frames come in order of display.

        Args:
            index: Number of the frame in the footage.
            pts: Its time there, ticks.
            duration: How long it is shown, ticks, where known.
            is_added: Whether it follows the footage's last frame: the piece, and with it the sound, ends before it.
        """
        if is_added and self.end is not None:
            return pts - self.shift
        if self.begins_piece(index):
            end_of_output = 0 if self.end is None else self.end - self.shift
            self._span = self._span_of(index)
            # What sounds before the first picture belongs to a piece that starts with it.
            self.start = pts if index > 0 else None
            self.shift = pts - end_of_output
            self._last = None
        if self._last is not None:
            self._frame_ticks = pts - self._last
        self._last = pts
        self.end = pts + (duration or self._frame_ticks)
        return pts - self.shift

    def _span_of(self, index: int) -> tuple[int, int | None] | None:
        for first, end in self._spans:
            if first <= index and (end is None or index < end):
                return first, end
        return None
