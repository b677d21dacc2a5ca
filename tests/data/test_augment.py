"""The three stages of augmentation: what each one touches, and that one generator decides everything."""

from functools import partial

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.seeding import generator
from faceswap_lab.data.augment import Augment, only_resize
from faceswap_lab.data.warp import A, FaceWarp

STILL = partial(FaceWarp, strength=0.0, rotation_deg=0.0, scale_ratio=0.0, shift_ratio=0.0)


def crop() -> np.ndarray:
    y, x = np.mgrid[:64, :64]
    return np.stack([x * 4, y * 4, x + y, (x > 32) * 255], axis=-1).astype(np.uint8)


def test_without_randomness_it_is_a_resize() -> None:
    augment = Augment(32, target_size=48, warp=STILL)
    pair = augment(crop(), generator(1))
    plain = only_resize(crop(), input_size=32, target_size=48)
    assert pair.warped_SS3.shape == (32, 32, 3)
    assert pair.target_SS4.shape == (48, 48, 4)
    assert np.abs(pair.warped_SS3.astype(int) - plain.warped_SS3)[2:-2, 2:-2].max() <= 3
    np.testing.assert_array_equal(pair.target_SS4, plain.target_SS4)


def test_a_flip_turns_image_and_mask() -> None:
    augment = Augment(64, target_size=64, warp=STILL, shared={"flip": A.HorizontalFlip(p=1.0)})
    pair = augment(crop(), generator(1))
    np.testing.assert_array_equal(pair.target_SS4[:, ::-1], crop())
    assert np.abs(pair.warped_SS3[:, ::-1].astype(int) - crop()[..., :3]).max() <= 1


def test_shared_light_leaves_the_mask_alone() -> None:
    light = A.RandomBrightnessContrast(brightness_limit=(0.2, 0.2), contrast_limit=(0.0, 0.0), p=1.0)
    pair = Augment(64, target_size=64, warp=STILL, shared={"light": light})(crop(), generator(1))
    np.testing.assert_array_equal(pair.target_SS4[..., 3], crop()[..., 3])
    assert pair.target_SS4[..., 0].mean() > crop()[..., 0].mean() + 20
    assert pair.warped_SS3[..., 0].mean() > crop()[..., 0].mean() + 20


def test_input_only_leaves_the_target_alone() -> None:
    noise = A.GaussNoise(std_range=(0.2, 0.2), p=1.0)
    pair = Augment(64, target_size=64, warp=STILL, input_only={"noise": noise})(crop(), generator(1))
    np.testing.assert_array_equal(pair.target_SS4, crop())
    assert np.abs(pair.warped_SS3.astype(int) - crop()[..., :3]).mean() > 10


def test_the_generator_is_the_only_source_of_chance() -> None:
    shared = {"flip": A.HorizontalFlip(p=0.5), "hue": A.HueSaturationValue(p=0.5)}
    augment = Augment(32, target_size=32, warp=FaceWarp, shared=shared, input_only={"noise": A.GaussNoise(p=0.5)})
    first = [augment(crop(), generator(1, sample)) for sample in range(8)]
    np.random.seed(0)
    again = [augment(crop(), generator(1, sample)) for sample in reversed(range(8))][::-1]
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.warped_SS3, other.warped_SS3)
        np.testing.assert_array_equal(one.target_SS4, other.target_SS4)
    assert len({pair.warped_SS3.tobytes() for pair in first}) == 8


def test_the_crop_itself_is_not_written_to() -> None:
    image = crop()
    image.flags.writeable = False  # as a memory map is
    Augment(32, target_size=32, warp=FaceWarp, shared={"flip": A.HorizontalFlip(p=1.0)})(image, generator(1))


def test_a_goal_is_the_target_of_the_same_draw() -> None:
    shared = {"flip": A.HorizontalFlip(p=0.5), "hue": A.HueSaturationValue(p=0.5)}
    augment = Augment(32, target_size=48, warp=FaceWarp, shared=shared, input_only={"noise": A.GaussNoise(p=0.5)})
    for sample in range(6):
        np.testing.assert_array_equal(
            augment.goal(crop(), generator(1, sample)), augment(crop(), generator(1, sample)).target_SS4
        )


def test_sharpening_makes_up_for_what_enlarging_the_goal_loses() -> None:
    """Grain as fine as footage's: half as large and enlarged again it is weaker, sharpened before it is not."""
    noise = np.random.default_rng(3).normal(128, 25, (128, 128, 3))
    grain = np.concatenate([cv2.GaussianBlur(noise, (0, 0), 1.0), np.full((128, 128, 1), 200)], axis=-1)
    real = np.clip(grain, 0, 255).astype(np.uint8)

    def kept(sharpening: float) -> float:
        goal = Augment(64, target_size=64, warp=STILL, sharpening=sharpening)(real, generator(1)).target_SS4
        assert (goal[..., 3] == 200).all(), "the regions stay"
        enlarged = cv2.resize(goal, (128, 128), interpolation=cv2.INTER_CUBIC)
        return float(cv2.Laplacian(enlarged, cv2.CV_64F)[4:-4, 4:-4, :3].var())

    true = float(cv2.Laplacian(real, cv2.CV_64F)[4:-4, 4:-4, :3].var())
    assert kept(0.0) < 0.65 * true
    assert 1.4 * kept(0.0) < kept(0.7) < 1.2 * true


def test_a_swaps_goal_is_the_target_of_the_same_draw() -> None:
    augment = Augment(32, target_size=32, warp=FaceWarp, shared={"flip": A.HorizontalFlip(p=0.5)}, sharpening=0.7)
    for sample in range(4):
        target = augment(crop(), generator(1, sample)).target_SS4
        np.testing.assert_array_equal(augment.goal(crop(), generator(1, sample)), target)


def test_negative_sharpening_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"augment\.sharpening=-1"):
        Augment(32, target_size=32, warp=STILL, sharpening=-1)


def test_a_warp_may_end_at_a_step() -> None:
    changing = Augment(32, target_size=32, warp=partial(STILL, strength={0: 1.0, 100: 0.0}))
    always = Augment(32, target_size=32, warp=partial(STILL, strength=1.0))
    still = Augment(32, target_size=32, warp=STILL)
    for step, same_as in ((0, always), (99, always), (100, still), (5, always)):
        np.testing.assert_array_equal(
            changing(crop(), generator(1), step=step).warped_SS3, same_as(crop(), generator(1)).warped_SS3
        )
