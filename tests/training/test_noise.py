"""Random numbers of a network are those of the sample: neither processes nor workers nor the batch change them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch

from faceswap_lab.data.augment import Augment
from faceswap_lab.data.warp import FaceWarp
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.models.bottlenecks.variational import Variational
from faceswap_lab.models.decoders.upscale import Upscale
from faceswap_lab.models.encoders.original import Original
from faceswap_lab.training.module import AutoencoderModule

Make = Callable[..., Any]
SIZE = 20


@pytest.fixture
def module(make_module: Make) -> AutoencoderModule:
    """The tiny network, drawing from a distribution."""
    module = make_module()
    module.net = SharedAutoencoder(
        Original(input_size=32, widths=[4, 8, 8]),
        bottleneck=partial(Variational, latent=SIZE, channels=8, out_channels=8),
        decoder=partial(Upscale, widths=[8, 4]),
        identities=["ada", "ben"],
    )
    return module


def _batch(data: Any, step: int = 0, **share: int) -> dict[str, Any]:
    (batch,) = data.training_batches(first_step=step, end_step=step + 1, **share)
    return data.on_after_batch_transfer(batch, 0)


@pytest.mark.parametrize("warp_on", ["cpu", "device"])
def test_two_processes_draw_what_one_draws(module: AutoencoderModule, make_data: Make, warp_on: str) -> None:
    data = make_data(warp_on=warp_on, augment=partial(Augment, warp=FaceWarp))
    whole = module.noise(_batch(data))
    shares = [module.noise(_batch(data, rank=rank, world_size=2)) for rank in (0, 1)]
    assert whole is not None
    assert whole.shape == (8, SIZE)
    # Of each identity, the first half of its faces is the first process's.
    first, second = (share.split(2) for share in shares if share is not None)
    torch.testing.assert_close(whole, torch.cat([first[0], second[0], first[1], second[1]]), rtol=0, atol=0)
    assert len(torch.unique(whole)) == whole.numel()


def test_noise_follows_seed_and_batch_alone(module: AutoencoderModule, make_data: Make) -> None:
    data = make_data()
    noise = module.noise(_batch(data, 3))
    torch.manual_seed(9)
    assert noise is not None
    assert torch.equal(noise, module.noise(_batch(make_data(), 3)))
    assert not torch.isin(noise, module.noise(_batch(data, 4))).any()
    module.card["seed"] += 1
    assert not torch.isin(noise, module.noise(_batch(data, 3))).any()


def test_latents_are_moved_by_this_noise_in_training_and_not_at_all_otherwise(
    module: AutoencoderModule, make_data: Make
) -> None:
    batch, bottleneck = _batch(make_data()), module.net.bottleneck
    assert isinstance(bottleneck, Variational)
    features = module.net.encoder(torch.cat([faces.warped_B3SS for faces in batch.values()])).flatten(1)
    noise = module.noise(batch)
    assert noise is not None
    spread = (bottleneck.log_variance(features) / 2).exp()
    expected = bottleneck.decode(bottleneck.mean(features) + spread * noise)
    torch.testing.assert_close(torch.cat(list(module.encode(batch).values())), expected)
    assert bottleneck.noise_BN is None  # used up: the next faces have their own
    module.eval()
    still = bottleneck.decode(bottleneck.mean(features))
    torch.testing.assert_close(torch.cat(list(module.encode(batch).values())), still)


def test_networks_without_noise_are_given_none(make_module: Make, make_data: Make) -> None:
    assert make_module().noise(_batch(make_data())) is None
