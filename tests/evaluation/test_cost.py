"""Arithmetic against a count by hand, memory against what a block takes, and all figures of a network."""

import numpy as np
import pytest
from torch import nn

from faceswap_lab.core.build import build
from faceswap_lab.evaluation.cost import PeakMemory, count_flops, measure_cost
from faceswap_lab.swap.swapper import Swapper

SIDE = 32


@pytest.fixture
def network() -> nn.Module:
    encoder = {"_target_": "faceswap_lab.models.encoders.original.Original", "input_size": SIDE, "widths": [4, 8]}
    dense = {"_target_": "faceswap_lab.models.bottlenecks.dense.Dense", "_partial_": True, "latent": 16}
    decoder = {
        "_target_": "faceswap_lab.models.decoders.upscale.Upscale",
        "_partial_": True,
        "widths": [8],
        "kernel": 3,
    }
    model = {"_target_": "faceswap_lab.models.autoencoder.SharedAutoencoder", "identities": ["ada", "ben"]}
    parts = {"encoder": encoder, "bottleneck": dense | {"channels": 8, "out_channels": 8}, "decoder": decoder}
    return build(model | parts)


def by_hand(network: nn.Module, identity: str) -> int:
    """Two operations for each weight at each place that it is applied to."""
    import torch

    total, hooks = 0, []

    def add(module: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal total
        places = output[0, 0].numel() if isinstance(module, nn.Conv2d) else 1
        total += 2 * module.weight.numel() * places

    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            hooks.append(module.register_forward_hook(add))
    with torch.no_grad():
        network(torch.zeros(1, 3, SIDE, SIDE), identity)
    for hook in hooks:
        hook.remove()
    return total


def test_flops_are_those_of_one_face_through_one_decoder(network: nn.Module) -> None:
    counted = count_flops(network, "ben")
    assert counted == by_hand(network, "ben") > 0
    assert network.training, "the network is left as it was"


def test_a_block_s_memory_is_its_own() -> None:
    memory = PeakMemory()
    assert memory.mib is None
    with memory.watched():
        np.ones(2**24)  # 128 MiB, gone again at once
    with_much = memory.mib
    small = PeakMemory()
    with small.watched():
        np.ones(2**10)
    assert with_much is not None
    assert small.mib is not None
    assert with_much > small.mib + 100
    assert small.device_mib is None


def test_all_figures_of_a_network(network) -> None:
    consent = {"basis": "synthetic", "reference": None, "scope": None, "expiry": None}
    person = {"consent": consent, "licence": None, "num_faces": 1, "faceset": "x", "faceset_hash": "0"}
    card = {"identities": {"ada": person, "ben": person}, "crop": {"kind": "face", "size": SIDE}, "parameters": 7}
    swapper, memory = Swapper(network, card=card, device="cpu"), PeakMemory()
    with memory.watched():
        pass
    cost = measure_cost(swapper, memory, [10.0, 20.0])
    assert cost["device"] == "cpu"
    assert cost["parameters"] == 7
    assert cost["flops_per_face"] == by_hand(network, "ada")
    assert cost["ms_per_frame"] == 15.0
    assert 0 < (cost["network_ms_per_face"] or 0) < 1000
    assert measure_cost(swapper, memory, [])["ms_per_frame"] is None
