"""Whether plain values from a file are of the kinds that a TypedDict states; missing keys are the caller's matter."""

import types
from collections.abc import Mapping
from typing import Any, NotRequired, Required, Union, get_args, get_origin, get_type_hints, is_typeddict


def find_misfit(value: Any, hint: Any, place: str = "") -> str | None:
    """Returns where the first value of the wrong kind stands, such as ``pairs.a>b.frames``, or None if all fit.

    Keys that the TypedDict does not know are not looked at: a newer version may write more.

    Args:
        value: Plain values, as JSON has them.
        hint: A TypedDict, ``dict``, ``list``, a union, a plain type or Any.
        place: Where the value stands.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return None
    if origin in (NotRequired, Required):
        return find_misfit(value, arguments[0], place)
    if origin in (Union, types.UnionType):
        misfits = [find_misfit(value, one, place) for one in arguments]
        return None if None in misfits else max((misfit or "" for misfit in misfits), key=len)
    if origin is dict or is_typeddict(hint):
        if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
            return place
        known = dict.fromkeys(value, arguments[1]) if origin is dict else get_type_hints(hint, include_extras=True)
        return _first(value, {name: of for name, of in known.items() if name in value}, place)
    if origin is list:
        listed = dict(enumerate(value)) if isinstance(value, list) else None
        return place if listed is None else _first(listed, dict.fromkeys(listed, arguments[0]), place)
    kind: tuple[type, ...] = (int, float) if hint is float else (hint,)  # JSON has one kind of number
    return None if isinstance(value, kind) and isinstance(value, bool) <= (hint is bool) else place


def _first(values: Mapping[Any, Any], hints: Mapping[Any, Any], place: str) -> str | None:
    found = (find_misfit(values[name], of, f"{place}.{name}".lstrip(".")) for name, of in hints.items())
    return next((misfit for misfit in found if misfit is not None), None)
