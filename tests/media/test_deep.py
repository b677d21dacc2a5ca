"""Footage of more than 8 bits: read in full depth where that is asked for, and in 8 bits everywhere else."""

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import Colorspace

from faceswap_lab.media import open_footage, read_image
from faceswap_lab.media.images import read_picture
from faceswap_lab.media.orientation import Orientation
from faceswap_lab.media.pixels import to_8_bits, to_16_bits
from faceswap_lab.media.planes import planes_to_rgb, view

RAMP = np.linspace(0, 65535, 64 * 48 * 3).astype(np.uint16).reshape(48, 64, 3)


def test_8_bits_become_16_and_come_back() -> None:
    steps = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    assert to_16_bits(steps).max() == 65535
    assert np.array_equal(to_8_bits(to_16_bits(steps)), steps)


def test_every_deep_number_goes_to_the_nearest_of_8_bits() -> None:
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(to_8_bits(every), np.rint(every / 257).astype(np.uint8))


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("full_range", [False, True])
def test_black_white_and_grey_of_any_depth(bits: int, full_range: bool) -> None:
    low, high = (0, 2**bits - 1) if full_range else (16 << (bits - 8), 235 << (bits - 8))
    frame = av.VideoFrame(16, 4, f"yuv420p{bits}le")
    luma = np.linspace(low, high, 16)
    view(frame.planes[0], bits)[:] = np.rint(luma).astype(np.uint16)
    for plane in frame.planes[1:]:
        view(plane, bits)[:] = 1 << (bits - 1)
    rgb = planes_to_rgb(frame, matrix=Colorspace.ITU709, full_range=full_range)
    assert rgb.dtype == np.uint16
    expected = (np.rint(luma) - low) / (high - low) * 65535
    assert np.abs(rgb[0].astype(float) - expected[:, None]).max() <= 1.0
    assert rgb[0, 0].tolist() == [0, 0, 0]
    assert rgb[0, -1].tolist() == [65535] * 3


def test_a_10_bit_clip_is_read_deep_only_if_asked(
    tmp_path: Path, make_clip: Callable[..., Path], number_in: Callable[..., int]
) -> None:
    clip = make_clip(tmp_path / "deep.mp4", pix_fmt="yuv420p10le", options={"crf": "4"})
    footage = open_footage(clip)
    assert footage.info.bit_depth == 10
    for plain, deep in zip(footage.frames(), footage.frames(deep=True), strict=True):
        assert plain.deep is None
        assert plain.full_depth.dtype == np.uint8
        assert deep.deep is not None
        assert deep.full_depth is deep.deep
        assert deep.deep.dtype == np.uint16
        assert np.array_equal(deep.image, to_8_bits(deep.deep))
        assert np.array_equal(deep.pixels[10:20, 5:9], deep.image[10:20, 5:9])
        assert np.array_equal(plain.image, deep.image)
        assert number_in(deep.image) == deep.index


def test_8_bit_footage_is_never_deep(tmp_path: Path, make_clip: Callable[..., Path]) -> None:
    frame = next(iter(open_footage(make_clip(tmp_path / "flat.mp4")).frames(deep=True)))
    assert frame.deep is None
    assert frame.full_depth.dtype == np.uint8


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_images_of_16_bits(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"deep{suffix}"
    cv2.imwrite(str(path), RAMP[..., ::-1])
    assert np.array_equal(read_picture(path), RAMP)
    assert np.array_equal(read_image(path), to_8_bits(RAMP))
    footage = open_footage(path)
    assert footage.info.bit_depth == 16
    frame = next(iter(footage.frames(deep=True)))
    assert frame.deep is not None
    assert np.array_equal(frame.deep, RAMP)
    assert np.array_equal(frame.image, to_8_bits(RAMP))


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("mirrored", [False, True])
def test_turning_keeps_the_depth(transposed: bool, mirrored: bool) -> None:
    upright = Orientation(transposed, mirrored, False).upright(RAMP)
    expected = RAMP.swapaxes(0, 1) if transposed else RAMP
    assert np.array_equal(upright, expected[:, ::-1] if mirrored else expected)
