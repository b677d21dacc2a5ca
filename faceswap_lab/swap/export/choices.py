"""What an export is to be, checked before any work: format, whom it draws, and on which ground."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import torch

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.consent import RESEARCH, check_purpose
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.swap.export.contract import CONTRACTS
from faceswap_lab.swap.export.sidecar import Exported
from faceswap_lab.swap.footage_faces import sets_of_card
from faceswap_lab.swap.involved import consent_now
from faceswap_lab.swap.onnx_runtime import import_onnx, import_runtime

logger = logging.getLogger(__name__)

FORMATS = ("dfm", "onnx", "safetensors")
_OPSETS = range(11, 19)  # before, pixels cannot be shuffled as ours are; beyond, the exporter knows nothing


class Choices(NamedTuple):
    """What was asked for; see ``export.export_checkpoint``."""

    fp16: bool
    identity: str | None
    footage_identity: str | None
    opset: int | None


def format_of(output: Path, format: str | None) -> str:
    """The format, which is the suffix: files are told apart by it when they are read.

    Raises:
        ConfigError: It is unknown, is not the suffix, or needs a package that is not installed.
    """
    suffix = output.suffix.lower().lstrip(".")
    chosen = format or suffix
    if chosen not in FORMATS:
        said = f"format={format}" if format else f"output={output}"
        raise ConfigError(
            f"{said}: a network is exported as {', '.join(FORMATS)}; give one as format= or as the suffix"
        )
    if chosen != suffix:
        raise ConfigError(
            f"output={output} does not end in .{chosen}, as format={chosen} does; name it {output.stem}.{chosen}"
        )
    if chosen in CONTRACTS:
        import_onnx()
        import_runtime()
    return chosen


def choose_weights(network: SharedAutoencoder, choices: Choices) -> Exported:
    """The whole network.

    Raises:
        ConfigError: Something is chosen that has no effect.
    """
    for name in ("identity", "footage_identity", "opset"):
        if (value := getattr(choices, name)) is not None:
            raise ConfigError(f"{name}={value}: format=safetensors holds the whole network; leave it out")
    return Exported(
        format="safetensors",
        identity=None,
        footage_identity=None,
        fp16=choices.fp16,
        opset=None,
        has_masks=_draws_masks(network),
        strength=None,
    )


def choose_graph(network: SharedAutoencoder, format: str, choices: Choices) -> Exported:
    """One identity of a network, as a graph.

    Raises:
        ConfigError: An identity is missing, unknown or cannot be drawn, or the opset is none that we write.
    """
    contract, identity, footage_identity = CONTRACTS[format], choices.identity, choices.footage_identity
    drawable = [name for name in network.identities if network.refusal(name) is None]
    if identity is None and len(drawable) > 1:
        raise ConfigError(f"identity is missing: a .{format} draws one person; give one of {', '.join(drawable)}")
    identity = identity or drawable[0]
    _check_known(network, "identity", identity)
    if (reason := network.refusal(identity)) is not None:
        raise ConfigError(f"identity={identity}: {reason}")
    if choices.opset is not None and choices.opset not in _OPSETS:
        raise ConfigError(
            f"opset={choices.opset}: use {_OPSETS[0]} to {_OPSETS[-1]}; old programs want {CONTRACTS['dfm'].opset}"
        )
    has_masks = _draws_masks(network)
    if contract.footage_mask is None and footage_identity is not None:
        raise ConfigError(
            f"footage_identity={footage_identity}: only a .dfm has a mask of the footage's face; leave it out"
        )
    if footage_identity is not None:
        _check_known(network, "footage_identity", footage_identity)
    elif contract.footage_mask is not None and has_masks:
        others = [name for name in network.identities if name != identity] or [identity]
        if len(others) > 1:
            raise ConfigError(
                f"footage_identity is missing: whose footage is {identity} put into? give one of {', '.join(others)}"
            )
        footage_identity = others[0]
    return Exported(
        format=format,
        identity=identity,
        footage_identity=footage_identity if has_masks else None,
        fp16=choices.fp16,
        opset=choices.opset or contract.opset,
        has_masks=has_masks,
        strength=float(network.bottleneck.strength) if network.bottleneck.morphs else None,
    )


def require_consents(card: Card, names: Iterable[str], *, purpose: str = RESEARCH) -> dict[str, dict[str, str | None]]:
    """The consents of those who are drawn as they are now; refuses to pass on a face that may not be used.

    Args:
        card: The checkpoint's own, which names the face sets.
        names: Who is drawn.
        purpose: What the file is for, one of ``core.consent.PURPOSES``.

    Raises:
        ConsentError: A record is missing, incomplete, has ended, is of other faces, or does not cover the purpose; the
            message says whose.
    """
    check_purpose(purpose)
    sets = sets_of_card(card)
    return {name: consent_now(card, name, sets.get(name), purpose=purpose).to_dict() for name in names}


def warn_of_crop(card: Card) -> None:
    """Other programs cut the crops themselves, in one way."""
    kind, coverage = card["crop"]["kind"], card["crop"].get("coverage", 1)
    if (kind, coverage) != ("whole", 1):
        logger.warning(
            "the network was trained on crop=%s%s, and programs that read .dfm files cut the whole face: what it draws "
            "will not fit there; extract with crop=whole and train again for them (convert cuts what the card says)",
            kind,
            "" if coverage == 1 else f" crop.coverage={coverage:g}",
        )


def _check_known(network: SharedAutoencoder, option: str, name: str) -> None:
    if name not in network.identities:
        raise ConfigError(f"{option}={name} is not in the checkpoint; it holds {', '.join(network.identities)}")


def _draws_masks(network: SharedAutoencoder) -> bool:
    with torch.inference_mode():
        blank = torch.zeros(1, 3, network.input_size, network.input_size)
        return network(blank, network.identities[0]).mask_B1SS is not None
