"""Beginning with the weights of another run, and keeping parts of a network as they are.

Parts of an identity are matched by its name, not by its place: face sets may be given in another order, and others may
join.
"""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from faceswap_lab.core.checkpoint import CARD_KEY, read_checkpoint
from faceswap_lab.core.errors import CheckpointError, ConfigError
from faceswap_lab.models.autoencoder import SharedAutoencoder

_OF_IDENTITIES = ("decoders.", "bottleneck.private.")  # followed by the place of an identity


class WarmStart(NamedTuple):
    """What became of the weights, by their names in the network; places of identities are replaced by names.

    Attributes:
        taken: Those that came from the checkpoint.
        fresh: Those of the network that it does not know.
        misfits: Those that it has in another shape; they stay fresh.
        unused: Those that only the checkpoint has.
        new_identities: Identities that it does not know.
        taken_parameters: Those of ``taken`` that training changes.
    """

    taken: list[str]
    fresh: list[str]
    misfits: list[str]
    unused: list[str]
    new_identities: list[str]
    taken_parameters: list[str]


def warm_start(net: SharedAutoencoder, checkpoint: str | os.PathLike[str]) -> WarmStart:
    """Copies every weight whose name and shape agree from a checkpoint into a network.

    Args:
        net: What is to be trained; changed in place.
        checkpoint: A file written by ``train``.

    Raises:
        CheckpointError: The file cannot be read, or no weight agrees.
    """
    content = read_checkpoint(checkpoint)
    known = list(content[CARD_KEY]["identities"])
    prefix = "net."
    theirs = {
        named(name.removeprefix(prefix), known): value
        for name, value in content["state_dict"].items()
        if name.startswith(prefix)
    }
    ours = {named(name, net.identities): value for name, value in net.state_dict().items()}
    parameters = [named(name, net.identities) for name, _ in net.named_parameters()]
    agreeing = [name for name, value in ours.items() if name in theirs and theirs[name].shape == value.shape]
    if not agreeing:
        raise CheckpointError(f"init_from={os.fspath(checkpoint)}: no weight in it fits this network")
    with torch.no_grad():
        for name in agreeing:
            ours[name].copy_(theirs[name])
    return WarmStart(
        taken=agreeing,
        fresh=[name for name in ours if name not in theirs],
        misfits=[name for name in ours if name in theirs and name not in set(agreeing)],
        unused=[name for name in theirs if name not in ours],
        new_identities=[name for name in net.identities if name not in known],
        taken_parameters=[name for name in parameters if name in set(agreeing)],
    )


def freeze(net: SharedAutoencoder, parts: Sequence[str]) -> list[str]:
    """Excludes parts of a network from training.

    Args:
        net: Changed in place.
        parts: Names of parameters or of modules that hold them; ``decoders.NAME`` is the decoder of an identity.

    Returns:
        The names of the parameters that train no more.

    Raises:
        ConfigError: A name is no part of the network, or nothing would be left to train.
    """
    parameters = {named(name, net.identities): value for name, value in net.named_parameters()}
    frozen: list[str] = []
    for part in parts:
        within = [name for name in parameters if name == part or name.startswith(f"{part}.")]
        if not within:
            raise ConfigError(f"freeze={part}: no such part of the network; it has {', '.join(_parts(parameters))}")
        frozen += within
    if set(frozen) == set(parameters):
        raise ConfigError(f"freeze=[{','.join(parts)}] leaves nothing to train")
    for name in frozen:
        parameters[name].requires_grad_(False)
    return sorted(set(frozen))


def named(name: str, identities: Sequence[str]) -> str:
    """A weight's name with the identity's name in place of its place: ``decoders.1.x`` becomes ``decoders.bob.x``."""
    for prefix in _OF_IDENTITIES:
        if name.startswith(prefix):
            place, _, rest = name.removeprefix(prefix).partition(".")
            return f"{prefix}{identities[int(place)]}.{rest}"
    return name


def _parts(parameters: Mapping[str, Tensor]) -> list[str]:
    """The network's parts of first rank, decoders one by one."""
    tops = [".".join(name.split(".")[: 2 if name.startswith("decoders.") else 1]) for name in parameters]
    return list(dict.fromkeys(tops))
