"""Before `light` trains, its decoders are told how strong the grain of each identity's faces is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from faceswap_lab.core.checkpoint import read_checkpoint, rebuild_network
from faceswap_lab.core.overrides import override
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.models.autoencoder import SharedAutoencoder

TINY = [
    "experiment=light",
    "model.decoder.widths=[8,4,4]",
    "model.bottleneck.latent=16",
    "model.bottleneck.channels=16",
]
TINY += ["model.bottleneck.out_channels=16", "data.batch_size=2", "data.num_workers=0", "trainer.accelerator=cpu"]


def test_each_identity_has_its_own(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    names = ("ada", "ben")
    sets = [drawn_faceset(tmp_path / name, name, 24, identity_seed=at, fps=6.0) for at, name in enumerate(names)]
    named = [override(f"facesets.{name}", str(of.path)) for name, of in zip(names, sets, strict=True)]
    done = run_cli(["train", *TINY, *named, "logger=csv", "trainer.max_steps=1", f"output={tmp_path / 'run'}"])
    assert done.code == 0, done.stderr
    net = rebuild_network(read_checkpoint(tmp_path / "run" / "checkpoints" / "last.ckpt"))
    assert isinstance(net, SharedAutoencoder)
    ada, ben = (net.decoder_of(name).state_dict()["grain.strength_KK"] for name in names)
    assert 0 < ada.max() < 0.2
    assert 0 < ben.max() < 0.2
    assert not torch.equal(ada, ben)
    drawn = net(torch.rand(1, 3, net.input_size, net.input_size), "ada")
    assert drawn.image_B3SS.shape[-1] == net.finished_size == 2 * net.output_size
