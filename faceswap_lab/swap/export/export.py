"""The export: a checkpoint in, a file that other programs run out, with its card and its parity beside it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from safetensors.torch import save
from torch import Tensor

from faceswap_lab.core.checkpoint import CARD_KEY, Card, read_checkpoint, rebuild_network, travelling_card
from faceswap_lab.core.consent import RESEARCH
from faceswap_lab.core.errors import CheckpointError
from faceswap_lab.core.files import atomic_path, atomic_write_json, check_output, sha256_of
from faceswap_lab.core.model_card import write_model_card
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.provenance.credential import Credential
from faceswap_lab.provenance.seal import sealed
from faceswap_lab.swap.export.choices import (
    Choices,
    choose_graph,
    choose_weights,
    format_of,
    require_consents,
    warn_of_crop,
)
from faceswap_lab.swap.export.contract import CONTRACTS, Graph
from faceswap_lab.swap.export.draw import ByGraph, ByNetwork, by_weights, output_names
from faceswap_lab.swap.export.graph import finished, to_onnx
from faceswap_lab.swap.export.half import to_half
from faceswap_lab.swap.export.parity import Parity, measure_parity
from faceswap_lab.swap.export.sidecar import EXPORT_KEY, SCHEMA, Exported, parity_path, sidecar_path
from faceswap_lab.swap.onnx_runtime import import_runtime

_STRENGTHS = (0.0, 0.5, 1.0)
_HALVED_FROM = 2**14
"""Numbers of the smallest tensor that becomes float16: first and last layers are smaller, and count most."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written.

    Attributes:
        output: The file.
        exported: What it is.
        parity: How near it draws to the network.
    """

    output: Path
    exported: Exported
    parity: Parity


def export_checkpoint(
    checkpoint: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    format: str | None = None,
    identity: str | None = None,
    footage_identity: str | None = None,
    fp16: bool = False,
    opset: int | None = None,
    purpose: str = RESEARCH,
    credential: Credential | None = None,
) -> ExportReport:
    """Writes a network as a file that other programs run; nothing is written where it draws something else.

    Args:
        checkpoint: Written by ``train`` or ``export``.
        output: The file; its suffix is the format's.
        format: One of ``choices.FORMATS``; None: as the suffix says.
        identity: Whom a graph draws; None where there is one choice only.
        footage_identity: Whose mask a .dfm gives for the face in the footage; None: the other one of two.
        fp16: Whether weights (and the arithmetic of graphs) are float16.
        opset: Version of ONNX's operators; None: 12 for .dfm, 17 for .onnx.
        purpose: What the file is for, one of ``core.consent.PURPOSES``; the consent of all who are drawn covers it.
        credential: Signs the sidecar; None: the local authority, as ``provenance.authority`` makes it.

    Raises:
        CheckpointError: The checkpoint cannot be used, or the file would draw something else than its network.
        ConfigError: An option does not fit, the certificate cannot be used, or onnx or onnxruntime are not installed.
        ConsentError: The consent of somebody who is drawn is missing, has ended, or does not cover the purpose.
        OutputError: The output cannot be written.
    """
    output = Path(output)
    format = format_of(output, format)
    check_output(output, [checkpoint])
    if Path(checkpoint).suffix.lower() in (".dfm", ".onnx"):
        raise CheckpointError(
            f"checkpoint {os.fspath(checkpoint)}: a graph cannot be exported again; give the .ckpt or .safetensors "
            "file that it was made from"
        )
    content = read_checkpoint(checkpoint)
    network, card = rebuild_network(content), travelling_card(content[CARD_KEY])
    if not isinstance(network, SharedAutoencoder):
        raise CheckpointError(
            f"checkpoint {os.fspath(checkpoint)}: its network is no SharedAutoencoder; it draws no faces"
        )
    identification = (credential or Credential()).identification()
    choices = Choices(fp16=fp16, identity=identity, footage_identity=footage_identity, opset=opset)
    if format in CONTRACTS:
        exported = choose_graph(network, format, choices)
        drawn = [name for name in (exported["identity"], exported["footage_identity"]) if name is not None]
    else:
        exported, drawn = choose_weights(network, choices), network.identities
    for name, consent in require_consents(content[CARD_KEY], drawn, purpose=purpose).items():
        card["identities"][name]["consent"] = consent
    if format == "dfm":
        warn_of_crop(card)
    with atomic_path(output) as temporary:
        temporary.write_bytes(
            _graph(network, card, exported) if format in CONTRACTS else _weights(network, card, exported)
        )
        parity = _parity(network, temporary, exported)
        parity.require(output.name)
        sha256 = sha256_of(temporary)
        described = {
            "schema": SCHEMA,
            "file": output.name,
            "sha256": sha256,
            "export": dict(exported),
            "purpose": purpose,
        }
        atomic_write_json(parity_path(output), described | {"parity": parity.to_dict()})
        model_card_sha256 = sha256_of(write_model_card(output, card))
        described |= {"model_card_sha256": model_card_sha256, "card": card}
        atomic_write_json(sidecar_path(output), sealed(described, identification))
    return ExportReport(output, exported, parity)


def _graph(network: SharedAutoencoder, card: Card, exported: Exported) -> bytes:
    contract, identity = CONTRACTS[exported["format"]], cast(str, exported["identity"])
    graph = Graph(network, identity=identity, footage_identity=exported["footage_identity"], contract=contract)
    try:
        model = to_onnx(
            graph.eval(),
            contract,
            input_size=network.input_size,
            output_size=network.finished_size,
            morphs=network.bottleneck.morphs,
            opset=cast(int, exported["opset"]),
        )
    finally:
        if exported["strength"] is not None:
            network.bottleneck.set_strength(exported["strength"])  # tracing left its own
    return finished(
        to_half(model) if exported["fp16"] else model,
        description=f"Draws the face of {identity}. AI-generated faces; consent is recorded in {CARD_KEY}.",
        metadata={CARD_KEY: json.dumps(card), EXPORT_KEY: json.dumps(exported)},
    )


def _weights(network: SharedAutoencoder, card: Card, exported: Exported) -> bytes:
    def halved(value: Tensor) -> bool:
        return exported["fp16"] and value.is_floating_point() and value.numel() >= _HALVED_FROM

    tensors = {
        name: value.contiguous().half() if halved(value) else value.contiguous()
        for name, value in network.state_dict().items()
    }
    return save(tensors, metadata={CARD_KEY: json.dumps(card), EXPORT_KEY: json.dumps(exported)})


def _parity(network: SharedAutoencoder, file: Path, exported: Exported) -> Parity:
    is_graph = exported["format"] in CONTRACTS
    backends = {"torch": str(torch.__version__)} | ({"onnxruntime": import_runtime().__version__} if is_graph else {})
    return measure_parity(
        ByNetwork(network, exported),
        ByGraph(file) if is_graph else by_weights(file, exported),
        output_names(network, exported),
        size=network.input_size,
        fp16=exported["fp16"],
        strengths=_STRENGTHS if network.bottleneck.morphs else (),
        backends=backends,
    )
