"""The end card: legible at every size, with what it has to say, the watermark on it."""

import datetime

import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.provenance.end_card import EndCard
from faceswap_lab.provenance.watermark import Embedder, detect

DAY = datetime.date(2026, 11, 27)
NAMES = ["ada", "ben"]
SIZES = [(240, 320), (720, 1280), (1080, 1920), (1920, 1080), (2160, 3840), (144, 256), (144, 176)]


def text_box(image: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = (np.flatnonzero((image[..., 0] > 120).any(axis)) for axis in (1, 0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def heights_of_lines(image: np.ndarray) -> list[int]:
    """Heights in px of the stretches of rows that hold letters."""
    written = np.concatenate([[False], (image[..., 0] > 120).any(axis=1), [False]])
    return np.diff(np.flatnonzero(np.diff(written.astype(int)))).tolist()[::2]


def test_it_says_what_it_is_whose_faces_and_when() -> None:
    said = " ".join(EndCard(seconds=2).lines(NAMES, DAY))
    for words in ("AI-generated face swap", "ada, ben", "faceswap-lab", "2026-11-27"):
        assert words in said


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_it_is_legible_and_inside_at_every_size(size: tuple[int, int]) -> None:
    image = EndCard(seconds=2).draw(size, NAMES, DAY, deep=False)
    assert (image.shape, image.dtype) == ((*size, 3), np.uint8)
    top, bottom, left, right = text_box(image)
    assert min(top, left, size[0] - bottom, size[1] - right) >= min(size) // 40
    assert abs(top + bottom - size[0]) <= 0.1 * size[0]
    assert abs(left + right - size[1]) <= 0.1 * size[1]
    lines = heights_of_lines(image)
    assert len(lines) >= 3
    assert min(lines) >= max(6, 0.015 * min(size)), "letters of at least six pixels"
    assert image.max() - np.median(image) > 180


def test_a_picture_of_a_few_dozen_pixels_still_says_that_there_is_something() -> None:
    for size in ((96, 96), (24, 32)):
        assert EndCard(seconds=2).draw(size, NAMES, DAY, deep=False).max() > 120


def test_many_people_fit_too() -> None:
    image = EndCard(seconds=2).draw((240, 320), [f"somebody_with_a_long_name_{n}" for n in range(8)], DAY, deep=False)
    top, bottom, left, right = text_box(image)
    assert min(top, left, 240 - bottom, 320 - right) >= 4
    assert min(heights_of_lines(image)) >= 5


def test_deep_pictures_hold_the_same() -> None:
    shallow, deep = (EndCard(seconds=2).draw((240, 320), NAMES, DAY, deep=deep) for deep in (False, True))
    assert deep.dtype == np.uint16
    np.testing.assert_array_equal(deep // 257, shallow)


def test_the_caller_may_write_on_it() -> None:
    card = EndCard(seconds=2)
    card.draw((96, 96), NAMES, DAY, deep=False)[:] = 0
    assert card.draw((96, 96), NAMES, DAY, deep=False).max() > 120


def test_the_watermark_is_found_on_it_alone() -> None:
    key, embedder = bytes(range(32)), Embedder(0x5BE2D1F0, bytes(range(32)))
    frames = [EndCard(seconds=2).draw((480, 640), NAMES, DAY, deep=False) for _ in range(12)]
    for frame in frames:
        embedder.embed(frame)
    assert detect(iter(frames), [key]).payload == 0x5BE2D1F0


def test_errors() -> None:
    for seconds in (-1, 61, float("nan")):
        with pytest.raises(ConfigError, match=r"end_card\.seconds"):
            EndCard(seconds=seconds)
    with pytest.raises(ConfigError, match=r"end_card\.text"):
        EndCard(seconds=1, text=" ")
