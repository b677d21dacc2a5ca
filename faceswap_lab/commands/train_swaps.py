"""What a training run says of its swaps, and when: as often as the run can afford."""

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig

from faceswap_lab.core.build import build
from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.data.datamodule import FaceDataModule
from faceswap_lab.evaluation.held_out_swaps import FIGURES, HeldOutSwaps, Parted
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.training.budget import VALIDATIONS, affordable
from faceswap_lab.training.fit import resumable_card

logger = logging.getLogger("faceswap_lab")

_UNTIMED = 4  # checks in a run of so many steps, whose time nobody knows
_PREFIXES = tuple(f"val/{figure}" for figure in FIGURES)


@dataclass(frozen=True, slots=True)
class SwapPlan:
    """Checks of swaps that a run is going to have.

    Attributes:
        check: Measures a network.
        times: Checks in the whole run, about evenly spaced; None where it is said after how many steps.
        seconds: What they take of a run's minutes.
    """

    check: HeldOutSwaps
    times: int | None = None
    seconds: float = 0.0

    def settle(self, cfg: DictConfig, *, steps: int) -> None:
        """Puts the steps between two checks into the configuration, once the run's length is known."""
        if self.times is not None:
            cfg.callbacks.swaps.every_n_steps = math.ceil(steps / self.times)


def plan_swaps(cfg: DictConfig, data: FaceDataModule, net: SharedAutoencoder, card: Card) -> SwapPlan | None:
    """The checks of a run; None, and nothing of them in the configuration, where it has none.

    Args:
        cfg: Composed ``conf/train.yaml``.
        data: After ``setup``.
        net: What is about to be trained.
        card: Its card.

    Raises:
        ConfigError: Something decides by swaps, and they are switched off.
        FacesetError: The same, and too few faces are held out.
    """
    deciding = [f"callbacks.{name}.monitor={node.monitor}" for name, node in _deciding(cfg)]
    if not (cfg.callbacks or {}).get("swaps"):
        if deciding:
            raise ConfigError(f"{deciding[0]} needs callbacks.swaps, which is off; leave it on, or monitor val/ssim")
        return None
    people = {name: Parted(faceset, *data.parted(name)) for name, faceset in data.facesets.items()}
    try:
        check: HeldOutSwaps = build(cfg.callbacks.swaps.check)(people)
    except FacesetError as error:
        if deciding:
            raise
        return _off(cfg, str(error))
    if cfg.callbacks.swaps.every_n_steps is not None:
        return SwapPlan(check)
    if cfg.checkpoint is not None:
        return _as_before(cfg, check, resumable_card(cfg.checkpoint, net))
    if cfg.minutes is None or cfg.trainer.max_steps is not None:
        return SwapPlan(check, VALIDATIONS if deciding else _UNTIMED)
    seconds = check.seconds(net, card)
    times = VALIDATIONS if deciding else affordable(cfg.minutes, seconds=seconds)
    if not times:
        return _off(cfg, f"it takes {seconds:.1f} s, too long for minutes={cfg.minutes:g}")
    return SwapPlan(check, times, seconds * times)


def _deciding(cfg: DictConfig) -> Iterator[tuple[str, DictConfig]]:
    """Callbacks that decide by a figure of swaps."""
    for name, node in (cfg.callbacks or {}).items():
        if node and str(node.get("monitor")).startswith(_PREFIXES):
            yield str(name), node


def _as_before(cfg: DictConfig, check: HeldOutSwaps, before: Card) -> SwapPlan | None:
    """A run that goes on measures when it would have."""
    callbacks: dict[str, Any] = before["config"].get("callbacks") or {}
    if "swaps" not in callbacks:  # of an older version, or switched off there and not here
        return SwapPlan(check, _UNTIMED)
    if not callbacks["swaps"]:
        return _off(cfg, "the run that goes on did not")
    cfg.callbacks.swaps.every_n_steps = callbacks["swaps"]["every_n_steps"]
    return SwapPlan(check)


def _off(cfg: DictConfig, why: str) -> None:
    logger.warning("swaps are not measured during the run: %s", why)
    cfg.callbacks.swaps = None
