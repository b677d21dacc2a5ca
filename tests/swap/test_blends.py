"""Every option of ``conf/blend`` keeps the slot's contract; the membrane meets the footage's light at the rim."""

import importlib

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.blends.membrane import Membrane

OPTIONS: list[Blend] = [Alpha(), Membrane()]
SIZE = 160


def disc(radius: float = 60, feather: float = 12) -> np.ndarray:
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    return np.clip((radius - np.hypot(x - 79.5, y - 79.5)) / feather, 0, 1).astype(np.float32)


def textured(level: float) -> np.ndarray:
    noise = np.random.default_rng(3).normal(0, 0.03, (SIZE, SIZE, 3))
    return np.clip(level + cv2.GaussianBlur(noise, (0, 0), 1.0), 0, 1).astype(np.float32)


def test_every_option_file_is_covered() -> None:
    stems = {path.stem for path in (conf_dir() / "blend").glob("*.yaml")}
    assert stems == {"alpha", "membrane"}
    for stem in stems:
        importlib.import_module(f"faceswap_lab.swap.blends.{stem}")


@pytest.mark.parametrize("blend", OPTIONS, ids=lambda blend: type(blend).__name__)
def test_contract(blend: Blend) -> None:
    """Footage where alpha is 0, a face equal to the footage changes nothing, and nothing given is written to."""
    footage, face, alpha = textured(0.4), textured(0.7), disc()
    before = footage.copy(), face.copy(), alpha.copy()
    joined = blend.join(footage, face, alpha)
    assert joined.shape == footage.shape
    assert joined.dtype == np.float32
    np.testing.assert_array_equal(joined[alpha == 0], footage[alpha == 0])
    np.testing.assert_allclose(blend.join(footage, footage, alpha), footage, atol=1e-6)
    for given, kept in zip((footage, face, alpha), before, strict=True):
        np.testing.assert_array_equal(given, kept)


@pytest.mark.parametrize("blend", OPTIONS, ids=lambda blend: type(blend).__name__)
def test_no_alpha_no_change(blend: Blend) -> None:
    footage = textured(0.4)
    np.testing.assert_array_equal(blend.join(footage, textured(0.7), np.zeros((SIZE, SIZE), np.float32)), footage)


def test_alpha_is_applied_once() -> None:
    alpha = disc()
    joined = Alpha().join(np.zeros((SIZE, SIZE, 3), np.float32), np.ones((SIZE, SIZE, 3), np.float32), alpha)
    np.testing.assert_allclose(joined[..., 0], alpha, atol=1e-6)


def test_the_membrane_takes_the_seam_away_and_leaves_the_middle() -> None:
    """A face 25 % brighter than the footage: the step at the rim shrinks to a fraction, the centre stays."""
    footage, face, alpha = textured(0.4), textured(0.5), disc()
    plain = Alpha().join(footage, face, alpha)
    lit = Membrane(strength=0.9).join(footage, face, alpha)
    inside_rim = (alpha >= 0.98) & (disc(43, 1) < 0.5)
    seam_before = plain[inside_rim].mean() - footage[inside_rim].mean()
    seam_after = lit[inside_rim].mean() - footage[inside_rim].mean()
    assert seam_before == pytest.approx(0.1, abs=0.01)
    assert abs(seam_after) < 0.35 * seam_before
    centre = slice(70, 90)
    np.testing.assert_allclose(lit[centre, centre], plain[centre, centre], atol=0.01)


def test_light_from_one_side_stays_on_that_side() -> None:
    footage = textured(0.5)
    footage[:, :80] *= 0.8
    lit = Membrane(strength=0.9).join(footage, textured(0.5), disc())
    middle_row = lit[70:90].mean((0, 2))
    assert middle_row[26:32].mean() < 0.45
    assert middle_row[128:134].mean() == pytest.approx(0.5, abs=0.02)


def test_hair_beside_the_face_cannot_blacken_it() -> None:
    footage = np.full((SIZE, SIZE, 3), 0.02, np.float32)
    lit = Membrane(max_gain=1.2).join(footage, np.full((SIZE, SIZE, 3), 0.6, np.float32), disc())
    assert lit[disc() == 1].min() > 0.6 / 1.21 - 0.02


def test_strength_0_is_alpha() -> None:
    footage, face, alpha = textured(0.3), textured(0.6), disc()
    np.testing.assert_allclose(
        Membrane(strength=0).join(footage, face, alpha), Alpha().join(footage, face, alpha), atol=1e-6
    )


@pytest.mark.parametrize("values", [{"reach_ratio": 0}, {"strength": 1.2}, {"max_gain": 0.5}])
def test_values_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(values))):
        Membrane(**values)
