"""Parts of a picture that are made on demand are those of the whole picture, exactly."""

from itertools import product

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap_lab.media.colour import RgbReader
from faceswap_lab.media.orientation import Orientation
from faceswap_lab.media.pixels import Deferred, sampled

ORIENTATIONS = [Orientation(*flags) for flags in product((False, True), repeat=3)]


def stored(pix_fmt: str, *, width: int = 47, height: int = 31, seed: int = 0) -> av.VideoFrame:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pix_fmt)


@given(
    pix_fmt=st.sampled_from(["yuv420p", "yuv422p", "yuv444p", "yuvj420p"]),
    orientation=st.sampled_from(ORIENTATIONS),
    spans=st.tuples(*[st.tuples(st.integers(0, 60), st.integers(0, 60))] * 2),
)
def test_a_part_is_that_of_the_whole(
    pix_fmt: str, orientation: Orientation, spans: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    frame = stored(pix_fmt)
    whole = orientation.upright(RgbReader().to_rgb(frame))
    pixels = RgbReader().deferred(frame, orientation)
    assert isinstance(pixels, Deferred)
    assert pixels.shape == whole.shape
    rows, columns = (
        slice(min(span, length - 1), min(span, length - 1) + size + 1)
        for (span, size), length in zip(spans, whole.shape[:2], strict=True)
    )
    np.testing.assert_array_equal(pixels[rows, columns], whole[rows, columns])
    np.testing.assert_array_equal(pixels[rows, columns][:1], whole[rows, columns][:1])  # from what was kept
    np.testing.assert_array_equal(np.asarray(pixels), whole)
    np.testing.assert_array_equal(pixels[rows, columns], whole[rows, columns])


def test_a_part_is_made_once() -> None:
    made: list[tuple[slice, slice]] = []
    picture = np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3)

    def part(rows: slice, columns: slice) -> np.ndarray:
        made.append((rows, columns))
        return picture[rows, columns]

    pixels = Deferred((20, 30, 3), part=part, sample=lambda step: picture[::step, ::step])
    for rows, columns in ((slice(2, 12), slice(3, 20)), (slice(4, 9), slice(3, 4)), (slice(2, 12), slice(5, 20))):
        np.testing.assert_array_equal(pixels[rows, columns], picture[rows, columns])
    assert len(made) == 1
    np.testing.assert_array_equal(pixels[:, :], picture)
    np.testing.assert_array_equal(pixels[::3, 1::2], picture[::3, 1::2])
    assert len(made) == 2


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_samples_have_the_colours_of_a_smooth_picture(orientation: Orientation) -> None:
    ramp = np.linspace(40, 200, 48)
    image = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], ramp[::-1, None]), -1).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
    pixels = RgbReader().deferred(frame, orientation)
    samples, whole = sampled(pixels, 4), np.asarray(pixels)
    assert samples.shape == (12, 12, 3)
    corners = [np.abs(samples.astype(int) - whole[y::4, x::4].astype(int)).mean() for y in (0, 3) for x in (0, 3)]
    assert min(corners) < 3
    np.testing.assert_array_equal(sampled(whole, 4), whole[::4, ::4])


def test_a_format_without_planes_is_made_at_once() -> None:
    frame = stored("rgb24")
    assert isinstance(RgbReader().deferred(frame, Orientation()), np.ndarray)
