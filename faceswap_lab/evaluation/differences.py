"""In what the configurations of several runs differ, key by key."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLACES = ("output", "checkpoint", "logger", "versions")
"""Where a run lies and writes is no choice that could explain a figure."""


def differences(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[str | None]]:
    """Keys whose values are not the same in all configurations, with the value in each; None where it has no such key.

    Args:
        configs: Resolved configurations, nested; a list counts as one value. One that is empty is not known, and makes
            no difference.
    """
    flat = [dict(_leaves(config)) for config in configs]
    known = [one for one in flat if one]
    keys = dict.fromkeys(key for one in flat for key in one)
    found = {key: [one.get(key) for one in flat] for key in keys}
    differ = {key for key in keys if len({one.get(key) for one in known}) > 1 and _counts(key)}
    return {key: values for key, values in found.items() if key in differ}


def _counts(key: str) -> bool:
    return key.split(".")[0] not in _PLACES and not key.endswith("_partial_")


def _leaves(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{key}.")
        elif key.endswith("_target_"):
            yield key.removesuffix("._target_"), str(value).rpartition(".")[2]
        else:
            yield key, "null" if value is None else str(value)
