"""Training against a discriminator: restored faces must also look real to a network that learns to tell."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from faceswap_lab.data.batch import FaceBatch
from faceswap_lab.training.module import Drawn
from faceswap_lab.training.opposed import OpposedModule


class Discriminator(Protocol):
    """Gives logits of being real at several sizes."""

    def __call__(self, images_B3SS: Tensor) -> tuple[Tensor, ...]: ...


class AdversarialModule(OpposedModule):
    """Adds to the loss how surely a discriminator knows restored faces for drawn.

    Faces are shown to it blackened outside the mask. It sees those of all identities.

    Args:
        net: Restores or swaps faces.
        make_discriminator: Makes the other network.
        make_discriminator_optimizer: Takes its parameters.
        adversarial_weight: Of its opinion in the loss, see ``OpposedModule``.
        options: As of ``AutoencoderModule``.

    Raises:
        ConfigError: A weight is negative.

    Source:
        Goodfellow et al. 2014, arXiv:1406.2661, with the non-saturating loss of the generator.
    """

    option = "adversarial"

    def __init__(
        self,
        net: Any,
        *,
        make_discriminator: Callable[[], nn.Module],
        make_discriminator_optimizer: Callable[..., Optimizer],
        adversarial_weight: float | Mapping[int, float] = 0.1,
        **options: Any,
    ) -> None:
        super().__init__(
            net,
            discriminator=make_discriminator(),
            make_discriminator_optimizer=make_discriminator_optimizer,
            weight=adversarial_weight,
            weight_name="adversarial_weight",
            **options,
        )

    def opinion(self, drawn: Drawn, batch: Mapping[str, FaceBatch]) -> Tensor:
        return _cross_entropy(self.discriminator(_shown(drawn, batch)[0]), 1.0)

    def telling_loss(self, drawn: Drawn, batch: Mapping[str, FaceBatch]) -> Tensor:
        drawn_B3SS, real_B3SS = _shown(drawn, batch)
        # One pass for both, as for identities; no gradient reaches what drew the faces.
        logits = self.discriminator(torch.cat([drawn_B3SS.detach(), real_B3SS]))
        halves = [part.chunk(2) for part in logits]
        told = _cross_entropy([half[0] for half in halves], 0.0) + _cross_entropy([half[1] for half in halves], 1.0)
        return told / 2


def _shown(drawn: Drawn, batch: Mapping[str, FaceBatch]) -> tuple[Tensor, Tensor]:
    """Drawn and real faces of all identities in one batch each, black outside the mask."""
    faces = [decoded.image_B3SS * batch[name].mask_B1SS for name, decoded in drawn.restored.items()]
    real = [batch[name].target_B3SS * batch[name].mask_B1SS for name in drawn.restored]
    return torch.cat(faces), torch.cat(real)


def _cross_entropy(logits: Any, label: float) -> Tensor:
    """Mean over the sizes of the logits."""
    means = [F.binary_cross_entropy_with_logits(one.float(), torch.full_like(one.float(), label)) for one in logits]
    return torch.stack(means).mean()
