"""Whether values are of the kinds that a constructor states, as far as those are numbers, words and such."""

import inspect
import types
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, Union, get_args, get_origin, get_type_hints

from faceswap_lab.core.targets import RESERVED

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a word", NoneType: "null"}


def kind_faults(key: str, part: Mapping[str, Any], target: Any) -> list[str]:
    """Returns one line for each value that cannot be what it is given for: a word for a number, null for a switch.

    Where a parameter takes words, numbers pass too: which ones it takes it says itself.

    Args:
        key: Of the node.
        part: The node, plain values.
        target: The class or function that it names.
    """
    called = target.__init__ if inspect.isclass(target) else target
    try:
        hints = get_type_hints(called)
    except (NameError, TypeError, AttributeError):  # an annotation that only type checkers can read
        return []
    faults: list[str] = []
    for name, value in part.items():
        if name not in RESERVED and name in hints:
            wanted = _wanted(value, hints[name])
            shown = "null" if value is None else str(value).lower() if isinstance(value, bool) else value
            faults += [f"{key}.{name}={shown}: give {wanted}".lstrip(".")] if wanted else []
    return faults


def _wanted(value: Any, hint: Any) -> str | None:
    """What should be there instead of a value; None where it fits, or where nobody can tell."""
    kinds = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if all(kind in _WORDS for kind in kinds):
        return None if _fits(value, kinds) else " or ".join(_WORDS[kind] for kind in kinds)
    if get_origin(hint) is Sequence and isinstance(value, list):
        return next((wanted for item in value if (wanted := _wanted(item, get_args(hint)[0]))), None)
    is_ours = all(getattr(kind, "__module__", "").startswith("faceswap_lab.") for kind in kinds if kind is not NoneType)
    if is_ours and isinstance(value, str | int | float) and value != "???":
        return "the settings of one, with its _target_"
    return None


def _fits(value: Any, kinds: tuple[type, ...]) -> bool:
    if value == "???":  # missing, which is said elsewhere
        return True
    if value is None or isinstance(value, bool):
        return type(value) in kinds
    if isinstance(value, int | float) and (str in kinds or float in kinds):
        return True
    return isinstance(value, int | float | str) and type(value) in kinds
