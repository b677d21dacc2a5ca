"""Which frames of a footage are meant: ``385:502``, end exclusive, several separated by commas."""

import re
from dataclasses import dataclass

from faceswap_lab.core.errors import ConfigError

_ONE = re.compile(r"(\d*):(\d*)")


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Sorted, disjoint spans of frame indices.

    Args:
        spans: Pairs of first frame and end; the end is exclusive, none means to the last frame.
    """

    spans: tuple[tuple[int, int | None], ...]

    @classmethod
    def parse(cls, text: str) -> "FrameRange":
        """Returns the range that a text such as ``385:502``, ``:100`` or ``0:50,200:`` means.

        Raises:
            ConfigError: The text has another form, or a span is empty.
        """
        spans: list[tuple[int, int | None]] = []
        for part in str(text).split(","):
            match = _ONE.fullmatch(part.strip())
            if match is None:
                raise ConfigError(f"range {text!r}: expected frames such as 385:502 (end exclusive), :100 or 0:50,200:")
            first, end = int(match[1] or 0), int(match[2]) if match[2] else None
            if end is not None and end <= first:
                raise ConfigError(f"range {text!r}: {part.strip()} holds no frame; the end is exclusive")
            spans.append((first, end))
        return cls(_merged(spans))

    @property
    def start(self) -> int:
        """First frame of the first span."""
        return self.spans[0][0]

    @property
    def stop(self) -> int | None:
        """End of the last span, exclusive; none means to the last frame."""
        return self.spans[-1][1]

    def contains(self, index: int) -> bool:
        """Returns whether a frame is meant."""
        return any(first <= index and (end is None or index < end) for first, end in self.spans)

    def __str__(self) -> str:
        return ",".join(f"{first}:{'' if end is None else end}" for first, end in self.spans)


def _merged(spans: list[tuple[int, int | None]]) -> tuple[tuple[int, int | None], ...]:
    merged: list[tuple[int, int | None]] = []
    for first, end in sorted(spans, key=lambda span: span[0]):
        if merged and (merged[-1][1] is None or first <= merged[-1][1]):
            before, last_end = merged.pop()
            first, end = before, None if last_end is None or end is None else max(last_end, end)
        merged.append((first, end))
    return tuple(merged)
