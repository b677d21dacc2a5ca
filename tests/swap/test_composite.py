"""The composite changes the patch and nothing else, weighs by alpha once, and puts pixels where they came from."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.composite import composite, resize_crop
from faceswap_lab.swap.paste import paste

BLEND = Alpha()


def to_crop(scale: float, angle_deg: float, x: float, y: float) -> np.ndarray:
    turn = np.deg2rad(angle_deg)
    rotation = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.column_stack([rotation, [x, y]])


def disc(size: int) -> np.ndarray:
    grid = np.arange(size) - (size - 1) / 2
    return np.clip(1.2 - np.hypot(*np.meshgrid(grid, grid)) / (size * 0.4), 0, 1).astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    scale=st.floats(0.05, 8),
    angle_deg=st.floats(-180, 180),
    x=st.floats(-300, 300),
    y=st.floats(-300, 300),
    size=st.sampled_from([16, 33, 96]),
    full=st.booleans(),
)
def test_outside_the_box_and_without_alpha_nothing_changes(
    seed: int, scale: float, angle_deg: float, x: float, y: float, size: int, full: bool
) -> None:
    rng = np.random.default_rng(seed)
    frame = rng.integers(0, 256, (90, 120, 3), dtype=np.uint8)
    before = frame.copy()
    alpha = np.ones((size, size), np.float32) if full else disc(size)
    patch = composite(
        frame, rng.random((size, size, 3), np.float32), alpha, to_crop(scale, angle_deg, x, y), blend=BLEND
    )
    assert np.array_equal(frame, before)  # the frame itself is the caller's
    if patch is None:
        return
    left, top, right, bottom = patch.box
    assert 0 <= left < right <= 120
    assert 0 <= top < bottom <= 90
    assert patch.mask.min() >= 0
    assert patch.mask.max() <= 1
    paste(frame, [patch])
    outside = np.ones(frame.shape[:2], bool)
    outside[top:bottom, left:right] = patch.mask > 0
    outside[top:bottom, left:right] = ~outside[top:bottom, left:right]
    assert np.array_equal(frame[outside], before[outside])


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(0.1, 4), angle_deg=st.floats(-180, 180))
def test_box_holds_every_touched_pixel(scale: float, angle_deg: float) -> None:
    """The same crop warped over the whole frame has no alpha outside the patch's box."""
    size = 48
    matrix = to_crop(scale, angle_deg, 0, 0)
    matrix[:, 2] = (size - 1) / 2 - matrix[:, :2] @ (60, 45)
    frame = np.zeros((90, 120, 3), np.uint8)
    patch = composite(frame, np.ones((size, size, 3), np.float32), disc(size), matrix, blend=BLEND)
    assert patch is not None
    whole = cv2.warpAffine(disc(size), matrix, (120, 90), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    left, top, right, bottom = patch.box
    whole[top:bottom, left:right] = 0
    assert whole.max() == 0


def test_alpha_is_applied_once() -> None:
    """A white face on black gives back the mask, not its square."""
    frame = np.zeros((200, 200, 3), np.uint8)
    patch = composite(frame, np.ones((64, 64, 3), np.float32), disc(64), to_crop(0.4, 10, 0, 5), blend=BLEND)
    assert patch is not None
    assert np.array_equal(patch.rgb, np.rint(patch.mask * 255).astype(np.uint8)[..., None].repeat(3, -1))
    assert 0.3 < patch.mask[patch.mask > 0].mean() < 0.9  # a mask of greys, or the test shows nothing


def test_crop_lands_where_it_was_cut() -> None:
    grid_x, grid_y = np.meshgrid(np.arange(160), np.arange(120))
    smooth = np.stack([grid_x, grid_y, 255 - grid_x], -1).astype(np.uint8)
    matrix = to_crop(0.5, 20, -5, 3)
    crop = cv2.warpAffine(smooth, matrix, (64, 64), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    blank = np.zeros_like(smooth)
    patch = composite(blank, crop.astype(np.float32) / 255, disc(64), matrix, blend=BLEND)
    assert patch is not None
    left, top, right, bottom = patch.box
    opaque = patch.mask > 0.999
    assert opaque.sum() > 250
    error = patch.rgb.astype(int) - smooth[top:bottom, left:right]
    assert np.abs(error[opaque]).max() <= 2


@pytest.mark.parametrize("new_size", [48, 96, 192])
def test_resized_crop_keeps_its_place(new_size: int) -> None:
    """Outer corners of the crop, half a pixel beyond the centres, stay where they are."""
    matrix, resized = to_crop(0.7, 30, 4, -9), resize_crop(to_crop(0.7, 30, 4, -9), 96, new_size)
    for corner, new_corner in [
        ((-0.5, -0.5), (-0.5, -0.5)),
        ((95.5, 10), (new_size - 0.5, 10.5 * new_size / 96 - 0.5)),
    ]:
        frame_point = np.linalg.solve(matrix[:, :2], np.subtract(corner, matrix[:, 2]))
        np.testing.assert_allclose(resized[:, :2] @ frame_point + resized[:, 2], new_corner, atol=1e-9)


def test_no_alpha_or_out_of_frame_gives_no_patch() -> None:
    frame, face = np.zeros((50, 50, 3), np.uint8), np.ones((32, 32, 3), np.float32)
    assert composite(frame, face, np.zeros((32, 32), np.float32), to_crop(1, 0, 0, 0), blend=BLEND) is None
    assert composite(frame, face, disc(32), to_crop(1, 0, 500, 0), blend=BLEND) is None
