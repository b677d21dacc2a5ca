"""Values of files against the kinds that a TypedDict states."""

from typing import Any, NotRequired, TypedDict

import pytest

from faceswap_lab.core.typed_tables import find_misfit


class Inner(TypedDict):
    ratio: float | None
    name: NotRequired[str]


class Outer(TypedDict):
    rows: dict[str, Inner | None]
    ends: list[list[float | None]]
    is_on: bool
    more: dict[str, Any]


WHOLE: dict[str, Any] = {
    "rows": {"a": {"ratio": 1, "name": "x"}, "b": None, "c": {"ratio": None}},
    "ends": [[0.5, None], []],
    "is_on": True,
    "more": {"x": [{"y": 1}]},
}


def test_what_fits_fits_and_more_may_be_there() -> None:
    assert find_misfit(WHOLE, Outer) is None
    assert find_misfit({**WHOLE, "newer": 1}, Outer) is None
    assert find_misfit({"is_on": False}, Outer) is None


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("rows", [], "rows"),
        ("rows", {"a": {"ratio": "1"}}, "rows.a.ratio"),
        ("rows", {"a": {"ratio": True}}, "rows.a.ratio"),
        ("rows", {"a": {"ratio": 1.0, "name": None}}, "rows.a.name"),
        ("rows", {"a": 3}, "rows.a"),
        ("ends", {"0": [1.0]}, "ends"),
        ("ends", [[1.0], [1.0, {}]], "ends.1.1"),
        ("is_on", 1, "is_on"),
        ("more", None, "more"),
    ],
)
def test_what_does_not_is_named_by_its_place(key: str, value: Any, place: str) -> None:
    assert find_misfit({**WHOLE, key: value}, Outer) == place
