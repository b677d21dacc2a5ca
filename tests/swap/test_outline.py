"""The drawn skin goes on beyond the predicted mask, and nothing changes inside it."""

from itertools import pairwise

import numpy as np

from faceswap_lab.faces.crop import CropSpec, mean_face_in_crop
from faceswap_lab.swap.masks.hull import draw_hull
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.outline import continue_skin

SIZE = 64


def drawn() -> tuple[np.ndarray, np.ndarray]:
    """Skin that grows brighter to the right inside a disc, black hair around it."""
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    inside = np.hypot(x - 31.5, y - 31.5) < 22
    skin = np.stack([0.5 + x / 300, 0.4 + x / 300, 0.3 + x / 300], -1)
    return np.where(inside[..., None], skin, 0).astype(np.float32), inside.astype(np.float32)


FACE_PX = 50.0  # hair is looked for 4 px deep
NOWHERE = np.full((68, 2), -1000.0)  # no cheek in sight: only the outline tells hair from skin


def test_inside_nothing_changes() -> None:
    swapped, mask = drawn()
    continued = continue_skin(swapped, mask, NOWHERE, face_px=FACE_PX)
    assert continued.dtype == np.float32
    deep = np.zeros_like(mask, bool)
    deep[20:44, 22:42] = True
    np.testing.assert_allclose(continued[deep], swapped[deep], atol=1e-6)


def test_top_and_bottom_stay_up_to_the_outline() -> None:
    """Brows and chin lie there."""
    swapped, mask = drawn()
    continued = continue_skin(swapped, mask, NOWHERE, face_px=FACE_PX)
    np.testing.assert_allclose(continued[[11, 52], 32], swapped[[11, 52], 32], atol=1e-6)


def test_hair_at_the_sides_gives_way_to_skin() -> None:
    swapped, mask = drawn()
    hairy = swapped.copy()
    hairy[:, 52:] = 0.0  # 2 px of the right side
    continued = continue_skin(hairy, mask, NOWHERE, face_px=FACE_PX)
    assert continued[32, 52:58].mean() > 0.7 * swapped[32, 48].mean()


def test_beyond_the_outline_there_is_skin() -> None:
    swapped, mask = drawn()
    continued = continue_skin(swapped, mask, NOWHERE, face_px=FACE_PX)
    for x in range(55, 60):
        np.testing.assert_allclose(continued[32, x], swapped[32, 50], atol=0.06)
    for x in range(4, 10):
        np.testing.assert_allclose(continued[32, x], swapped[32, 14], atol=0.06)


def test_far_away_or_without_any_skin_the_drawing_stays() -> None:
    swapped, mask = drawn()
    np.testing.assert_array_equal(continue_skin(swapped, mask, NOWHERE, face_px=12)[0, 0], swapped[0, 0])
    np.testing.assert_array_equal(continue_skin(swapped, np.zeros_like(mask), NOWHERE, face_px=FACE_PX), swapped)


def test_unsure_mask_moves_the_colours_smoothly() -> None:
    swapped, mask = drawn()
    shares = np.linspace(0.9, 1, 6).astype(np.float32)
    steps = [continue_skin(swapped, mask * share, NOWHERE, face_px=FACE_PX) for share in shares]
    changes = [np.abs(after - before).mean() for before, after in pairwise(steps)]
    assert max(changes) < 0.02


def face_with_strand() -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[slice, slice]]:
    """A face of even skin, its mask and landmarks, and a dark strand over one temple, well inside the outline."""
    size = 128
    landmarks = mean_face_in_crop(CropSpec("face", size))
    mask = draw_hull(MaskInput(landmarks, None, size, float(np.ptp(landmarks[:, 1]))), forehead_ratio=0.25)
    skin = np.broadcast_to(np.array([0.8, 0.6, 0.5], np.float32), (size, size, 3)).copy()
    left_brow = landmarks[17:22]
    strand = (slice(int(left_brow[:, 1].min()) - 11, int(left_brow[:, 1].min()) - 6), slice(48, 80))
    return skin, mask, landmarks, strand


def test_a_strand_over_the_forehead_gives_way_to_skin_and_the_features_stay() -> None:
    skin, mask, landmarks, strand = face_with_strand()
    drawn_face = skin.copy()
    drawn_face[strand] = 0.15
    mouth = (slice(int(landmarks[62, 1]) - 2, int(landmarks[62, 1]) + 3), slice(58, 70))
    drawn_face[mouth] = 0.15
    brow = (slice(int(landmarks[19, 1]) - 1, int(landmarks[19, 1]) + 2), slice(int(landmarks[18, 0]) + 3, 46))
    drawn_face[brow] = 0.15
    continued = continue_skin(drawn_face, mask, landmarks, face_px=float(np.ptp(landmarks[:, 1])))
    assert np.abs(continued[strand] - skin[strand]).mean() < 0.25 * np.abs(drawn_face[strand] - skin[strand]).mean()
    np.testing.assert_allclose(continued[mouth], 0.15, atol=1e-3)
    np.testing.assert_allclose(continued[brow], 0.15, atol=0.05)


def test_a_face_without_strands_stays_as_it_is() -> None:
    skin, mask, landmarks, _ = face_with_strand()
    continued = continue_skin(skin, mask, landmarks, face_px=float(np.ptp(landmarks[:, 1])))
    np.testing.assert_allclose(continued[mask > 0.5], skin[mask > 0.5], atol=1e-3)
