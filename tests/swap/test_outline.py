"""The drawn skin goes on beyond the predicted mask, and nothing changes inside it."""

import numpy as np

from faceswap_lab.swap.outline import continue_skin

SIZE = 64


def drawn() -> tuple[np.ndarray, np.ndarray]:
    """Skin that grows brighter to the right inside a disc, black hair around it."""
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    inside = np.hypot(x - 31.5, y - 31.5) < 20
    skin = np.stack([0.5 + x / 300, 0.4 + x / 300, 0.3 + x / 300], -1)
    return np.where(inside[..., None], skin, 0).astype(np.float32), inside.astype(np.float32)


def test_inside_nothing_changes() -> None:
    swapped, mask = drawn()
    continued = continue_skin(swapped, mask, reach_px=8)
    assert continued.dtype == np.float32
    np.testing.assert_allclose(continued[mask == 1], swapped[mask == 1], atol=1e-6)


def test_beyond_the_outline_there_is_the_nearest_skin() -> None:
    swapped, mask = drawn()
    continued = continue_skin(swapped, mask, reach_px=8)
    for x in range(52, 60):  # right of the disc, up to the reach
        np.testing.assert_allclose(continued[32, x], swapped[32, 50], atol=0.04)
    for x in range(4, 12):
        np.testing.assert_allclose(continued[32, x], swapped[32, 13], atol=0.04)


def test_far_away_or_without_any_skin_the_drawing_stays() -> None:
    swapped, mask = drawn()
    np.testing.assert_array_equal(continue_skin(swapped, mask, reach_px=2)[0, 0], swapped[0, 0])
    np.testing.assert_array_equal(continue_skin(swapped, np.zeros_like(mask), reach_px=8), swapped)


def test_unsure_mask_moves_the_colours_smoothly() -> None:
    swapped, mask = drawn()
    steps = [continue_skin(swapped, mask * share, reach_px=8) for share in np.linspace(0.9, 1, 6).astype(np.float32)]
    changes = [np.abs(after - before).mean() for before, after in zip(steps[:-1], steps[1:], strict=True)]
    assert max(changes) < 0.02
