"""The training step: restore every identity's warped faces through the shared encoder and its own decoder.

Shape letters: B batch, S side of a face in px. A batch is ``{identity: FaceBatch}``.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from faceswap_lab.core.checkpoint import CARD_KEY, Card
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.seeding import generator
from faceswap_lab.data.batch import FaceBatch, SwapGoal
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.models.spec import Bottleneck, Decoded
from faceswap_lab.training.expression_reader import ExpressionReader
from faceswap_lab.training.losses.composite import CompositeLoss
from faceswap_lab.training.losses.l1 import MaskedL1
from faceswap_lab.training.metrics import masked_l1, masked_ssim

_NOISE = 6  # keeps a network's own noise apart from other numbers drawn for the same sample
_PARTNERS_AGREE_PX = 2  # their lips and lids lie on each other about so well; finer differences are not compared


class OptimizerFactory(Protocol):
    """Builds the optimiser."""

    def __call__(self, params: Iterator[nn.Parameter]) -> Optimizer: ...


class ScheduleFactory(Protocol):
    """Builds the course of the learning rate, which is stepped once per optimiser step."""

    def __call__(self, optimizer: Optimizer) -> LRScheduler: ...


class Drawn(NamedTuple):
    """What a step drew.

    Attributes:
        latents: Of every identity's faces.
        restored: The same faces, each by its own decoder.
    """

    latents: Mapping[str, Tensor]
    restored: Mapping[str, Decoded]


class AutoencoderModule(pl.LightningModule):
    """Trains a shared encoder with one decoder per identity.

    Args:
        net: Restores or swaps faces.
        loss: ``loss(decoded, target_B3SS, mask_B1SS, features_B1SS)`` gives named scalars, among them ``total``; see
            ``CompositeLoss``.
        make_optimizer: Takes parameters.
        make_schedule: Takes the optimiser.
        card: What a checkpoint says of itself; figures of the run are added when one is written.
        channels_last: Keep weights and features with the channels innermost in memory, as the batches are.
        compile: Compile the network first; a minute's wait, worth it on a GPU only.
        swap_weight: Weight, against restoring, of drawing another identity's most similar face from the same latents;
            needs data with partners.
        swap_loss: How that drawing is compared; by default like a restored face.
        features_weight: Weight of the mean absolute difference on eyes, nostrils and mouth, besides their part in the
            losses: little of the face, and where expression and gaze are.
        expression_weight: Weight of how well latents tell what a face does, see ``ExpressionReader``.

    Raises:
        ConfigError: A weight is negative, or latents are to tell expressions and each identity has its own.
    """

    def __init__(
        self,
        net: SharedAutoencoder,
        *,
        loss: nn.Module,
        make_optimizer: OptimizerFactory,
        make_schedule: ScheduleFactory,
        card: Card,
        channels_last: bool = True,
        compile: bool = False,
        swap_weight: float = 0.0,
        swap_loss: nn.Module | None = None,
        features_weight: float = 0.0,
        expression_weight: float = 0.0,
    ) -> None:
        super().__init__()
        self.net, self.loss, self.card = net, loss, card
        weights = {
            "swap_weight": swap_weight,
            "features_weight": features_weight,
            "expression_weight": expression_weight,
        }
        for name, weight in weights.items():
            if weight < 0:
                raise ConfigError(f"training.{name}={weight} must be 0 (off) or more")
        self.swap_weight, self.features_weight = swap_weight, features_weight
        self.expression_weight = expression_weight
        self.reader = _make_reader(net.bottleneck) if expression_weight else None
        self._swap_loss = swap_loss or loss
        self._features_loss, self._swap_features_loss = MaskedL1(), MaskedL1(shrink=_PARTNERS_AGREE_PX)
        self._make_optimizer, self._make_schedule = make_optimizer, make_schedule
        if channels_last:
            net.to(memory_format=torch.channels_last)
        self.compiled = compile
        if compile:
            net.encoder.compile()  # in place: the names in the checkpoint stay
            for decoder in net.decoders:
                decoder.compile()

    def encode(self, batch: Mapping[str, FaceBatch]) -> dict[str, Tensor]:
        """Latents of every identity's faces, from one pass of all of them through the encoder."""
        if self.training:
            self.net.bottleneck.noise_BN = self.noise(batch)
        latent = self.net.encode(torch.cat([faces.warped_B3SS for faces in batch.values()]))
        return dict(zip(batch, latent.split([len(faces.warped_B3SS) for faces in batch.values()]), strict=True))

    def noise(self, batch: Mapping[str, FaceBatch]) -> Tensor | None:
        """What the bottleneck draws for each face, a function of its key: no process draws what another one draws."""
        size, keys = self.net.bottleneck.noise_size, [faces.key_BK for faces in batch.values()]
        if not size or any(key_BK is None for key_BK in keys):
            return None
        rows = [
            generator(self.card["seed"], _NOISE, *key).standard_normal(size, dtype=np.float32)
            for key_BK in keys
            if key_BK is not None
            for key in key_BK.tolist()
        ]
        return torch.from_numpy(np.stack(rows))

    def restore(self, latents: Mapping[str, Tensor]) -> dict[str, Decoded]:
        """Draws every identity's faces with its own decoder."""
        return {name: self.net.decode(latent, name) for name, latent in latents.items()}

    def restore_and_swap(
        self, latents: Mapping[str, Tensor], batch: Mapping[str, FaceBatch]
    ) -> tuple[dict[str, Decoded], dict[str, Decoded]]:
        """As ``restore``, and the same faces as the identities of their partners; each decoder runs once for both.

        Raises:
            ConfigError: The batch has no partners.
        """
        swaps = {name: _partner(faces).identity for name, faces in batch.items()}
        restored: dict[str, Decoded] = {}
        swapped: dict[str, Decoded] = {}
        for drawn_as in self.net.identities:
            sources = [name for name in latents if name == drawn_as] + [n for n, to in swaps.items() if to == drawn_as]
            if not sources:
                continue
            drawn = self.net.decode(torch.cat([latents[name] for name in sources]), drawn_as)
            for name, decoded in zip(sources, _split(drawn, [len(latents[n]) for n in sources]), strict=True):
                (restored if name == drawn_as else swapped)[name] = decoded
        return restored, swapped

    def restoring_loss(self, decoded: Decoded, faces: FaceBatch) -> dict[str, Tensor]:
        """Terms of one identity's restored faces by name, and their weighted sum as ``total``."""
        terms = self.loss(decoded, faces.target_B3SS, faces.mask_B1SS, faces.features_B1SS)
        if self.features_weight:
            features = self._features_loss(decoded, faces.target_B3SS, faces.features_B1SS)
            terms = {**terms, "features": features, "total": terms["total"] + self.features_weight * features}
        return terms

    def swap_loss(self, swapped: Mapping[str, Decoded], batch: Mapping[str, FaceBatch]) -> Tensor:
        """How far faces drawn as other identities are from those identities' own that do most nearly the same."""
        losses: list[Tensor] = []
        for name, decoded in swapped.items():
            goal = _partner(batch[name])
            # The two outlines need not agree: the goal's own mask tells the mask head nothing.
            drawn = decoded._replace(mask_B1SS=goal.mask_B1SS)
            swap = self._swap_loss(drawn, goal.target_B3SS, goal.mask_B1SS, goal.features_B1SS)["total"]
            if self.features_weight:
                features = self._swap_features_loss(drawn, goal.target_B3SS, goal.features_B1SS)
                swap = swap + self.features_weight * features
            losses.append(swap)
        return torch.stack(losses).mean()

    def expression_loss(
        self, reader: ExpressionReader, latents: Mapping[str, Tensor], batch: Mapping[str, FaceBatch]
    ) -> Tensor:
        """How far latents are from telling what the faces do.

        Raises:
            ConfigError: The batch does not say it.
        """
        expressions = [batch[name].expression_BE for name in latents]
        known = [expression_BE for expression_BE in expressions if expression_BE is not None]
        if len(known) < len(expressions):
            raise ConfigError("training.expression_weight needs data that knows expressions; set it to 0")
        return reader.loss(torch.cat(list(latents.values())), torch.cat(known))

    def on_train_batch_start(self, batch: dict[str, FaceBatch], batch_idx: int) -> None:
        """Makes what a network may draw itself (dropout), and weights that change, functions of the step."""
        for part in self.modules():
            if isinstance(part, CompositeLoss):
                part.step = self.global_step
        torch.manual_seed(int(generator(self.card["seed"], self.global_step).integers(1 << 62)))

    def training_step(self, batch: dict[str, FaceBatch], batch_idx: int) -> Tensor | None:
        return self.losses(batch)[0]

    def losses(self, batch: dict[str, FaceBatch]) -> tuple[Tensor, Drawn]:
        """The sum that training lowers, logged with its parts, and what it is of."""
        latents = self.encode(batch)
        if self.swap_weight:
            restored, swapped = self.restore_and_swap(latents, batch)
        else:
            restored, swapped = self.restore(latents), {}
        terms = {name: self.restoring_loss(decoded, batch[name]) for name, decoded in restored.items()}
        keys = next(iter(terms.values()))
        mean = {key: torch.stack([of_one[key] for of_one in terms.values()]).mean() for key in keys}
        total = mean.pop("total")
        figures = {**mean, **{f"loss_{name}": of_one["total"] for name, of_one in terms.items()}}
        if swapped:
            swap = self.swap_loss(swapped, batch)
            figures["swap"] = swap
            total = total + self.swap_weight * swap
        if self.reader is not None:
            expression = self.expression_loss(self.reader, latents, batch)
            figures["expression"] = expression
            total = total + self.expression_weight * expression
        penalty = self.net.bottleneck.penalty()
        if penalty is not None:
            figures["penalty"] = penalty
            total = total + penalty
        together = self.trainer.world_size > 1  # of several processes the mean, which is that of the whole step
        self.log_dict({f"train/{key}": value.detach() for key, value in figures.items()}, sync_dist=together)
        self.log("train/loss", total.detach(), prog_bar=True, sync_dist=together)
        return total, Drawn(latents, restored)

    def on_train_batch_end(self, outputs: Any, batch: dict[str, FaceBatch], batch_idx: int) -> None:
        if self.global_step == self.trainer.max_steps:
            self.trainer.should_stop = True  # reaching max_steps alone would leave the last weights unmeasured

    def validation_step(self, batch: dict[str, FaceBatch], batch_idx: int) -> None:
        for name, decoded in self.restore(self.encode(batch)).items():
            faces = batch[name]
            for key, metric in (("ssim", masked_ssim), ("l1", masked_l1)):
                value_B = metric(decoded.image_B3SS, faces.target_B3SS, faces.mask_B1SS)
                self.log(f"val/{key}_{name}", value_B.mean(), on_epoch=True, batch_size=len(value_B), sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        for key in ("ssim", "l1"):
            values = [self.trainer.callback_metrics[f"val/{key}_{name}"] for name in self.net.identities]
            self.log(f"val/{key}", torch.stack(values).mean(), prog_bar=key == "ssim")

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        trained = [*self.net.parameters(), *([] if self.reader is None else self.reader.parameters())]
        optimizer = self._make_optimizer(p for p in trained if p.requires_grad)
        schedule = self._make_schedule(optimizer)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Puts the card in: str, int, float, bool, None, list and dict only, so that it loads with weights_only."""
        self.card["steps"] = self.global_step
        metrics = {name: float(value) for name, value in self.trainer.callback_metrics.items()}
        self.card["metrics"] = {**self.card["metrics"], **metrics}
        checkpoint[CARD_KEY] = self.card

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Goes on counting where the checkpoint stopped."""
        self.card["metrics"] = dict(checkpoint[CARD_KEY]["metrics"])


def _partner(faces: FaceBatch) -> SwapGoal:
    if faces.swap is None:
        raise ConfigError("training.swap_weight needs partners; set data.partners=3 or swap_weight=0")
    return faces.swap


def _make_reader(bottleneck: Bottleneck) -> ExpressionReader:
    if type(bottleneck).latent_of is not Bottleneck.latent_of:
        raise ConfigError(
            "training.expression_weight needs one latent for all identities; set it to 0 or choose bottleneck=dense"
        )
    return ExpressionReader(bottleneck.out_spec)


def _split(decoded: Decoded, counts: list[int]) -> list[Decoded]:
    parts = [[None] * len(counts) if maps is None else maps.split(counts) for maps in decoded]
    return [Decoded(*drawn) for drawn in zip(*parts, strict=True)]
