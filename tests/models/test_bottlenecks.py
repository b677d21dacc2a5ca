"""The contract that every option of conf/bottleneck keeps; the folder is the list. And what each kind is about."""

from typing import Any

import pytest
import torch
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.models.bottlenecks.amp import Amp
from faceswap_lab.models.bottlenecks.dense import Dense
from faceswap_lab.models.bottlenecks.liae import Liae
from faceswap_lab.models.bottlenecks.private import DensePerIdentity
from faceswap_lab.models.bottlenecks.variational import Variational, kl_to_standard_normal
from faceswap_lab.models.spec import Bottleneck, FeatureSpec

OPTIONS = sorted((conf_dir() / "bottleneck").glob("*.yaml"), key=lambda path: path.stem)
IN_SPEC = FeatureSpec(channels=8, size=4)
PAIR = ("ada", "ben")


@pytest.fixture(params=OPTIONS, ids=lambda path: path.stem)
def bottleneck(request: pytest.FixtureRequest) -> Bottleneck:
    torch.manual_seed(1)
    factory: Any = build(OmegaConf.load(request.param))
    return factory(in_spec=IN_SPEC, identities=PAIR)


def _features(number: int = 2) -> torch.Tensor:
    return torch.randn(number, *IN_SPEC[:1], IN_SPEC.size, IN_SPEC.size, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("identity", PAIR)
def test_states_its_latent(bottleneck: Bottleneck, identity: str) -> None:
    channels, size = bottleneck.out_spec
    assert bottleneck.latent_of(bottleneck(_features()), identity).shape == (2, channels, size, size)


def test_every_parameter_learns_from_the_two(bottleneck: Bottleneck) -> None:
    code = bottleneck(_features())
    sum(bottleneck.latent_of(code, name).square().mean() for name in PAIR).backward()  # pyright: ignore[reportAttributeAccessIssue]
    for name, parameter in bottleneck.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_in_use_it_is_deterministic_and_treats_faces_one_by_one(bottleneck: Bottleneck) -> None:
    bottleneck.eval()
    features = _features()
    with torch.no_grad():
        together = bottleneck.latent_of(bottleneck(features), "ada")
        torch.testing.assert_close(bottleneck.latent_of(bottleneck(features), "ada"), together, rtol=0, atol=0)
        torch.testing.assert_close(
            bottleneck.latent_of(bottleneck(features[1:]), "ada"), together[1:], rtol=1e-3, atol=1e-4
        )


def test_pixel_norm_takes_the_strength_of_the_map_away() -> None:
    dense = Dense(IN_SPEC, latent=6, channels=4, out_channels=4, pixel_norm=True)
    torch.testing.assert_close(dense(_features()), dense(3 * _features()), rtol=1e-3, atol=1e-4)


def test_iae_has_a_private_and_a_shared_half() -> None:
    iae = DensePerIdentity(IN_SPEC, identities=("ada", "ben", "cyd"), latent=6, channels=5)
    code = iae(_features())
    ada, cyd = iae.latent_of(code, "ada"), iae.latent_of(code, "cyd")
    torch.testing.assert_close(ada[:, 5:], cyd[:, 5:], rtol=0, atol=0)
    assert not torch.allclose(ada[:, :5], cyd[:, :5])
    assert sum(p.numel() for p in iae.parameters()) == 4 * sum(p.numel() for p in iae.shared.parameters())


def test_liae_draws_the_first_from_the_shared_path_alone() -> None:
    liae = Liae(IN_SPEC, identities=PAIR, latent=6, channels=5)
    code = liae(_features())
    ada, ben = liae.latent_of(code, "ada"), liae.latent_of(code, "ben")
    torch.testing.assert_close(ada[:, :5], ada[:, 5:], rtol=0, atol=0)
    torch.testing.assert_close(ben[:, 5:], ada[:, 5:], rtol=0, atol=0)
    assert not torch.allclose(ben[:, :5], ada[:, :5])


def test_amp_mixes_as_many_channels_as_it_says() -> None:
    amp = Amp(IN_SPEC, identities=PAIR, latent=6, channels=16, morph_factor=0.25)
    code = amp(_features())
    pure = amp.drawn_path(code).unflatten(1, (16, 4, 4))
    footage = amp.latent_of(code, "ben")
    torch.manual_seed(3)
    picks = []
    for _ in range(2):
        mixed = amp.latent_of(code, "ada")
        is_hers = (mixed == pure).flatten(2).all(2).all(0)
        assert int(is_hers.sum()) == 4
        assert ((mixed == footage).flatten(2).all(2).all(0) == ~is_hers).all()
        picks.append(is_hers)
    assert not torch.equal(*picks), "another choice in every step"
    amp.eval()
    for strength in (0.0, 0.5, 1.0):
        amp.set_strength(strength)
        mixed = amp.latent_of(code, "ada")
        torch.testing.assert_close(mixed[:, : int(16 * strength)], pure[:, : int(16 * strength)], rtol=0, atol=0)
        torch.testing.assert_close(mixed[:, int(16 * strength) :], footage[:, int(16 * strength) :], rtol=0, atol=0)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_amp_refuses_a_strength_out_of_range(strength: float) -> None:
    with pytest.raises(ConfigError, match="must lie from 0"):
        Amp(IN_SPEC, identities=PAIR).set_strength(strength)


def test_others_swap_wholly_or_not_at_all() -> None:
    with pytest.raises(ConfigError, match="train with bottleneck=amp"):
        Liae(IN_SPEC, identities=PAIR).set_strength(0.5)


@pytest.mark.parametrize("share", [{"morph_factor": 0.0}, {"strength": 1.5}])
def test_amp_refuses_what_is_no_share(share: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="shares"):
        Amp(IN_SPEC, identities=PAIR, **share)


def test_kl_is_that_of_torch() -> None:
    mean, log_variance = torch.randn(3, 5), torch.randn(3, 5)
    given = torch.distributions.Normal(mean, (log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(given, torch.distributions.Normal(0.0, 1.0)).mean()
    torch.testing.assert_close(kl_to_standard_normal(mean, log_variance), expected)
    assert float(kl_to_standard_normal(torch.zeros(3, 5), torch.zeros(3, 5))) == 0
    doubles = [part.double().requires_grad_() for part in (mean, log_variance)]
    assert torch.autograd.gradcheck(kl_to_standard_normal, doubles)


def test_variational_asks_for_its_penalty_once_a_step_and_draws_new_faces() -> None:
    bottleneck = Variational(IN_SPEC, latent=6, channels=4, out_channels=4, kl_weight=2.0)
    assert bottleneck.penalty() is None
    torch.manual_seed(4)
    first, second = bottleneck(_features()), bottleneck(_features())
    assert not torch.allclose(first, second)
    penalty = bottleneck.penalty()
    assert penalty is not None
    assert float(penalty) > 0
    assert bottleneck.penalty() is None
    bottleneck.eval()
    torch.testing.assert_close(bottleneck(_features()), bottleneck.decode(bottleneck.mean(_features().flatten(1))))
    assert bottleneck.decode(torch.randn(3, 6)).shape == (3, *bottleneck.out_spec[:1], 8, 8)
