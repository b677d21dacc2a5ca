"""Light and colour: limits, greys, and what stays as it was."""

import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.colour import ColourJitter
from faceswap_lab.data.warp import A

IMAGE = np.random.default_rng(0).integers(60, 190, (8, 8, 3), dtype=np.uint8)


def drawn(jitter: ColourJitter, image: np.ndarray = IMAGE, count: int = 100) -> list[np.ndarray]:
    compose = A.Compose([jitter], seed=1)
    return [compose(image=image)["image"].astype(float) for _ in range(count)]


def test_zero_changes_nothing() -> None:
    (same,) = drawn(ColourJitter(0, 0, 0, 0, p=1), count=1)
    np.testing.assert_array_equal(same, IMAGE)


def test_brightness_adds_up_to_its_share() -> None:
    added = [(image - IMAGE).mean() for image in drawn(ColourJitter(0.1, 0, 0, 0, p=1))]
    assert 23 < max(added) <= 26
    assert -26 <= min(added) < -23


def test_contrast_leaves_mid_grey() -> None:
    grey = np.full((4, 4, 3), 127, np.uint8)
    assert max(np.abs(image - 127).max() for image in drawn(ColourJitter(0, 0.3, 0, 0, p=1), grey)) <= 1


def test_saturation_leaves_greys_and_luma() -> None:
    grey = np.full((4, 4, 3), 90, np.uint8)
    assert max(np.abs(image - 90).max() for image in drawn(ColourJitter(0, 0, 0.5, 0, p=1), grey)) <= 1
    luma = IMAGE @ [0.299, 0.587, 0.114]
    assert (
        max(np.abs(image @ [0.299, 0.587, 0.114] - luma).max() for image in drawn(ColourJitter(0, 0, 0.2, 0, p=1))) < 2
    )


def test_warmth_moves_red_against_blue() -> None:
    for image in drawn(ColourJitter(0, 0, 0, 0.1, p=1)):
        red, green, blue = (image - IMAGE).mean((0, 1))
        assert red * blue <= 0
        assert green == 0


def test_half_of_them_stay_as_they_were() -> None:
    same = sum((image == IMAGE).all() for image in drawn(ColourJitter(p=0.5), count=300))
    assert 110 < same < 190


def test_a_value_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match="from 0 to 1"):
        ColourJitter(brightness=2)
