"""Files that are nearly whole: bytes changed here and there, and tables with values where nobody expects them."""

import copy
import datetime
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

_BYTES = [
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x00" * 8,
    b"\x80",
    b"../",
    b"\n",
    b"\x1b[31m",
    b'"',
    b"{",
    b"[[",
    b"&a",
    b"!!",
]
_VALUES = [
    *("", "../../x", "a\0b", "a\nb", "x" * 300, "${oc.env:HOME}", "9999-99-99", "nan", "\ud7ff", "/dev/zero", "null"),
    *(-1, 0, 1, 2**31, 2**63, 10**30, 0.5, -1e308, float("inf"), float("nan")),
    *(None, True, [], {}, [[]], {"x": {}}, ["x"], {"_target_": "os.system"}),
]


def mutated(whole: bytes) -> st.SearchStrategy[bytes]:
    """A file in which a few places were overwritten, left out, repeated or cut off."""
    edit = st.tuples(
        st.sampled_from(["write", "write", "write", "leave out", "repeat", "put in", "cut"]),
        st.integers(0, max(len(whole) - 1, 0)),
        st.one_of(st.binary(min_size=1, max_size=6), st.sampled_from(_BYTES)),
        st.integers(1, 64),
    )
    return st.lists(edit, min_size=1, max_size=5).map(lambda edits: _edited(whole, edits))


def _edited(whole: bytes, edits: list[tuple[str, int, bytes, int]]) -> bytes:
    content = bytearray(whole)
    for kind, at, new, length in edits:
        if kind == "write":
            content[at : at + len(new)] = new
        elif kind == "leave out":
            del content[at : at + length]
        elif kind == "repeat":
            content[at:at] = content[at : at + length] * 3
        elif kind == "put in":
            content[at:at] = new
        else:
            del content[at:]
    return bytes(content)


def odd_values() -> st.SearchStrategy[Any]:
    """Plain values of every kind."""
    single = st.one_of(
        st.sampled_from(_VALUES),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        st.dates(datetime.date(1, 1, 1)).map(str),
    )
    return st.recursive(
        single,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=5,
    )


def changed(tree: Any, write: Callable[[Any], bytes]) -> st.SearchStrategy[bytes]:
    """A table in which one to three values are others, or missing.

    Args:
        tree: The table, plain values.
        write: Makes a file of it.
    """
    change = st.tuples(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.booleans(), odd_values())
    return st.lists(change, min_size=1, max_size=3).map(lambda changes: write(_changed(tree, changes)))


def _changed(tree: Any, changes: list[tuple[list[int], bool, Any]]) -> Any:
    tree = copy.deepcopy(tree)
    for steps, is_left_out, value in changes:
        table: Any = tree
        for number, step in enumerate(steps):
            if not isinstance(table, dict | list) or not table:
                break
            key = list(table)[step % len(table)] if isinstance(table, dict) else step % len(table)
            if number + 1 < len(steps) and isinstance(table[key], dict | list) and table[key]:
                table = table[key]
            elif is_left_out:
                del table[key]
                break
            else:
                table[key] = copy.deepcopy(value)
                break
    return tree
