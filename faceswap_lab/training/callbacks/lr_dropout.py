"""Leaves out a random part of every update, which keeps a long run from settling too early."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.seeding import generator
from faceswap_lab.training.module import AutoencoderModule

_STREAM = 4  # keeps these numbers apart from others drawn for the same step


class LrDropout(pl.Callback):
    """Each weight takes part in an update with a probability, each time anew; its gradient statistics always do.

    Which ones is a function of the run's seed and the step, equal on all processes. Costs a copy of the weights.

    Args:
        keep: Probability that a weight is updated, above 0 to 1.

    Raises:
        ConfigError: ``keep`` is out of its range.

    Source:
        Lin et al. 2019, arXiv:1912.00144, algorithm 1.
    """

    def __init__(self, *, keep: float = 0.3) -> None:
        if not 0 < keep <= 1:
            raise ConfigError(f"callbacks.lr_dropout.keep={keep} must lie above 0 and up to 1")
        self._keep = keep
        self._before: list[tuple[Tensor, Tensor]] = []
        self._hooks: list[RemovableHandle] = []

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, AutoencoderModule)
        run_seed = pl_module.card["seed"]

        def remember(optimizer: Optimizer, *_: Any) -> None:
            weights = [weight for group in optimizer.param_groups for weight in group["params"]]
            self._before = [(weight, weight.detach().clone()) for weight in weights]

        def undo(*_: Any) -> None:
            seed = int(generator(run_seed, trainer.global_step, _STREAM).integers(1 << 62))
            draws: dict[torch.device, torch.Generator] = {}
            with torch.no_grad():
                for weight, before in self._before:
                    device = weight.device
                    draw = draws.setdefault(device, torch.Generator(device).manual_seed(seed))
                    stays = torch.rand(weight.shape, generator=draw, device=device) >= self._keep
                    weight.copy_(torch.where(stays, before, weight))
            self._before = []

        for optimizer in trainer.optimizers:
            self._hooks += [optimizer.register_step_pre_hook(remember), optimizer.register_step_post_hook(undo)]

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._remove()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._remove()

    def _remove(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
