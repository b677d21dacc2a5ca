"""Conditions: the same answers as Python's, and nothing of Python beyond them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.curation.expression import Condition

FACE: dict[str, Any] = {"yaw": -20.0, "sharpness": 30.0, "track": None, "media": "ab", "rejected": False}


def holds(text: str, face: dict[str, Any] = FACE) -> bool:
    return Condition(text, face).holds(lambda name: face[name])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sharpness > 20 and abs(yaw) < 30", True),
        ("sharpness > 20 and abs(yaw) < 10", False),
        ("yaw < -5 or sharpness > 100", True),
        ("not rejected", True),
        ("-30 < yaw <= -20", True),
        ("-30 < yaw < -20", False),
        ("max(yaw, sharpness) == 30", True),
        ("min(yaw, sharpness, -50) + 50 == 0", True),
        ("sharpness % 7 == 2 and sharpness / 2 == 15", True),
        ("media == 'ab'", True),
        ("media != 'ab'", False),
        ("track == None", True),
        ("track is None", True),
        ("track != None", False),
        ("track > 0", False),
        ("track < 0", False),
        ("track + 1 < 5", False),
        ("not track > 0", True),
        ("yaw", True),
    ],
)
def test_values(text: str, expected: bool) -> None:
    assert holds(text) is expected


NUMBERS = st.integers(-9, 9)
TERMS = st.recursive(
    st.one_of(NUMBERS.map(str), st.sampled_from(["yaw", "pitch"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"abs({t})"),
        inner.map(lambda t: f"(-{t})"),
        st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]})"),
    ),
    max_leaves=8,
)
COMPARISONS = st.tuples(TERMS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), TERMS).map(" ".join)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"(not {t})"),
    ),
    max_leaves=4,
)


@given(CONDITIONS, NUMBERS, NUMBERS)
def test_it_answers_as_python_does(text: str, yaw: int, pitch: int) -> None:
    if len(text) < 1000:
        assert holds(text, {"yaw": yaw, "pitch": pitch}) == eval(text, {"yaw": yaw, "pitch": pitch})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sharpnes > 3", "did you mean sharpness"),
        ("__import__('os').system('true')", "not allowed"),
        ("yaw.__class__", "not allowed"),
        ("(lambda: 1)()", "not allowed"),
        ("[x for x in media]", "not allowed"),
        ("9 ** 9 ** 9", "not allowed"),
        ("(x := 3)", "not allowed"),
        ("media[0] == 'a'", "not allowed"),
        ("yaw in (1, 2)", "not allowed"),
        ("f'{yaw}'", "not allowed"),
        ("open('x')", "not allowed"),
        ("max(*media)", "takes two or more"),
        ("abs(1, 2)", "abs takes one value"),
        ("max(yaw, key=abs)", "max takes"),
        ("b'x' == media", "neither a number nor text"),
        ("yaw >", "cannot be read"),
        ("", "cannot be read"),
        ("yaw; 1", "cannot be read"),
        ("yaw\0", "cannot be read"),
        ("(" * 400 + "yaw" + ")" * 400, "cannot be read"),
        ("yaw > " + "1" * 2000, "letters"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Condition(text, FACE)


@pytest.mark.parametrize("text", ["media > 3", "media * 1000000000 == 'a'", "yaw / 0 > 1", "abs(media) > 1"])
def test_what_cannot_be_computed(text: str) -> None:
    with pytest.raises(ConfigError, match="where="):
        holds(text)
