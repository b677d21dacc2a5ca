"""What a run's checkpoints say of themselves before its first step; the module adds the figures as they come."""

from collections.abc import Mapping
from typing import Any

from faceswap_lab.core.checkpoint import SCHEMA, Card, CropCard, IdentityCard
from faceswap_lab.core.versions import commit, versions
from faceswap_lab.models.autoencoder import SharedAutoencoder


def make_card(
    net: SharedAutoencoder,
    *,
    model: Mapping[str, Any],
    identities: Mapping[str, IdentityCard],
    crop: CropCard,
    finder: Mapping[str, str],
    seed: int,
    choices: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
) -> Card:
    """The card of a run that is about to start.

    Args:
        net: What is trained.
        model: Its configuration, plain, from which `convert` builds it again.
        identities: Consent, licence and face set of each, in the network's order.
        crop: Kind of the crops and side of the network's input, px.
        finder: Detector and landmarker that the crops were found with.
        seed: The run's.
        choices: Option chosen in each configuration group.
        config: The resolved configuration, plain.
    """
    return Card(
        schema=SCHEMA,
        model=_to_rebuild(net, model),
        identities=dict(identities),
        crop=crop,
        output_size=net.finished_size,
        finder=dict(finder),
        choices=dict(choices or {}),
        config=dict(config or {}),
        seed=seed,
        steps=0,
        metrics={},
        train_seconds=0.0,
        samples_per_s=0.0,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
        versions=versions(),
        commit=commit(),
    )


def _to_rebuild(net: SharedAutoencoder, model: Mapping[str, Any]) -> dict[str, Any]:
    options = net.encoder.options_to_rebuild()
    return {**model, "encoder": {**model["encoder"], **options}} if options else dict(model)
