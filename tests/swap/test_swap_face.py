"""The pure function and `paste`: scale, depth of bits, workings and steadiness; see also test_swap_properties."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.colour.none import NoColour
from faceswap_lab.swap.masks.hull import Hull
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.steady import Steady
from faceswap_lab.swap.swap_face import Settings
from tests.swap.drawn import HEIGHT, WIDTH, Flat, face, made, smooth

PLAIN = Settings(colour=NoColour(), mask=Hull(), blend=Alpha())


def test_paste_writes_only_where_it_must() -> None:
    """Two boxes that overlap where neither face is: the corner of one must not undo the other."""
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    small, large = made(frame, face(30, 30, 40), Flat(1), PLAIN), made(frame, face(62, 52, 90), Flat(0.5), PLAIN)
    assert large.overlaps(small)
    paste(frame, [small, large])
    left, top, right, bottom = small.box
    alone = np.zeros_like(frame)
    paste(alone, [large])
    untouched = alone[top:bottom, left:right, 0] == 0
    # Where the large face's mask is a trace that rounds to nothing, one step.
    np.testing.assert_allclose(frame[top:bottom, left:right][untouched], small.rgb[untouched], atol=1)


@pytest.mark.parametrize("scale", [0.85, 1.2])
def test_a_face_is_scaled_with_its_mask_about_its_middle(scale: float) -> None:
    frame, one = np.zeros((HEIGHT, WIDTH, 3), np.uint8), face(60, 30, 70, 20)

    def area_and_middle(settings: Settings) -> tuple[float, np.ndarray]:
        patch = made(frame, one, Flat(1), settings)
        y, x = np.mgrid[patch.box[1] : patch.box[3], patch.box[0] : patch.box[2]]
        weights = patch.mask / patch.mask.sum()
        return float(patch.mask.sum()), np.array([(x * weights).sum(), (y * weights).sum()])

    area, middle = area_and_middle(PLAIN)
    scaled_area, scaled_middle = area_and_middle(replace(PLAIN, face_scale=scale))
    assert scaled_area == pytest.approx(scale**2 * area, rel=0.01)
    fixed = one.landmarks_682.mean(0)
    np.testing.assert_allclose(scaled_middle - fixed, scale * (middle - fixed), atol=0.1)
    with pytest.raises(ConfigError, match=r"face_scale=2: give 0\.8 to 1\.25"):
        made(frame, one, Flat(1), replace(PLAIN, face_scale=2))


def test_sixteen_bits_are_kept() -> None:
    """Steps finer than 8 bits come out as fine steps, and both depths agree."""
    fine = (40000 + np.arange(WIDTH)[None, :, None] + np.zeros((HEIGHT, 1, 3))).astype(np.uint16)
    patch = made(fine, face(), Flat(0.5), PLAIN)
    middle = (patch.mask > 0.3) & (patch.mask < 0.7)
    assert len(np.unique(patch.rgb[middle] % 257)) > 100
    coarse = made((fine // 257).astype(np.uint8), face(), Flat(0.5), PLAIN)
    assert np.abs(patch.rgb / 65535 - coarse.rgb / 255).max() < 1.5 / 255


def test_debug_tells_the_stages() -> None:
    patch = made(smooth(), face(), Flat(0.5), Settings(debug=True))
    assert patch.debug is not None
    assert (patch.debug.swapped_SS3 == 0.5).all()
    assert not np.array_equal(patch.debug.matched_SS3, patch.debug.swapped_SS3)
    assert patch.debug.mask_SS.shape == (96, 96)
    assert made(smooth(), face(), Flat(0.5)).debug is None


def flickering(index: int) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), 120 + 4 * (index % 2), np.uint8)


def levels(chosen: Settings, frames: Sequence[np.ndarray], indices: Sequence[int] | None = None) -> np.ndarray:
    """Middle of the swapped face in each frame, each given the memory of the one before."""
    memory, seen = None, []
    for index, frame in zip(indices or range(len(frames)), frames, strict=True):
        patch = made(frame, face(), Flat(0.3), chosen, memory=memory, frame_index=index)
        memory = patch.memory
        seen.append(float(patch.rgb[patch.rgb.shape[0] // 2, patch.rgb.shape[1] // 2, 1]))
    return np.array(seen)


def test_steady_colours_flicker_less_and_follow_a_lamp_at_once() -> None:
    own, steady = Settings(blend=Alpha()), Settings(blend=Alpha(), steady=Steady(colour=0.7))
    frames = [flickering(index) for index in range(30)]
    assert np.abs(np.diff(levels(own, frames))).mean() == pytest.approx(4, abs=0.5)
    assert np.abs(np.diff(levels(steady, frames)))[5:].mean() < 2.5
    lamp = [np.full_like(frames[0], 60)] * 3 + [np.full_like(frames[0], 180)] * 2
    np.testing.assert_allclose(levels(steady, lamp), levels(own, lamp), atol=1)


def test_nothing_is_remembered_over_a_gap() -> None:
    steady = Settings(blend=Alpha(), steady=Steady(colour=0.9))
    frames = [flickering(0), flickering(1)]
    assert levels(steady, frames, [0, 1])[1] < 122
    assert levels(steady, frames, [0, 2])[1] == pytest.approx(124, abs=1)
