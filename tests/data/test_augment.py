"""The three stages of augmentation: what each one touches, and that one generator decides everything."""

from functools import partial

import numpy as np

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
