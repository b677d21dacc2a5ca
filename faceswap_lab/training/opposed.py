"""Training against a second network that learns to tell what the first tries to hide.

Optimised by hand, for two networks take turns; a step of the run is a step of the autoencoder.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.staged import Staged
from faceswap_lab.data.batch import FaceBatch
from faceswap_lab.training.module import AutoencoderModule, Drawn


class OpposedModule(AutoencoderModule, ABC):
    """Adds to the loss how well a discriminator does; what it is shown, heirs say.

    Args:
        net: Restores or swaps faces.
        discriminator: The other network.
        make_discriminator_optimizer: Takes its parameters.
        weight: Of its opinion in the loss; or the steps from which numbers hold, such as ``{0: 0, 100000: 0.1}``. Where
            it is 0 the discriminator does not learn either.
        weight_name: The weight's option, for messages and, less ``_weight``, for the log.
        options: As of ``AutoencoderModule``.

    Raises:
        ConfigError: A weight is negative.
    """

    option: ClassVar[str]
    """Of ``training=``, for messages."""

    def __init__(
        self,
        net: Any,
        *,
        discriminator: nn.Module,
        make_discriminator_optimizer: Callable[..., Optimizer],
        weight: float | Mapping[int, float],
        weight_name: str,
        **options: Any,
    ) -> None:
        super().__init__(net, **options)
        self.automatic_optimization = False
        self.discriminator = discriminator
        self._make_discriminator_optimizer = make_discriminator_optimizer
        self._weight = Staged(weight, name=f"training.{weight_name}", least=0.0)
        self._figure = weight_name.removesuffix("_weight")

    @abstractmethod
    def opinion(self, drawn: Drawn, batch: Mapping[str, FaceBatch]) -> Tensor:
        """What the autoencoder lowers: how far from fooled the discriminator is."""

    @abstractmethod
    def telling_loss(self, drawn: Drawn, batch: Mapping[str, FaceBatch]) -> Tensor:
        """What the discriminator lowers; no gradient of it may reach the autoencoder."""

    def on_fit_start(self) -> None:
        """Refuses what was never tried; clipping and accumulation, Lightning refuses itself."""
        trainer: pl.Trainer = self.trainer
        if trainer.precision in ("16-mixed", "16-true"):
            raise ConfigError(f"training={self.option} does not work with 16 bits; set trainer.precision=bf16-mixed")

    def training_step(self, batch: dict[str, FaceBatch], batch_idx: int) -> None:
        weight, together = self._weight.at(self.global_step), self.trainer.world_size > 1
        total, drawn = self.losses(batch)
        if weight:
            self.discriminator.requires_grad_(False)
            opinion = self.opinion(drawn, batch)
            self.discriminator.requires_grad_(True)
            told = self.telling_loss(drawn, batch)
            self.log(f"train/{self._figure}", opinion.detach(), sync_dist=together)
            self.log("train/discriminator", told.detach(), sync_dist=together)
            total = total + weight * opinion + told
        elif together:  # processes wait for a gradient of every weight
            total = total + 0.0 * torch.stack([part.sum() for part in self.discriminator.parameters()]).sum()
        # Lightning's wrapper would count the discriminator's as another step of the run.
        counted: Any = self.optimizers()
        other: Any = self.optimizers(use_pl_optimizer=False)
        counted[0].zero_grad()
        other[1].zero_grad()
        # One pass back for both: neither loss has a gradient for the other's weights, and processes meet once a step.
        self.manual_backward(total)
        counted[0].step()
        schedule: Any = self.lr_schedulers()
        schedule.step()
        if weight:
            other[1].step()

    def configure_optimizers(self) -> Any:
        first = super().configure_optimizers()
        return first, {"optimizer": self._make_discriminator_optimizer(self.discriminator.parameters())}
