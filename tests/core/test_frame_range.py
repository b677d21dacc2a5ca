"""Frame ranges: end exclusive, merged, refused where they hold nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.frame_range import FrameRange


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("385:502", ((385, 502),)),
        (":100", ((0, 100),)),
        ("7:", ((7, None),)),
        ("200:,0:50", ((0, 50), (200, None))),
        ("0:50,40:60", ((0, 60),)),
    ],
)
def test_texts_and_what_they_mean(text: str, spans: tuple[tuple[int, int | None], ...]) -> None:
    assert FrameRange.parse(text).spans == spans


@pytest.mark.parametrize("text", ["", "5", "a:b", "10:10", "10:5", "-3:5", "1:2:3", "1:2,"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="range"):
        FrameRange.parse(text)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), min_size=1, max_size=5), st.integers(0, 100))
def test_a_frame_is_meant_if_any_span_holds_it(spans: list[tuple[int, int]], index: int) -> None:
    parsed = FrameRange.parse(",".join(f"{first}:{first + length}" for first, length in spans))
    assert parsed.contains(index) == any(first <= index < first + length for first, length in spans)
    assert all(a[1] is not None and a[1] < b[0] for a, b in zip(parsed.spans, parsed.spans[1:], strict=False))
