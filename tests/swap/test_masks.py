"""Every option of ``conf/mask`` keeps the slot's contract: smooth, inside the crop, inside the face."""

import itertools

import cv2
import numpy as np
import pytest
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError, ShapeError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.faces.crop import CropSpec, mean_face_in_crop
from faceswap_lab.swap.masks.hull import Hull, draw_hull
from faceswap_lab.swap.masks.hull_predicted import HullPredicted
from faceswap_lab.swap.masks.mask import Mask, MaskInput
from faceswap_lab.swap.masks.minimum import Minimum
from faceswap_lab.swap.masks.predicted import Predicted
from faceswap_lab.swap.masks.product import Product
from faceswap_lab.swap.masks.shaping import Edge, erode_side, guard_edge, soften

OPTIONS: list[Mask] = [build(OmegaConf.load(path)) for path in sorted((conf_dir() / "mask").glob("*.yaml"))]
SIZE = 96


def face(size: int = SIZE, *, shift: tuple[float, float] = (0, 0), scale: float = 1, hole: bool = False) -> MaskInput:
    points = mean_face_in_crop(CropSpec("face", size))
    centre = (size - 1) / 2
    landmarks = (points - centre) * scale + centre + np.array(shift)
    without = MaskInput(landmarks, None, size, float(np.ptp(points[:, 1])))
    predicted = draw_hull(without)
    if hole:
        predicted[size // 2 :, size // 4 : size // 2] = 0
    return MaskInput(landmarks, predicted, size, without.face_px)


@pytest.mark.parametrize("mask", OPTIONS, ids=lambda mask: type(mask).__name__)
@pytest.mark.parametrize("size", [64, 96, 192])
def test_contract(mask: Mask, size: int) -> None:
    given = face(size)
    alpha = mask.alpha(given)
    assert alpha.shape == (size, size)
    assert alpha.dtype == np.float32
    assert alpha.min() == 0
    assert alpha.max() == 1
    border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    assert border.max() == 0
    # No step that would show as an edge: the ramp spreads over several px of the crop.
    assert np.abs(np.diff(alpha, axis=0)).max() < 60 / size
    assert (alpha >= 0.98).sum() / (draw_hull(given) > 0.5).sum() >= 0.75


@pytest.mark.parametrize("mask", OPTIONS, ids=lambda mask: type(mask).__name__)
def test_border_stays_clear_of_a_face_that_fills_the_crop(mask: Mask) -> None:
    alpha = mask.alpha(face(scale=3))
    assert max(alpha[0].max(), alpha[-1].max(), alpha[:, 0].max(), alpha[:, -1].max()) == 0
    assert alpha[SIZE // 2, SIZE // 2] == 1


@pytest.mark.parametrize("mask", OPTIONS, ids=lambda mask: type(mask).__name__)
def test_small_motion_gives_small_change(mask: Mask) -> None:
    """Continuous in the landmarks: no kernel that jumps by a pixel, hence no flicker."""
    steps = [mask.alpha(face(shift=(0.1 * k, 0), scale=1 - 0.002 * k)) for k in range(12)]
    changes = [np.abs(after - before).mean() for before, after in itertools.pairwise(steps)]
    assert max(changes) < 3 * np.median(changes)
    assert max(changes) < 0.004


def test_predicted_holes_are_kept_and_hull_bounds_the_prediction() -> None:
    holed = face(hole=True)
    assert HullPredicted().alpha(holed)[3 * SIZE // 4, 3 * SIZE // 8] < 0.05
    everywhere = MaskInput(holed.landmarks_682, np.ones((SIZE, SIZE), np.float32), SIZE, holed.face_px)
    np.testing.assert_array_equal(HullPredicted().alpha(everywhere), Hull().alpha(everywhere))
    hull = draw_hull(everywhere, forehead_ratio=Hull().forehead_ratio)
    beyond = cv2.dilate(hull, np.ones((9, 9))) == 0  # more than the 3 % that it grows by
    assert Hull().alpha(everywhere)[beyond].max() < 0.02


def test_without_a_mask_head() -> None:
    bare = MaskInput(face().landmarks_682, None, SIZE, face().face_px)
    np.testing.assert_array_equal(HullPredicted().alpha(bare), Hull().alpha(bare))
    assert Predicted().needs_prediction
    with pytest.raises(ShapeError, match="mask=hull"):
        Predicted().alpha(bare)


@pytest.mark.parametrize(("erode", "feather"), [(0.0, 8.0), (3.0, 6.0), (-4.0, 8.0), (5.0, 0.0)])
def test_soften_of_a_straight_edge(erode: float, feather: float) -> None:
    """On a straight edge the ramp begins and ends where it is told to."""
    half = np.zeros((80, 80), np.float32)
    half[:, 40:] = 1  # the edge lies at 39.5
    row = soften(half, erode_px=erode, feather_px=feather)[40]
    depth = np.arange(80) - 39.5
    assert row[depth < erode - 0.6].max() < 0.03
    assert row[(depth > erode + feather + 0.6) & (depth < 25)].min() > 0.97
    assert (np.diff(row[:70]) >= -1e-6).all()


def test_soften_closes_specks() -> None:
    mask = np.ones((64, 64), np.float32)
    cv2.circle(mask, (32, 32), 1, 0.0, -1)
    assert soften(mask, erode_px=0, feather_px=10)[32, 32] > 0.9


def test_soften_by_nothing_changes_nothing() -> None:
    mask = face().predicted
    assert mask is not None
    np.testing.assert_array_equal(soften(mask, erode_px=0, feather_px=0), mask)


def test_guard_leaves_the_middle_alone() -> None:
    guarded = guard_edge(np.ones((64, 64), np.float32), guard_px=4)
    assert (guarded[4:-4, 4:-4] == 1).all()
    assert guarded[0].max() == 0


@pytest.mark.parametrize(
    ("erode", "feather", "guard", "key"),
    [(0.6, 0.1, 0.1, "erode_ratio"), (0, -0.1, 0.1, "feather_ratio"), (0, 0.1, 0.5, "guard_ratio")],
)
def test_errors(erode: float, feather: float, guard: float, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"mask\.edge\.{key}"):
        Edge(erode, feather, guard)


def test_several_masks() -> None:
    given = face(hole=True)
    parts: list[Mask] = [Hull(edge=Edge(erode_ratio=0.05)), HullPredicted()]
    one, other = (part.alpha(given) for part in parts)
    np.testing.assert_array_equal(Minimum(masks=parts).alpha(given), np.minimum(one, other))
    np.testing.assert_allclose(Product(masks=parts).alpha(given), one * other)
    assert Minimum(masks=[Hull(), Predicted()]).needs_prediction
    assert not Product(masks=[Hull()]).needs_prediction
    with pytest.raises(ConfigError, match=r"mask\.masks is empty"):
        Minimum(masks=[])


@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
@pytest.mark.parametrize("ratio", [0.1, -0.1])
def test_a_side_moves_alone_and_as_far_as_it_is_told(side: str, ratio: float) -> None:
    square = np.zeros((SIZE, SIZE), np.float32)
    square[30:70, 30:70] = 1
    edges = {"top": 0.0, "bottom": 0.0, "left": 0.0, "right": 0.0} | {side: ratio}
    moved = Edge(0, 0, 0, **edges).shape(square, face_px=55)  # by 5.5 px
    rows, columns = moved.sum(1), moved.sum(0)
    ends = {"top": rows[:50], "bottom": rows[50:], "left": columns[:50], "right": columns[50:]}
    full = max(rows.max(), 40.0)
    for name, profile in ends.items():
        wanted = 20 - 55 * edges[name]
        length = (profile > 0.25 * full).sum()
        assert abs(length - wanted) <= 1, name


def test_a_side_moves_by_parts_of_a_pixel() -> None:
    half = np.zeros((40, 40), np.float32)
    half[:, 20:] = 1
    row = erode_side(half, (1, 0), by_px=2.25)[20]
    assert row[:22].max() == 0
    assert row[22] == pytest.approx(0.75, abs=0.04)
    assert row[23:].min() == 1


def test_a_box_feather_is_straighter_than_a_gaussian_one() -> None:
    half = np.zeros((80, 80), np.float32)
    half[:, 40:] = 1
    ramps = {box: soften(half, erode_px=-6, feather_px=12, box=box)[40, 33:47] for box in (False, True)}
    assert np.diff(ramps[True]).max() < np.diff(ramps[False]).max()
    with pytest.raises(ConfigError, match=r"mask\.edge\.feather=tent is unknown"):
        Hull(edge=Edge(feather="tent"))
