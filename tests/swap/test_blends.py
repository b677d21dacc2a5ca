"""Every option of ``conf/blend`` keeps the slot's contract; the membrane meets the footage's light at the rim."""

import cv2
import numpy as np
import pytest
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.blends.linear_light import LinearLight, from_linear, to_linear
from faceswap_lab.swap.blends.membrane import Membrane
from faceswap_lab.swap.blends.poisson import Poisson
from faceswap_lab.swap.blends.pyramid import Pyramid

OPTIONS: dict[str, Blend] = {
    path.stem: build(OmegaConf.load(path)) for path in sorted((conf_dir() / "blend").glob("*.yaml"))
}
SIZE = 160


def disc(radius: float = 60, feather: float = 12) -> np.ndarray:
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    return np.clip((radius - np.hypot(x - 79.5, y - 79.5)) / feather, 0, 1).astype(np.float32)


def textured(level: float) -> np.ndarray:
    noise = np.random.default_rng(3).normal(0, 0.03, (SIZE, SIZE, 3))
    return np.clip(level + cv2.GaussianBlur(noise, (0, 0), 1.0), 0, 1).astype(np.float32)


@pytest.mark.parametrize("name", OPTIONS)
def test_contract(name: str) -> None:
    """Footage where alpha is 0, a face equal to the footage changes nothing, and nothing given is written to."""
    blend, footage, face, alpha = OPTIONS[name], textured(0.4), textured(0.7), disc()
    before = footage.copy(), face.copy(), alpha.copy()
    joined = blend.join(footage, face, alpha)
    assert joined.shape == footage.shape
    assert joined.dtype == np.float32
    np.testing.assert_array_equal(joined[alpha == 0], footage[alpha == 0])
    np.testing.assert_allclose(blend.join(footage, footage, alpha), footage, atol=2e-6)
    for given, kept in zip((footage, face, alpha), before, strict=True):
        np.testing.assert_array_equal(given, kept)


@pytest.mark.parametrize("name", OPTIONS)
def test_no_alpha_no_change(name: str) -> None:
    footage = textured(0.4)
    joined = OPTIONS[name].join(footage, textured(0.7), np.zeros((SIZE, SIZE), np.float32))
    np.testing.assert_array_equal(joined, footage)


BLACK, WHITE = np.zeros((SIZE, SIZE, 3), np.float32), np.ones((SIZE, SIZE, 3), np.float32)


def test_alpha_is_applied_once() -> None:
    alpha = disc()
    np.testing.assert_allclose(Alpha().join(BLACK, WHITE, alpha)[..., 0], alpha, atol=1e-6)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("name", OPTIONS)
def test_a_white_face_under_an_even_mask_is_as_white_as_that(name: str, share: float) -> None:
    """By every blend: there is no edge whose light could be taken over, so twice the mask would be seen at once."""
    joined = OPTIONS[name].join(BLACK, WHITE, np.full((SIZE, SIZE), share, np.float32))
    light = to_linear(joined) if name == "linear_light" else joined
    if name == "membrane":  # all of this mask is a rim: half of its largest darkening, in the middle and less outwards
        assert light.max() <= share + 1e-6
        assert light.min() >= share * (1.05 * 0.8**0.5 - 0.05) - 1e-6
        light = Membrane(strength=0).join(BLACK, WHITE, np.full((SIZE, SIZE), share, np.float32))
    np.testing.assert_allclose(light, share, atol=1e-5)


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


def test_linear_light_mixes_photons() -> None:
    black, white = np.zeros((SIZE, SIZE, 3), np.float32), np.ones((SIZE, SIZE, 3), np.float32)
    half = np.full((SIZE, SIZE), 0.5, np.float32)
    assert LinearLight().join(black, white, half)[0, 0, 0] == pytest.approx(0.7354, abs=1e-3)  # sRGB of half the light
    values = np.linspace(0, 1, 256, dtype=np.float32)
    np.testing.assert_allclose(from_linear(to_linear(values)), values, atol=1e-5)
    assert (np.diff(to_linear(values)) > 0).all()


def test_a_pyramid_keeps_fine_detail_whole_and_spreads_a_step_of_light() -> None:
    """A hard mask: what is coarse fades over many pixels inside, where alpha makes a step at once."""
    footage, face = np.full((SIZE, SIZE, 3), 0.4, np.float32), np.full((SIZE, SIZE, 3), 0.6, np.float32)
    hard = (disc(60, 1) > 0.5).astype(np.float32)
    row = Pyramid(levels=4).join(footage, face, hard)[80, :, 0]
    plain = Alpha().join(footage, face, hard)[80, :, 0]
    assert np.abs(np.diff(plain)).max() == pytest.approx(0.2, abs=1e-6)
    assert np.abs(np.diff(row)).max() < 0.15
    assert row[80] == pytest.approx(0.6, abs=0.02)
    fine = face + 0.1 * (-1.0) ** np.arange(SIZE, dtype=np.float32)[None, :, None]
    kept = np.diff(Pyramid(levels=4).join(footage, fine, hard)[80, 60:100, 0])
    assert np.abs(kept).mean() == pytest.approx(0.2, rel=0.1)


def test_poisson_takes_the_level_from_the_footage_and_the_gradients_from_the_face() -> None:
    footage = np.full((SIZE, SIZE, 3), 0.4, np.float32)
    x = np.arange(SIZE, dtype=np.float32)
    face = np.clip(0.7 + 0.1 * np.sin(x / 6)[None, :, None] + np.zeros((SIZE, SIZE, 3)), 0, 1).astype(np.float32)
    joined = Poisson().join(footage, face, disc(60, 1))
    inside = np.s_[70:90, 50:110]
    assert joined[inside].mean() == pytest.approx(0.4, abs=0.05)
    np.testing.assert_allclose(np.diff(joined[80, 50:110, 0]), np.diff(face[80, 50:110, 0]), atol=0.012)
