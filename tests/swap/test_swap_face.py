"""The pure function and `paste`: nothing given changes, nothing outside the masks changes, nearer faces lie on top."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.colour.none import NoColour
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.masks.hull import Hull
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.steady import Steady
from faceswap_lab.swap.swap_face import Settings, swap_face
from faceswap_lab.swap.swapper import SwappedFaces

BLENDS = {path.stem: build(OmegaConf.load(path)) for path in sorted((conf_dir() / "blend").glob("*.yaml"))}
HEIGHT, WIDTH = 180, 240
PLAIN = Settings(colour=NoColour(), mask=Hull(), blend=Alpha())


class Echo:
    """A network that draws what it is shown."""

    crop_spec = CropSpec("face", 96)
    output_size = 96

    def draw(self, crops: Sequence[np.ndarray]) -> SwappedFaces:
        return SwappedFaces(np.stack(crops).astype(np.float32) / 255, None)


class Flat(Echo):
    """A network that draws one grey."""

    def __init__(self, level: float) -> None:
        self.level = level

    def draw(self, crops: Sequence[np.ndarray]) -> SwappedFaces:
        return SwappedFaces(np.full((len(crops), 96, 96, 3), self.level, np.float32), None)


class Nowhere:
    """A mask of zero."""

    needs_prediction = False

    def alpha(self, face: MaskInput) -> np.ndarray:
        return np.zeros((face.size, face.size), np.float32)


def face(x: float = 60, y: float = 30, px: float = 70, roll_deg: float = 0) -> Face:
    turn = np.deg2rad(roll_deg)
    turned = (MEAN_FACE_682 - 0.5) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + 0.5
    points = turned * px + (x, y)
    return Face(np.concatenate([points.min(0), points.max(0)]), points, 0.9)


def noise(seed: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (HEIGHT, WIDTH, 3), dtype, endpoint=True)


def smooth(dtype: type = np.uint8) -> np.ndarray:
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return (np.stack([x, y, 250 - x], -1) * (np.iinfo(dtype).max // 255)).astype(dtype)


def made(frame: np.ndarray, *args: object, **options: object) -> Patch:
    patch = swap_face(frame, *args, **options)
    assert patch is not None
    return patch


places = {"x": st.floats(-40, 220), "y": st.floats(-40, 160), "px": st.floats(24, 150), "roll_deg": st.floats(-60, 60)}
dtypes = st.sampled_from([np.uint8, np.uint16])


@settings(max_examples=40, deadline=None)
@given(place=st.fixed_dictionaries(places), dtype=dtypes)
def test_a_network_that_returns_its_input_leaves_the_frame(place: dict[str, float], dtype: type) -> None:
    frame = smooth(dtype)
    patch = swap_face(frame, face(**place), Echo(), PLAIN)
    if patch is None:
        return
    pasted = frame.copy()
    paste(pasted, [patch])
    error = np.abs(pasted.astype(int) - frame) / np.iinfo(dtype).max
    # Beyond the frame its last pixels are repeated: a kink, at which kernels ring.
    inner = error[8:-8, 8:-8] if patch.box[0] * patch.box[1] == 0 or patch.box[2:] != (WIDTH, HEIGHT) else error
    assert inner.max() <= 2.5 / 255
    assert error.max() <= 12 / 255


@settings(max_examples=25, deadline=None)
@given(place=st.fixed_dictionaries(places), dtype=dtypes, seed=st.integers(0, 999))
def test_no_mask_leaves_the_frame_bit_for_bit(place: dict[str, float], dtype: type, seed: int) -> None:
    assert swap_face(noise(seed, dtype), face(**place), Flat(1), Settings(mask=Nowhere())) is None


@settings(max_examples=40, deadline=None)
@given(place=st.fixed_dictionaries(places), dtype=dtypes)
def test_a_white_face_on_black_gives_the_mask_itself(place: dict[str, float], dtype: type) -> None:
    """Weighed once: a soft mask that is applied twice gives its square."""
    frame = np.zeros((HEIGHT, WIDTH, 3), dtype)
    patch = swap_face(frame, face(**place), Flat(1), PLAIN)
    if patch is None:
        return
    paste(frame, [patch])
    left, top, right, bottom = patch.box
    exact = patch.mask * np.float32(np.iinfo(dtype).max)
    steps = np.abs(frame[top:bottom, left:right] - exact[..., None])
    # Half a step is what rounding leaves; the kernel's weights sum to 1 but for float32's last bit.
    assert steps.max() <= 0.5 + (1e-3 if dtype == np.uint8 else 1)


@pytest.mark.parametrize("name", BLENDS)
@settings(max_examples=15, deadline=None)
@given(place=st.fixed_dictionaries(places), dtype=dtypes, seed=st.integers(0, 999))
def test_nothing_outside_the_masks_changes(name: str, place: dict[str, float], dtype: type, seed: int) -> None:
    frame = noise(seed, dtype)
    given_frame, found = frame.copy(), face(**place)
    chosen = Settings(blend=BLENDS[name], mask=Hull())
    patch, again = (swap_face(frame, found, Flat(0.3), chosen) for _ in range(2))
    np.testing.assert_array_equal(frame, given_frame)
    if patch is None:
        return
    assert again is not None
    np.testing.assert_array_equal(patch.rgb, again.rgb)  # deterministic
    left, top, right, bottom = patch.box
    assert patch.rgb.shape[:2] == patch.mask.shape == (bottom - top, right - left)
    assert patch.rgb.dtype == dtype
    paste(frame, [patch])
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[top:bottom, left:right] = patch.mask == 0
    np.testing.assert_array_equal(frame[outside], given_frame[outside])


@settings(max_examples=40, deadline=None)
@given(near=st.fixed_dictionaries(places), far=st.fixed_dictionaries(places), dtype=dtypes, seed=st.integers(0, 999))
def test_faces_that_overlap_lie_in_order_of_depth(
    near: dict[str, float], far: dict[str, float], dtype: type, seed: int
) -> None:
    """As one after the other by the formula, the larger face last, in whatever order they are given."""
    frame = noise(seed, dtype)
    if abs(near["px"] - far["px"]) < 1:
        return
    levels = {near["px"]: 0.9, far["px"]: 0.2}
    patches = [swap_face(frame, face(**place), Flat(levels[place["px"]]), PLAIN) for place in (near, far)]
    patches = [patch for patch in patches if patch is not None]
    most = np.iinfo(dtype).max
    expected = frame.astype(np.float64) / most
    for place in sorted((near, far), key=lambda place: place["px"]):
        patch = swap_face(frame, face(**place), Flat(levels[place["px"]]), PLAIN)
        if patch is not None:
            left, top, right, bottom = patch.box
            under = expected[top:bottom, left:right]
            under += patch.mask[..., None] * (levels[place["px"]] - under)
    pasted, reversed_order = frame.copy(), frame.copy()
    paste(pasted, patches)
    paste(reversed_order, patches[::-1])
    np.testing.assert_array_equal(pasted, reversed_order)
    assert np.abs(pasted - expected * most).max() <= 1.51


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
