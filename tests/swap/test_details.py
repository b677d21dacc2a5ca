"""Every option of ``conf/detail`` keeps the slot's contract; each does what it is named after, in numbers."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.overrides import from_shell
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.swap.details.detail import Detail, DetailInput
from faceswap_lab.swap.details.grain import Grain, noise_of
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
    looks = given(noisy(0.03, 2), moved=(5, 3))
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


def test_errors() -> None:
    for make, key in (
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
