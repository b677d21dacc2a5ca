"""What holds of a swap in every place, by every colour and every blend.

What was drawn as it was stays, no mask changes nothing, the mask counts once, and nearer faces lie on top. Each test
asks for a face of which the frame shows something, and looks at pixels that there have to be.
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.blends.linear_light import LinearLight, to_linear
from faceswap_lab.swap.colour.none import NoColour
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.masks.hull import Hull
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.swap_face import Network, Settings, swap_face
from tests.swap.drawn import HEIGHT, WIDTH, Echo, Flat, Negative, face, made, noise, smooth


def options(group: str) -> dict[str, str]:
    return {path.stem: path.read_text() for path in sorted((conf_dir() / group).glob("*.yaml"))}


BLENDS = {name: build(OmegaConf.create(text)) for name, text in options("blend").items()}
COLOURS = {name: build(OmegaConf.create(text)) for name, text in options("colour").items()}
PLAIN = Settings(colour=NoColour(), mask=Hull(), blend=Alpha())
WHOLE = {"alpha": Alpha(), "linear_light": LinearLight()}
EVERY = {
    f"{colour} {blend}": Settings(colour=COLOURS[colour], mask=Hull(), blend=BLENDS[blend])
    for colour, blend in product(COLOURS, BLENDS)
}
# Each colour by the plain blend, and each blend without a colour: where one of them is enough to go wrong.
EACH = {name: way for name, way in EVERY.items() if name.startswith("none ") or name.endswith(" alpha")}


class Nowhere:
    """A mask of zero."""

    needs_prediction = False

    def alpha(self, face: MaskInput) -> np.ndarray:
        return np.zeros((face.size, face.size), np.float32)


places = st.fixed_dictionaries(
    {"x": st.floats(-30, 210), "y": st.floats(-30, 150), "px": st.floats(24, 150), "roll_deg": st.floats(-60, 60)}
)
dtypes = st.sampled_from([np.uint8, np.uint16])
seeds = st.integers(0, 999)


def seen(frame: np.ndarray, place: dict[str, float], network: Network, way: Settings) -> Patch:
    """The patch of a face of which the frame shows the middle or at least a part of it."""
    patch = swap_face(frame, face(**place), network, way)
    assume(patch is not None and patch.mask.max() > 0.9)
    assert patch is not None
    return patch


def pasted(frame: np.ndarray, *patches: Patch) -> np.ndarray:
    result = frame.copy()
    paste(result, patches)
    return result


def test_all_are_tried() -> None:
    assert len(COLOURS) >= 11
    assert len(BLENDS) >= 5
    assert len(EVERY) == len(COLOURS) * len(BLENDS)
    assert len(EACH) == len(COLOURS) + len(BLENDS) - 1


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=8, deadline=None)
@given(place=places, dtype=dtypes)
def test_a_network_that_returns_its_input_leaves_the_frame(name: str, place: dict[str, float], dtype: type) -> None:
    frame = smooth(dtype)
    patch = seen(frame, place, Echo(), EVERY[name])
    error = np.abs(pasted(frame, patch).astype(int) - frame) / np.iinfo(dtype).max
    # Seen are up to three steps; beyond the frame its last pixels are repeated: a kink, at which kernels ring.
    assert error[8:-8, 8:-8].max() <= 4.5 / 255
    assert error.max() <= 12 / 255


@pytest.mark.parametrize("name", EVERY)
def test_a_network_that_returns_something_else_does_not(name: str) -> None:
    """Or the test above would show nothing."""
    frame = smooth()
    error = np.abs(pasted(frame, made(frame, face(px=100), Negative(), EVERY[name])).astype(int) - frame)
    assert error.max() > 100
    assert (error.max(axis=-1) > 5).mean() > 0.15


@pytest.mark.parametrize("name", EACH)
@settings(max_examples=5, deadline=None)
@given(place=places, dtype=dtypes, seed=seeds)
def test_no_mask_leaves_the_frame_bit_for_bit(name: str, place: dict[str, float], dtype: type, seed: int) -> None:
    frame, way = noise(seed, dtype), EACH[name]
    seen(frame, place, Flat(1), way)  # the same with a mask changes something
    assert swap_face(frame, face(**place), Flat(1), Settings(way.colour, Nowhere(), way.blend)) is None


@pytest.mark.parametrize("name", EACH)
@settings(max_examples=10, deadline=None)
@given(place=places, dtype=dtypes, seed=seeds)
def test_nothing_outside_the_masks_changes(name: str, place: dict[str, float], dtype: type, seed: int) -> None:
    frame, way = noise(seed, dtype), EACH[name]
    before = frame.copy()
    patch, again = seen(frame, place, Flat(0.3), way), made(frame, face(**place), Flat(0.3), way)
    np.testing.assert_array_equal(frame, before)
    np.testing.assert_array_equal(patch.rgb, again.rgb)  # deterministic
    left, top, right, bottom = patch.box
    assert patch.rgb.shape[:2] == patch.mask.shape == (bottom - top, right - left)
    assert patch.rgb.dtype == dtype
    after, outside = pasted(frame, patch), np.ones((HEIGHT, WIDTH), bool)
    outside[top:bottom, left:right] = patch.mask == 0
    assert outside.any()
    assert (after[~outside] != before[~outside]).mean() > 0.3
    np.testing.assert_array_equal(after[outside], before[outside])


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("blend", WHOLE)
@settings(max_examples=10, deadline=None)
@given(place=places, dtype=dtypes)
def test_a_white_face_on_black_gives_the_mask_itself(
    colour: str, blend: str, place: dict[str, float], dtype: type
) -> None:
    """Weighed once: a soft mask that is applied twice gives its square. In linear light it is the light that is it.

    The other blends take light from the footage: see the same of a mask of one value in the tests of blends.
    """
    frame, off = np.zeros((HEIGHT, WIDTH, 3), dtype), OmegaConf.create(options("colour")[colour])
    if "strength" in off:
        off.strength = 0.0  # matched to black, the face would be black
    patch = seen(frame, place, Flat(1), Settings(build(off), Hull(), WHOLE[blend]))
    assert ((patch.mask > 0.1) & (patch.mask < 0.9)).sum() >= 10, "a mask of greys, or the test shows nothing"
    left, top, right, bottom = patch.box
    got = pasted(frame, patch)[top:bottom, left:right]
    most = np.iinfo(dtype).max
    if blend == "linear_light":
        low, high = (
            to_linear((got + step) / np.float32(most)) for step in (-0.51 - most / 60_000, 0.51 + most / 60_000)
        )
        assert ((low <= patch.mask[..., None]) & (patch.mask[..., None] <= high)).all()
        return
    exact = patch.mask * np.float32(most)
    # Half a step is what rounding leaves; the kernel's weights sum to 1 but for float32's last bit.
    assert np.abs(got - exact[..., None]).max() <= 0.5 + (1e-3 if dtype == np.uint8 else 1)


@pytest.mark.parametrize("name", EACH)
@settings(max_examples=8, deadline=None)
@given(near=places, share=st.floats(0.4, 0.9), away=st.tuples(st.floats(-0.3, 0.6), st.floats(-0.3, 0.6)), seed=seeds)
def test_faces_that_overlap_lie_in_order_of_depth(
    name: str, near: dict[str, float], share: float, away: tuple[float, float], seed: int
) -> None:
    """The larger one last, in whatever order they are given; its mask lets through what the other one changed."""
    frame = noise(seed)
    far = near | {
        "x": near["x"] + away[0] * near["px"],
        "y": near["y"] + away[1] * near["px"],
        "px": share * near["px"],
    }
    front, back = (seen(frame, place, Flat(level), EACH[name]) for place, level in ((near, 0.9), (far, 0.2)))
    masks, alone = [], []
    for patch in (front, back):
        left, top, right, bottom = patch.box
        mask = np.zeros((HEIGHT, WIDTH, 1), np.float32)
        mask[top:bottom, left:right, 0] = patch.mask
        masks.append(mask)
        alone.append(pasted(frame, patch).astype(np.float64))
    assume(((masks[0] > 0.5) & (masks[1] > 0.5)).sum() > 20)
    after = pasted(frame, front, back)
    np.testing.assert_array_equal(after, pasted(frame, back, front))
    expected = alone[0] + (1 - masks[0]) * (alone[1] - frame)
    assert np.abs(after - np.clip(expected, 0, 255)).max() <= 1.51
    covered = masks[0][..., 0] == 1
    np.testing.assert_array_equal(after[covered], alone[0][covered])
