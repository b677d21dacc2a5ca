"""The steps in which a container counts time, where they are longer than those of the footage."""

import logging
from fractions import Fraction
from pathlib import Path

logger = logging.getLogger(__name__)


class Ticks:
    """Tells which pictures can be written, and says once what rounding does.

    Args:
        name: The output, for messages.
        step: Length of a tick of the container, seconds.
        takes_equal: Whether several pictures may have one time.
        is_quiet: Whether somebody else says it.
    """

    def __init__(self, name: Path, step: Fraction, *, takes_equal: bool, is_quiet: bool) -> None:
        self._name, self._step, self._takes_equal = name, step, takes_equal
        self._last: int | None = None
        self._has_said_rounding = is_quiet
        self._num_dropped = 0

    def takes(self, time_s: Fraction) -> bool:
        """Returns whether a picture at this time can be written after the one before it.

        Args:
            time_s: Seconds, exact; pictures come in order.
        """
        exact = time_s / self._step
        if exact.denominator != 1 and not self._has_said_rounding:
            self._has_said_rounding = True
            logger.warning(
                "%s: times are rounded to %s s, the step of this container; .mp4 is exact", self._name, self._step
            )
        tick = round(exact)
        if self._last is not None and tick <= self._last and not self._takes_equal:
            self._num_dropped += 1
            return False
        self._last = tick
        return True

    def report(self) -> None:
        """Says how many pictures could not."""
        if self._num_dropped:
            logger.warning(
                "%s: %d frames follow within one step of this container, %s s, and are left out",
                self._name, self._num_dropped, self._step,
            )  # fmt: skip
