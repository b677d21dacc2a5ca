"""Crops: where the mean face lands, that sizes agree, that pixels are where the matrix says."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceswap_lab.core.errors import ConfigError, NoFaceError, ShapeError
from faceswap_lab.faces.crop import (
    CropKind,
    CropSpec,
    crop_corners,
    cut,
    frame_to_crop,
    mean_face_in_crop,
    sub_crop,
)
from faceswap_lab.faces.crop_kinds import CROP_KINDS
from faceswap_lab.faces.face import INNER
from faceswap_lab.faces.geometry import (
    affine_scale,
    compose_affine,
    invert_affine,
    resize_affine,
    transform_points,
)
from faceswap_lab.faces.head3d import HEAD_683, MIRROR_68
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.media.pixels import Deferred

KINDS = sorted(CROP_KINDS)


def turned_head(yaw_deg: float, scale: float = 160, shift: tuple[float, float] = (300, 250)) -> np.ndarray:
    """The generic head seen from afar, nose towards the left of the image for a positive yaw."""
    yaw = np.radians(yaw_deg)
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    return (HEAD_683 @ turn.T)[:, :2] * scale + shift


def placed_face(scale: float = 200, turn: float = 0.3, shift: tuple[float, float] = (300, 250)) -> np.ndarray:
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    return (MEAN_FACE_682 - 0.5) @ np.array([[cosine, sine], [-sine, cosine]]) + shift


def smooth_image(height: int = 500, width: int = 600) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), 6).astype(np.float64)
    return np.clip((blurred - 127) * 6 + 127, 0, 255).astype(np.uint8)


def test_mean_face_is_symmetric_and_fills_the_unit_square() -> None:
    np.testing.assert_allclose(MEAN_FACE_682[MIRROR_68] * [-1, 1] + [1, 0], MEAN_FACE_682, atol=1e-12)
    np.testing.assert_allclose(MEAN_FACE_682.min(0) + MEAN_FACE_682.max(0), [1, 1], atol=1e-3)
    assert np.ptp(MEAN_FACE_682, axis=0).max() == pytest.approx(1)
    assert MEAN_FACE_682[8, 1] > MEAN_FACE_682[57, 1] > MEAN_FACE_682[33, 1] > MEAN_FACE_682[40, 1]  # y points down
    assert MEAN_FACE_682[36, 0] < MEAN_FACE_682[45, 0]  # point 36 is on the left of the image


def test_face_kind_holds_the_landmarks_and_half_of_the_forehead() -> None:
    edges = mean_face_in_crop(CropSpec("face", 100)) + 0.5
    assert edges[:, 0].min() == pytest.approx(100 - edges[:, 0].max()) == pytest.approx(8.3, abs=0.1)
    assert edges[:, 1].min() == pytest.approx(13.3, abs=0.1)  # from the brows up
    assert edges[:, 1].max() == pytest.approx(93.3, abs=0.1)
    head = mean_face_in_crop(CropSpec("head", 100)) + 0.5
    assert np.ptp(head, axis=0).max() == pytest.approx(48, abs=1)
    assert head[:, 1].min() > 35  # room above the brows for forehead and hair


@pytest.mark.parametrize("kind", KINDS)
@given(scale=st.floats(5, 2000), turn=st.floats(-3, 3), x=st.floats(-500, 4000), y=st.floats(-500, 4000))
def test_a_placed_mean_face_lands_on_the_mean_face(
    kind: CropKind, scale: float, turn: float, x: float, y: float
) -> None:
    spec = CropSpec(kind, 128)
    face = placed_face(scale, turn, (x, y))
    np.testing.assert_allclose(transform_points(frame_to_crop(face, spec), face), mean_face_in_crop(spec), atol=1e-6)


def test_jaw_does_not_move_the_crop() -> None:
    face, spec = placed_face(), CropSpec()
    moved = face.copy()
    moved[:17] += 40
    np.testing.assert_array_equal(frame_to_crop(moved, spec), frame_to_crop(face, spec))
    assert slice(17, 68) == INNER


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_differ_by_a_resize_only(kind: CropKind) -> None:
    face = placed_face()
    large = frame_to_crop(face, CropSpec(kind, 256))
    np.testing.assert_allclose(
        compose_affine(large, resize_affine(256, 96)), frame_to_crop(face, CropSpec(kind, 96)), atol=1e-9
    )


@pytest.mark.parametrize(("kind", "shown"), [("face", (-0.1, 1.1, -0.14, 1.06)), ("head", (-0.55, 1.55, -0.78, 1.32))])
def test_geometry_that_trained_networks_rely_on(kind: CropKind, shown: tuple[float, ...]) -> None:
    """Left, right, top and bottom edge on the mean face: a checkpoint's crops must never move."""
    back = invert_affine(frame_to_crop(MEAN_FACE_682, CropSpec(kind, 256)))
    left, top = transform_points(back, np.array([-0.5, -0.5]))
    right, bottom = transform_points(back, np.array([255.5, 255.5]))
    np.testing.assert_allclose([left, right, top, bottom], shown, atol=1e-9)


def test_whole_shows_hairline_and_chin_and_legacy_no_forehead() -> None:
    whole, legacy = mean_face_in_crop(CropSpec("whole", 100)) + 0.5, mean_face_in_crop(CropSpec("legacy", 100)) + 0.5
    assert whole[:, 1].min() > 30, "above the brows a third of the picture is left for the forehead"
    assert 85 < whole[:, 1].max() < 95
    assert legacy[:, 1].max() == pytest.approx(100 * 1.25 / 1.298, abs=1), "the chin stands near the lower edge"
    inner = legacy[INNER]
    np.testing.assert_allclose((inner.min(0) + inner.max(0)) / 2, 50)
    assert np.ptp(inner[:, 0]) == pytest.approx(62.5), "padded by 3/8"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("coverage", [0.5, 0.8])
def test_coverage_is_the_share_of_the_side_about_the_same_middle(kind: CropKind, coverage: float) -> None:
    face = turned_head(30)
    full, part = frame_to_crop(face, CropSpec(kind, 256)), frame_to_crop(face, CropSpec(kind, 256, coverage))
    assert affine_scale(full) / affine_scale(part) == pytest.approx(coverage)
    middles = [transform_points(invert_affine(matrix), np.array([127.5, 127.5])) for matrix in (full, part)]
    np.testing.assert_allclose(*middles, atol=1e-6)


@pytest.mark.parametrize("yaw_deg", [-60, -30, 30, 60])
def test_whole_follows_the_head_and_face_does_not(yaw_deg: float) -> None:
    def margin(kind: CropKind) -> float:
        face = turned_head(yaw_deg)
        across = transform_points(frame_to_crop(face, CropSpec(kind, 100)), face)[:, 0] + 0.5
        return float(min(across.min(), 100 - across.max()))

    assert margin("whole") > 10
    assert margin("whole") > margin("legacy") + 10
    assert margin("whole") == pytest.approx(_mirrored_margin(yaw_deg))


def _mirrored_margin(yaw_deg: float) -> float:
    face = turned_head(-yaw_deg)
    across = transform_points(frame_to_crop(face, CropSpec("whole", 100)), face)[:, 0] + 0.5
    return float(min(across.min(), 100 - across.max()))


@pytest.mark.parametrize("inner", [CropSpec("face", 128), CropSpec("whole", 300, 0.75), CropSpec("legacy", 64)])
def test_a_sub_crop_costs_one_resample_from_the_frame(inner: CropSpec) -> None:
    face, outer, image = turned_head(20, 90), CropSpec("head", 512), smooth_image()
    to_outer, sub = frame_to_crop(face, outer), sub_crop(face, outer, inner)
    np.testing.assert_allclose(compose_affine(to_outer, sub), frame_to_crop(face, inner), atol=1e-9)
    assert sub[0, 1] == pytest.approx(0, abs=1e-9)
    once, direct = (
        cut(image, compose_affine(to_outer, sub), inner.size),
        cut(image, frame_to_crop(face, inner), inner.size),
    )
    np.testing.assert_array_equal(once, direct)


def test_identity_cut_is_exact() -> None:
    image = smooth_image()
    shift = np.array([[1.0, 0, -30], [0, 1, -40]])
    np.testing.assert_array_equal(cut(image, shift, 128), image[40:168, 30:158])


@pytest.mark.parametrize("factor", [2, 3])
def test_shrinking_averages_blocks(factor: int) -> None:
    image = smooth_image()
    crop = cut(image, resize_affine(192, 192 // factor), 192 // factor)
    expected = cv2.resize(image[:192, :192], (192 // factor,) * 2, interpolation=cv2.INTER_AREA)
    assert np.abs(crop.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [90, 230, 400])
@settings(max_examples=5)
@given(turn=st.floats(-1, 1), coverage=st.floats(0.5, 1))
def test_cutting_and_pasting_back_returns_the_picture(
    kind: CropKind, scale: float, turn: float, coverage: float
) -> None:
    image, spec = smooth_image(), CropSpec(kind, 256, coverage)
    matrix = frame_to_crop(placed_face(scale, turn), spec)
    crop = cut(image, matrix, spec.size)
    back = cv2.warpAffine(crop, invert_affine(matrix), image.shape[1::-1], flags=cv2.INTER_LINEAR)
    corners = crop_corners(matrix, spec.size)
    inside = cv2.fillConvexPoly(np.zeros(image.shape[:2], np.uint8), np.rint(corners).astype(np.int32), 1)
    inside = cv2.erode(inside, np.ones((9, 9))) > 0
    assert inside.sum() > 1000
    assert np.abs(back.astype(int) - image)[inside].mean() < 2.5


def test_pixels_lie_where_the_matrix_says() -> None:
    """A blob drawn at a landmark is found at the carried landmark, to a tenth of a pixel."""
    face, spec = placed_face(), CropSpec("face", 200)
    matrix = frame_to_crop(face, spec)
    y, x = np.mgrid[:500, :600]
    for point in face[[30, 36, 54]]:
        blob = 255 * np.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / (2 * 5.0**2))
        crop = cut(np.repeat(blob.astype(np.uint8)[:, :, None], 3, 2), matrix, spec.size)[:, :, 0].astype(float)
        v, u = np.mgrid[:200, :200]
        centre = [(crop * u).sum() / crop.sum(), (crop * v).sum() / crop.sum()]
        np.testing.assert_allclose(centre, transform_points(matrix, point), atol=0.1)


def test_beyond_the_frame_the_border_is_repeated() -> None:
    image = np.full((40, 40, 3), 77, np.uint8)
    assert (cut(image, np.array([[1.0, 0, 20], [0, 1, 20]]), 64) == 77).all()


def test_spec_is_plain_and_refuses_nonsense() -> None:
    assert CropSpec(**json.loads(json.dumps(CropSpec("head", 96).to_dict()))) == CropSpec("head", 96)
    assert CropSpec("head", 96).to_dict() == {"kind": "head", "size": 96}, "hashes of older sets rest on these words"
    part = CropSpec("whole", 96, 0.75)
    assert CropSpec(**json.loads(json.dumps(part.to_dict()))) == part
    assert str(part) == "whole covering 0.75 at 96 px"
    assert part.at(512) == CropSpec("whole", 512, 0.75)
    wrong = ({"kind": "neck"}, {"size": 8}, {"size": 96.0}, {"size": True}, {"coverage": 0.4}, {"coverage": 1.1})
    for arguments in (*wrong, {"coverage": True}):
        with pytest.raises(ConfigError, match=r"^crop\."):
            CropSpec(**arguments)


def test_errors_of_landmarks() -> None:
    with pytest.raises(ShapeError, match="68"):
        frame_to_crop(np.zeros((51, 2)), CropSpec())
    with pytest.raises(NoFaceError):
        frame_to_crop(np.zeros((68, 2)), CropSpec())


@given(centre=st.tuples(st.floats(-40, 240), st.floats(-40, 200)), scale=st.floats(0.2, 3), angle=st.floats(-3.2, 3.2))
def test_a_cut_looks_at_no_more_than_it_shows_and_is_that_of_the_whole_frame(
    centre: tuple[float, float], scale: float, angle: float
) -> None:
    frame = cv2.GaussianBlur(np.random.default_rng(4).integers(0, 256, (160, 200, 3), dtype=np.uint8), (0, 0), 2)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([turn, np.full(2, 31.5) - turn @ centre])
    asked: list[tuple[slice, slice]] = []

    def part(rows: slice, columns: slice) -> np.ndarray:
        asked.append((rows, columns))
        return frame[rows, columns]

    crop = cut(Deferred((160, 200, 3), part=part, sample=lambda step: frame[::step, ::step]), matrix, 64)
    flag = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    if scale >= 0.75:
        whole = cv2.warpAffine(frame, matrix, (64, 64), flags=flag, borderMode=cv2.BORDER_REPLICATE)
        assert np.abs(crop.astype(int) - whole).max() <= 3  # positions are rounded to 1/32 px
    (rows, columns), diagonal = asked[0], 64 * np.sqrt(2) / scale + 12
    assert rows.stop - rows.start <= diagonal
    assert columns.stop - columns.start <= diagonal
