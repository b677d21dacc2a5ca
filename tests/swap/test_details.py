"""Every option of ``conf/detail`` keeps the slot's contract; each does what it is named after, in numbers."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.overrides import from_shell
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.data.animation import Moment
from faceswap_lab.data.portrait import load_portrait
from faceswap_lab.data.portrait_render import PortraitRenderer
from faceswap_lab.faces.face import Detection
from faceswap_lab.faces.keypoints import five_of_68
from faceswap_lab.faces.landmarkers.dlib68 import Dlib68
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.swap.details.detail import Detail, DetailInput
from faceswap_lab.swap.details.expression import opening_moves, pull
from faceswap_lab.swap.details.grain import Grain, noise_of
from faceswap_lab.swap.details.jpeg import Jpeg, blockiness, find_quality, opened_again
from faceswap_lab.swap.details.match_blur import MatchBlur, edges
from faceswap_lab.swap.details.motion_blur import MotionBlur, line_kernel
from faceswap_lab.swap.details.sharpen import Sharpen
from faceswap_lab.swap.steady import Steady

OPTIONS: dict[str, Detail] = {
    path.stem: build(OmegaConf.load(path)) for path in sorted((conf_dir() / "detail").glob("*.yaml"))
}
H, W = 120, 100


def smooth() -> np.ndarray:
    x, y = np.meshgrid(np.arange(W), np.arange(H))
    return np.stack([0.45 + 0.15 * np.sin(x / 9), 0.5 + 0.15 * np.cos(y / 8), 0.4 + 0 * x], -1).astype(np.float32)


def noisy(spread: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(smooth() + spread * rng.standard_normal((H, W, 1)), 0, 1).astype(np.float32)


def given(footage: np.ndarray | None = None, *, moved: tuple[float, float] | None = None, seed: int = 0) -> DetailInput:
    points = MEAN_FACE_682 * 80 + 10
    before = None if moved is None else points - np.array(moved)
    mask = np.ones((H, W), np.float32)
    return DetailInput(smooth() if footage is None else footage, mask, points, before, 110.0, 128, seed)


@pytest.mark.parametrize("name", OPTIONS)
def test_contract(name: str) -> None:
    detail, face = OPTIONS[name], noisy(0.01)
    footage = noisy(0.03, 2)
    looks = given(opened_again(footage, 10) if name == "jpeg" else footage, moved=(5, 3))
    kept = face.copy(), looks.footage_HW3.copy()
    once, again = detail.apply(face, looks), detail.apply(face, looks)
    assert once.shape == face.shape
    assert once.dtype == np.float32
    assert once.min() >= 0
    assert once.max() <= 1
    assert not np.array_equal(once, face)
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(face, kept[0])
    np.testing.assert_array_equal(looks.footage_HW3, kept[1])


def test_sharpening_sharpens_where_contrast_is_above_the_threshold() -> None:
    """The right way round: faint noise stays, an edge gets steeper."""
    edge = np.full((H, W, 3), 0.3, np.float32)
    edge[:, W // 2 :] = 0.7
    soft = cv2.GaussianBlur(edge, (0, 0), 2) + 0.004 * (-1.0) ** np.arange(H, dtype=np.float32)[:, None, None]
    sharp = Sharpen(amount=1.5, radius_ratio=0.02, threshold=0.02).apply(soft, given())
    assert np.abs(np.diff(sharp, axis=1)).max() > 1.2 * np.abs(np.diff(soft, axis=1)).max()
    np.testing.assert_allclose(sharp[:, :20], soft[:, :20], atol=1e-6)
    np.testing.assert_allclose(Sharpen(amount=0).apply(soft, given()), soft, atol=1e-7)


@pytest.mark.parametrize("spread", [0.01, 0.03])
def test_noise_is_told_and_made_up_for(spread: float) -> None:
    everywhere = np.ones((H, W), bool)
    assert noise_of(noisy(spread), everywhere) == pytest.approx(spread, rel=0.1)
    grainy = Grain().apply(smooth(), given(noisy(spread)))
    assert noise_of(grainy, everywhere) == pytest.approx(spread, rel=0.15)
    np.testing.assert_allclose(Grain().apply(noisy(2 * spread), given(noisy(spread))), noisy(2 * spread), atol=1e-6)


def test_grain_is_another_in_each_frame() -> None:
    one, other = (Grain().apply(smooth(), given(noisy(0.03), seed=seed)) - smooth() for seed in (1, 2))
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.05


@pytest.mark.parametrize("way", [(8.0, 0.0), (0.0, 5.5), (6.0, -6.0)])
def test_a_moving_point_becomes_a_line_of_its_way(way: tuple[float, float]) -> None:
    """The variance of a line of length L along itself is L squared over 12, and it has hardly a width."""
    kernel = line_kernel(np.array(way)).astype(np.float64)
    assert kernel.sum() == pytest.approx(1)
    y, x = np.mgrid[: kernel.shape[0], : kernel.shape[1]] - (kernel.shape[0] - 1) / 2
    length = np.hypot(*way)
    along, across = (x * way[0] + y * way[1]) / length, (x * way[1] - y * way[0]) / length
    assert (kernel * along).sum() == pytest.approx(0, abs=1e-6)
    assert (kernel * along**2).sum() == pytest.approx(length**2 / 12, abs=0.3)
    assert (kernel * across**2).sum() < 0.3


def test_without_motion_no_blur() -> None:
    face = noisy(0.02)
    for looks in (given(), given(moved=(0.5, 0.5))):
        np.testing.assert_array_equal(MotionBlur().apply(face, looks), face)
    assert np.abs(np.diff(MotionBlur().apply(face, given(moved=(12, 0))), axis=1)).mean() < 0.02


def textured(sigma: float, *, noise: float = 0.0, seed: int = 3, contrast: float = 1.0) -> np.ndarray:
    """Edges of all sizes in a picture of one blur."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((H, W), np.float32)
    for side in (4, 9, 25, 100):
        small = rng.uniform(0, 1, (side, side)).astype(np.float32)
        picture += cv2.resize(small, (W, H), interpolation=cv2.INTER_NEAREST) / 4
    if sigma:
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    picture = 0.5 + contrast * 0.6 * (picture - picture.mean()) + noise * rng.standard_normal((H, W)).astype(np.float32)
    return np.repeat(np.clip(picture, 0, 1)[..., None], 3, 2).astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("sigma", [0.8, 1.5])
def test_the_footage_s_blur_is_found_on_another_face(sigma: float, noise: float) -> None:
    """Other content, and noise that is no sharpness: the result is as blurred as the footage is."""
    face, footage = textured(0, seed=3), textured(sigma, noise=noise, seed=4)
    blurred = MatchBlur().apply(face, given(footage))
    sigmas = np.arange(0, 3, 0.1)
    candidates = [face, *(cv2.GaussianBlur(face, (0, 0), one) for one in sigmas[1:])]
    errors = [float(np.abs(candidate - blurred).mean()) for candidate in candidates]
    assert sigmas[int(np.argmin(errors))] == pytest.approx(sigma, rel=0.35)
    half = MatchBlur(strength=0.5).apply(face, given(footage))
    assert (
        np.abs(np.diff(blurred, axis=1)).mean()
        < np.abs(np.diff(half, axis=1)).mean()
        < np.abs(np.diff(face, axis=1)).mean()
    )


def test_a_face_softer_than_the_footage_stays() -> None:
    face = textured(2)
    np.testing.assert_array_equal(MatchBlur().apply(face, given(textured(1, seed=4))), face)
    np.testing.assert_array_equal(MatchBlur(strength=0).apply(textured(0), given(textured(2))), textured(0))
    # As sharp as the footage, but with fewer coarse edges or with a fainter contrast: nothing to blur.
    fine = np.clip(0.5 + 0.7 * (textured(0) - cv2.GaussianBlur(textured(0), (0, 0), 3)), 0, 1)
    np.testing.assert_array_equal(MatchBlur().apply(fine, given(textured(0))), fine)
    faint = textured(0.5, contrast=0.5)
    np.testing.assert_array_equal(MatchBlur().apply(faint, given(textured(1, contrast=1.5))), faint)
    everywhere, luma = np.ones((H, W), bool), textured(1)[..., 0]
    one, half = (edges(part * luma, everywhere, coarse_px=3) for part in (1.0, 0.5))
    assert half.share == pytest.approx(one.share)
    assert half.energy == pytest.approx(0.25 * one.energy)


def test_jpeg_loses_more_at_lower_quality_and_shows_blocks() -> None:
    losses = [float(np.abs(Jpeg(quality=q).apply(noisy(0.05), given()) - noisy(0.05)).mean()) for q in (95, 60, 10)]
    assert losses[0] < 0.01 < losses[1] < losses[2] < 0.1
    columns = np.abs(np.diff(Jpeg(quality=5).apply(noisy(0.02), given())[..., 1], axis=1)).mean(0)
    assert columns[7::8].mean() > 2 * np.delete(columns, slice(7, None, 8)).mean()  # between blocks of 8


@pytest.mark.parametrize("origin", [(0, 0), (3, 5)])
def test_jpeg_is_as_blocky_as_the_footage_in_the_frame_s_own_grid(origin: tuple[int, int]) -> None:
    """Told on one picture, applied to another: near the quality of old, and nothing where there are no blocks."""
    portrait = skimage.data.astronaut()[40:240, 140:320].astype(np.float32) / 255
    soft = cv2.GaussianBlur(skimage.data.camera()[60:260, 150:330], (0, 0), 1.2)
    face = np.repeat(soft[..., None], 3, axis=2).astype(np.float32) / 255
    everywhere = np.ones(face.shape[:2], np.float32)

    def looks(footage: np.ndarray) -> DetailInput:
        return DetailInput(footage, everywhere, np.zeros((68, 2)), None, 110.0, 128, 0, origin)

    for untouched in (portrait, opened_again(portrait, 97, origin)):
        np.testing.assert_array_equal(Jpeg().apply(face, looks(untouched)), face)
    found = [find_quality(face, looks(opened_again(portrait, quality, origin))) for quality in (70, 40, 20)]
    assert 45 < found[0] < 80
    assert 20 < found[1] < 45
    assert 8 < found[2] < 25
    footage = opened_again(portrait, 20, origin)
    shown = Jpeg().apply(face, looks(footage))
    wanted = blockiness(footage, everywhere > 0, origin)
    assert blockiness(shown, everywhere > 0, origin) == pytest.approx(wanted, rel=0.15)
    assert abs(blockiness(shown, everywhere > 0, (origin[0] + 4, origin[1] + 4))) < 0.3 * wanted


def test_a_pull_moves_its_surroundings_and_nothing_far_away() -> None:
    dots = np.zeros((H, W, 3), np.float32)
    for x, y in ((40, 60), (80, 20)):
        cv2.circle(dots, (x, y), 4, (1, 1, 1), -1)
    pulled = pull(dots, np.array([[40.0, 60.0]]), np.array([[3.0, 6.0]]), reach_px=14)
    moments = cv2.moments(pulled[40:, :65, 0])
    middle = moments["m10"] / moments["m00"], 40 + moments["m01"] / moments["m00"]
    assert middle == pytest.approx((43, 66), abs=0.7)
    np.testing.assert_allclose(pulled[:35, 70:], dots[:35, 70:], atol=0.05)
    np.testing.assert_array_equal(pull(dots, np.zeros((1, 2)), np.zeros((1, 2)), reach_px=9), dots)


def test_only_the_opening_is_carried_over() -> None:
    """Neither place, width nor size of another person's features."""
    drawn = MEAN_FACE_682 * 80 + 10
    elsewhere = drawn.copy()
    elsewhere[48:68] += (4, 3)
    elsewhere[48:68, 0] = elsewhere[48:68, 0].mean() + 1.2 * (elsewhere[48:68, 0] - elsewhere[48:68, 0].mean())
    assert np.abs(opening_moves(drawn, elsewhere, ignored_px=0.1, most_growth=3)).max() < 1e-9
    drawn[65:68, 1] += 8
    opened = drawn.copy()
    opened[65:68, 1] += 6
    opened[55:60, 1] += 6
    gap = (drawn[65:68, 1] - drawn[63:60:-1, 1]).mean()

    def grown(**options: float) -> float:
        moves = opening_moves(drawn, opened, **options)
        assert not moves[:48].any()
        return float((moves[66] - moves[62])[1])

    assert grown(ignored_px=0, most_growth=3) == pytest.approx(6, abs=0.2)
    assert grown(ignored_px=0, most_growth=1.2) == pytest.approx(0.2 * gap, abs=0.2)
    assert grown(ignored_px=9, most_growth=3) == 0
    drawn, opened = opened, drawn
    assert grown(ignored_px=0, most_growth=1) == pytest.approx(-6, abs=0.2)  # closing has no limit


def _found(image: np.ndarray, near_682: np.ndarray) -> np.ndarray:
    box = np.concatenate([near_682.min(0), near_682.max(0)])
    detection = Detection(box, 1.0, five_of_68(near_682))
    return Dlib68().landmarks(np.rint(image * 255).astype(np.uint8), detection).landmarks_682


def _opening(image: np.ndarray, near_682: np.ndarray) -> float:
    """Gap between the inner lips, px."""
    found_682 = _found(image, near_682)
    return float((found_682[65:68] - found_682[61:64])[:, 1].mean())


@pytest.mark.parametrize(("drawn_gap", "gap"), [(0.2, 0.28), (0.3, 0.08)])
def test_a_mouth_opens_and_closes_as_the_footage_s(drawn_gap: float, gap: float) -> None:
    """One portrait twice: with one mouth in place of the swapped face, and with another as the footage."""
    renderer = PortraitRenderer(load_portrait("astronaut"), frame_px=256)
    (drawn, _), (footage, exact_682) = (renderer.render(Moment(mouth_opening=one)) for one in (drawn_gap, gap))
    drawn, footage = drawn.astype(np.float32) / 255, footage.astype(np.float32) / 255
    landmarks = _found(footage, exact_682)
    side_px = 1.5 * float(np.ptp(landmarks[:, 1]))
    looks = DetailInput(footage, np.ones(footage.shape[:2], np.float32), landmarks, None, side_px, 128, 0)
    moved = OPTIONS["expression"].apply(drawn, looks)
    before, after, wanted = (_opening(image, landmarks) for image in (drawn, moved, footage))
    assert abs(after - wanted) < 0.6 * abs(before - wanted)
    assert (np.abs(moved - drawn).max(-1) > 0.02)[: len(moved) // 5].sum() == 0  # hair and background stay


def test_errors() -> None:
    for make, key in (
        (lambda: MatchBlur(strength=2), r"detail\.match_blur\.strength=2"),
        (lambda: MatchBlur(most_ratio=0), r"detail\.match_blur\.most_ratio=0"),
        (lambda: Jpeg(quality=0), r"detail\.jpeg\.quality=0"),
        (lambda: Jpeg(quality="best"), r"detail\.jpeg\.quality=best must lie from 1 to 100, or be auto"),
        (lambda: build({**OmegaConf.load(conf_dir() / "detail/expression.yaml"), "strength": 2}), "strength=2"),
        (lambda: build({**OmegaConf.load(conf_dir() / "detail/expression.yaml"), "most_growth": 9}), "most_growth=9"),
        (lambda: Sharpen(amount=9), r"detail\.sharpen\.amount=9"),
        (lambda: Sharpen(radius_ratio=0), r"detail\.sharpen\.radius_ratio=0"),
        (lambda: Sharpen(threshold=1), r"detail\.sharpen\.threshold=1"),
        (lambda: Grain(strength=3), r"detail\.grain\.strength=3"),
        (lambda: MotionBlur(shutter=2), r"detail\.motion_blur\.shutter=2"),
        (lambda: Steady(colour=1), r"steady\.colour=1"),
    ):
        with pytest.raises(ConfigError, match=key):
            make()


@pytest.mark.parametrize("path", sorted((conf_dir() / "steady").glob("*.yaml")), ids=lambda path: path.stem)
def test_steady_options_are_built(path: Path) -> None:
    assert isinstance(build(OmegaConf.load(path)), Steady)


@pytest.mark.parametrize("command", ["convert", "evaluate"])
def test_the_chain_has_the_order_of_the_command_line_and_is_empty_by_default(command: str) -> None:
    assert not compose_config(command).detail
    for chosen in (["grain", "sharpen"], ["sharpen", "grain"], ["sharpen"]):
        cfg = compose_config(command, [from_shell(command, f"detail=[{','.join(chosen)}]")])
        assert list(cfg.detail) == chosen
    assert compose_config(command, [from_shell(command, "steady=track")]).steady.colour > 0
