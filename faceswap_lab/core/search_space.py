"""What a search may try, in Hydra's grammar, as Optuna's distributions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep

from faceswap_lab.core.errors import ConfigError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def search_space(overrides: Sequence[Override]) -> dict[str, BaseDistribution]:
    """Returns a distribution for each override that leaves a choice; a later one for the same key replaces an earlier.

    ``interval(a, b)`` gives numbers with fractions, ``int(interval(a, b))`` or ``tag(int, …)`` whole ones, with
    ``tag(log, …)`` on a logarithmic scale; ``range(a, b, step)`` steps, b excluded; ``a,b``, ``choice(a, b)`` and
    ``glob(*)`` give choices.

    Args:
        overrides: As Hydra's parser reads them.

    Raises:
        ConfigError: A range is empty, or a logarithmic one reaches down to 0.
    """
    space: dict[str, BaseDistribution] = {}
    for one in overrides:
        key = str(one.get_key_element())
        space.pop(key, None)
        if one.is_sweep_override():
            try:
                space[key] = _distribution(one)
            except ValueError as error:
                raise ConfigError(f"{one.input_line}: {error}") from error
    return space


def _distribution(one: Override) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    value = one.value()
    if isinstance(value, IntervalSweep):
        assert value.start is not None
        assert value.end is not None
        log = "log" in value.tags
        if "int" in value.tags or isinstance(value.start, int):  # int(…) makes both whole
            return IntDistribution(int(value.start), int(value.end), log=log)
        return FloatDistribution(float(value.start), float(value.end), log=log)
    if isinstance(value, RangeSweep) and not value.shuffle:
        steps = [float(text) for text in one.sweep_string_iterator()]
        if not steps:
            raise ValueError("the range is empty")
        if all(step.is_integer() for step in steps) and len(steps) > 1 and steps[1] > steps[0]:
            return IntDistribution(int(steps[0]), int(steps[-1]), step=int(steps[1] - steps[0]))
    return CategoricalDistribution(list(one.sweep_string_iterator()))
