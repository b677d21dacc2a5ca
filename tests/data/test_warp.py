"""The warp against the classic in words, and against itself: sizes, alignment, reproducibility."""

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.warp import CLASSIC_JITTER, A, FaceWarp, regular_grid, upsampling_weights, warp
from faceswap_lab.faces.geometry import fit_similarity, resize_affine


def picture(size: int) -> np.ndarray:
    """Smooth, so that two ways of sampling agree."""
    y, x = np.mgrid[:size, :size] / size
    planes = [127 + 100 * np.sin(4 * x + y), 255 * x, 255 * y, 255 * (np.hypot(x - 0.5, y - 0.5) < 0.4)]
    return np.stack(planes, axis=-1).astype(np.uint8)


def still(input_size: int, target_size: int, strength: float = 0.0) -> FaceWarp:
    return FaceWarp(input_size, target_size, strength=strength, rotation_deg=0.0, scale_ratio=0.0, shift_ratio=0.0)


@pytest.mark.parametrize("size", [32, 64, 97, 128])
def test_upsampling_is_the_classic_resize_and_crop(size: int) -> None:
    grid = np.random.default_rng(0).normal(size=(5, 5)).astype(np.float32)
    upsampled = upsampling_weights(size) @ grid @ upsampling_weights(size).T
    # The classic: resize 5 x 5 to 1.25 of the side, crop a tenth at each side.
    fine = cv2.resize(grid, (size * 5, size * 5), interpolation=cv2.INTER_LINEAR)
    if size % 4 == 0:
        classic = cv2.resize(grid, (size * 5 // 4, size * 5 // 4), interpolation=cv2.INTER_LINEAR)
        margin = size // 8
        np.testing.assert_allclose(upsampled, classic[margin:-margin, margin:-margin], atol=1e-5)
    assert upsampled.min() >= fine.min() - 1e-5
    assert upsampled.max() <= fine.max() + 1e-5


@pytest.mark.parametrize(("crop", "size"), [(64, 64), (128, 96), (96, 128)])
def test_an_unbent_grid_is_a_resize(crop: int, size: int) -> None:
    image = picture(crop)
    warped = warp(image, regular_grid(crop), upsampling_weights(size))
    resized = cv2.warpAffine(
        image, resize_affine(crop, size), (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    inner = slice(2, -2)
    assert np.abs(warped[inner, inner, :3].astype(int) - resized[inner, inner, :3]).max() <= 4


def test_input_and_target_agree_where_nothing_bends() -> None:
    pair = A.Compose([still(96, 96)])(image=picture(128), target=picture(128))
    assert np.abs(pair["image"][2:-2, 2:-2, :3].astype(int) - pair["target"][2:-2, 2:-2, :3]).max() <= 4


def test_sizes_may_differ() -> None:
    pair = A.Compose([FaceWarp(48, 96)])(image=picture(128), target=picture(128))
    assert pair["image"].shape == (48, 48, 4)
    assert pair["target"].shape == (96, 96, 4)


def test_the_target_follows_the_rigid_part_alone() -> None:
    """A grid that a similarity explains leaves nothing to undo: input and target are the same picture."""
    size = 128
    angle = np.deg2rad(9.0)
    turn = 1.04 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (regular_grid(size) - 64) @ turn.T + 66
    bend = FaceWarp(96, 96)
    warped = bend.apply(picture(size), points_N2=points)
    target = bend.apply_to_target(picture(size), points_N2=points, still_N2=regular_grid(size))
    assert np.abs(warped[4:-4, 4:-4, :3].astype(int) - target[4:-4, 4:-4, :3]).mean() < 1


def test_jitter_has_the_classic_strength() -> None:
    bend = still(64, 64, strength=1.0)
    draws = []
    for seed in range(200):
        bend.set_random_seed(seed)
        points = bend.get_params_dependent_on_data({}, {"image": picture(256)})["points_N2"]
        draws.append(points - regular_grid(256))
    # 5 px on the 160 px that the classic grid covers
    assert np.std(draws) == pytest.approx(5 / 160 * 256, rel=0.03)
    assert pytest.approx(1 / 32) == CLASSIC_JITTER


def test_affine_stays_in_its_ranges() -> None:
    bend = FaceWarp(64, 64, strength=0.0, rotation_deg=10.0, scale_ratio=0.05, shift_ratio=0.05)
    turns, scales = [], []
    for seed in range(200):
        bend.set_random_seed(seed)
        points = bend.get_params_dependent_on_data({}, {"image": picture(64)})["points_N2"]
        matrix = fit_similarity(regular_grid(64), points)
        turns.append(np.rad2deg(np.arctan2(matrix[1, 0], matrix[0, 0])))
        scales.append(np.hypot(matrix[1, 0], matrix[0, 0]))
    assert 9 < np.max(np.abs(turns)) <= 10
    assert 0.95 <= np.min(scales) < 0.955
    assert 1.045 < np.max(scales) <= 1.05


def test_a_seed_repeats_and_another_differs() -> None:
    compose = A.Compose([FaceWarp(32, 32)])
    drawn = []
    for seed in (1, 1, 2):
        compose.set_random_seed(seed)
        drawn.append(compose(image=picture(64), target=picture(64))["image"])
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()


@pytest.mark.parametrize("name", ["strength", "rotation_deg", "scale_ratio", "shift_ratio"])
def test_a_value_out_of_range_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"augment.warp.{name}=-1"):
        FaceWarp(32, 32, **{name: -1})


def _params(bend: FaceWarp, seed: int) -> dict[str, np.ndarray]:
    bend.set_random_seed(seed)
    return bend.get_params_dependent_on_data({}, {"image": picture(256)})


def test_a_pinned_and_bounded_grid_of_several_sizes_is_deepfacelabs() -> None:
    bend = FaceWarp(
        64,
        64,
        rotation_deg=0,
        scale_ratio=0,
        shift_ratio=0,
        cells=(2, 4, 8),
        pinned=True,
        bounded=True,
        rigid_target=False,
    )
    inner: list[np.ndarray] = []
    sides: set[int] = set()
    for seed in range(300):
        points = _params(bend, seed)["points_N2"]
        side = round(len(points) ** 0.5)
        sides.add(side)
        moved = ((points - regular_grid(256, side)) / (256 / (side - 1))).reshape(side, side, 2)
        for edge in (moved[0], moved[-1], moved[:, 0], moved[:, -1]):
            np.testing.assert_allclose(edge, 0, atol=1e-9)
        inner.append(moved[1:-1, 1:-1].ravel())
    jitter = np.concatenate(inner)
    assert sides == {3, 5, 9}
    assert np.abs(jitter).max() <= 0.24
    assert jitter.std() == pytest.approx(0.093, rel=0.03)


def test_without_a_rigid_target_the_bending_is_all_to_undo() -> None:
    """The target is the crop itself, moved as a whole and not bent at all."""
    bend = FaceWarp(96, 96, rotation_deg=0, scale_ratio=0, shift_ratio=0, rigid_target=False)
    pair = A.Compose([bend])(image=picture(128), target=picture(128))
    plain = A.Compose([still(96, 96)])(image=picture(128), target=picture(128))
    np.testing.assert_array_equal(pair["target"], plain["target"])
    assert not np.array_equal(pair["image"], plain["image"])
    moving = FaceWarp(96, 96, strength=0.0, rotation_deg=15, scale_ratio=0.1, shift_ratio=0.1, rigid_target=False)
    pair = A.Compose([moving])(image=picture(128), target=picture(128))
    assert np.abs(pair["image"][6:-6, 6:-6, :3].astype(int) - pair["target"][6:-6, 6:-6, :3]).mean() < 1


@pytest.mark.parametrize("cells", [(), (0,), (4, -1)])
def test_cells_out_of_range_are_refused(cells: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"augment\.warp\.cells"):
        FaceWarp(64, 64, cells=cells)
