"""Training against a discriminator: restored faces must also look real to a network that learns to tell.

Optimised by hand, for two networks take turns; a step of the run is a step of the autoencoder.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.staged import Staged
from faceswap_lab.data.batch import FaceBatch
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.module import AutoencoderModule


class Discriminator(Protocol):
    """Gives logits of being real at several sizes."""

    def __call__(self, images_B3SS: Tensor) -> tuple[Tensor, ...]: ...


class AdversarialModule(AutoencoderModule):
    """Adds to the loss how surely a discriminator knows restored faces for drawn.

    Faces are shown to it blackened outside the mask. It sees those of all identities.

    Args:
        net: Restores or swaps faces.
        make_discriminator: Makes the other network.
        make_discriminator_optimizer: Takes its parameters.
        adversarial_weight: Of its opinion in the loss; or the steps from which numbers hold, such as
            ``{0: 0, 100000: 0.1}``. Where it is 0 the discriminator does not learn either.
        options: As of ``AutoencoderModule``.

    Raises:
        ConfigError: A weight is negative.

    Source:
        Goodfellow et al. 2014, arXiv:1406.2661, with the non-saturating loss of the generator.
    """

    def __init__(
        self,
        net: Any,
        *,
        make_discriminator: Callable[[], nn.Module],
        make_discriminator_optimizer: Callable[..., Optimizer],
        adversarial_weight: float | Mapping[int, float] = 0.1,
        **options: Any,
    ) -> None:
        super().__init__(net, **options)
        self.automatic_optimization = False
        self.discriminator = make_discriminator()
        self._make_discriminator_optimizer = make_discriminator_optimizer
        self._weight = Staged(adversarial_weight, name="training.adversarial_weight", least=0.0)

    def on_fit_start(self) -> None:
        """Refuses what was never tried; clipping and accumulation, Lightning refuses itself."""
        trainer: pl.Trainer = self.trainer
        if trainer.world_size > 1:
            raise ConfigError("training=adversarial works with one process; set trainer.devices=1")
        if trainer.precision in ("16-mixed", "16-true"):
            raise ConfigError("training=adversarial does not work with 16 bits; set trainer.precision=bf16-mixed")

    def training_step(self, batch: dict[str, FaceBatch], batch_idx: int) -> None:
        weight = self._weight.at(self.global_step)
        total, restored = self.losses(batch)
        if weight:
            drawn_B3SS, real_B3SS = _shown(restored, batch)
            self.discriminator.requires_grad_(False)
            fooled = _cross_entropy(self.discriminator(drawn_B3SS), 1.0)
            self.log("train/adversarial", fooled.detach())
            total = total + weight * fooled
        optimizers: Any = self.optimizers()
        optimizers[0].zero_grad()
        self.manual_backward(total)
        optimizers[0].step()
        schedule: Any = self.lr_schedulers()
        schedule.step()
        if weight:
            self.discriminator.requires_grad_(True)
            # One pass for both, as for identities; no gradient reaches what drew the faces.
            logits = self.discriminator(torch.cat([drawn_B3SS.detach(), real_B3SS]))
            halves = [part.chunk(2) for part in logits]
            told = _cross_entropy([half[0] for half in halves], 0.0) + _cross_entropy([half[1] for half in halves], 1.0)
            self.log("train/discriminator", told.detach() / 2)
            # Lightning's wrapper would count this as another step of the run.
            other: Any = self.optimizers(use_pl_optimizer=False)
            other[1].zero_grad()
            self.manual_backward(told / 2)
            other[1].step()

    def configure_optimizers(self) -> Any:
        first = super().configure_optimizers()
        return first, {"optimizer": self._make_discriminator_optimizer(self.discriminator.parameters())}


def _shown(restored: Mapping[str, Decoded], batch: Mapping[str, FaceBatch]) -> tuple[Tensor, Tensor]:
    """Drawn and real faces of all identities in one batch each, black outside the mask."""
    drawn = [decoded.image_B3SS * batch[name].mask_B1SS for name, decoded in restored.items()]
    real = [batch[name].target_B3SS * batch[name].mask_B1SS for name in restored]
    return torch.cat(drawn), torch.cat(real)


def _cross_entropy(logits: Any, label: float) -> Tensor:
    """Mean over the sizes of the logits."""
    means = [F.binary_cross_entropy_with_logits(one.float(), torch.full_like(one.float(), label)) for one in logits]
    return torch.stack(means).mean()
