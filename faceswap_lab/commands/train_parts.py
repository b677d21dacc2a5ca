"""The parts of a training run, built from its configuration."""

from typing import Any

import pytorch_lightning as pl
from hydra.core.hydra_config import HydraConfig
from lightning_fabric.utilities.exceptions import MisconfigurationException
from omegaconf import DictConfig
from pytorch_lightning.loggers import Logger

from faceswap_lab.core.build import build
from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.training.budget import TrainerFactory
from faceswap_lab.training.callbacks.swaps import Check
from faceswap_lab.training.csv_log import CsvLog
from faceswap_lab.training.loggers import keep_id, tracker_settings
from faceswap_lab.training.module import AutoencoderModule


def chosen_options(cfg: DictConfig) -> dict[str, Any]:
    """The option chosen in each group; unknown where Hydra did not start this run."""
    if not HydraConfig.initialized() or HydraConfig.get().runtime.output_dir != cfg.output:
        return {}
    return {str(name): choice for name, choice in HydraConfig.get().runtime.choices.items() if "hydra" not in name}


def build_module(cfg: DictConfig, net: SharedAutoencoder, card: Card) -> AutoencoderModule:
    """The network with its loss, optimiser and schedule."""
    factories = {"make_optimizer": build(cfg.optimizer), "make_schedule": build(cfg.schedule)}
    return build(cfg.training)(net, loss=build(cfg.loss), card=card, **factories)


def build_callbacks(cfg: DictConfig, check: Check | None) -> list[pl.Callback]:
    """What happens around the steps.

    Args:
        cfg: Composed ``conf/train.yaml``.
        check: Measures swaps; None where ``callbacks.swaps`` is off.
    """
    nodes = {str(name): node for name, node in (cfg.callbacks or {}).items() if node}
    return [build(node)(check=check) if name == "swaps" else build(node) for name, node in nodes.items()]


def trainer_factory(cfg: DictConfig) -> TrainerFactory:
    """What builds the configured trainer; it raises ConfigError where Lightning refuses an option."""

    def make_trainer(**kwargs: Any) -> pl.Trainer:
        try:
            trainer: pl.Trainer = build(cfg.trainer)(**kwargs)
        except (MisconfigurationException, ValueError, TypeError) as error:
            raise ConfigError(f"trainer: {str(error).splitlines()[0]}") from error
        if cfg.roll_back and trainer.world_size > 1:
            raise ConfigError("roll_back works with one process; set roll_back=0, or trainer.devices=1")
        if str(cfg.trainer.get("precision")).startswith("16") and trainer.strategy.root_device.type == "cpu":
            raise ConfigError(
                f"trainer.precision={cfg.trainer.precision} needs a GPU; on a CPU use 32-true or bf16-mixed"
            )
        return trainer

    return make_trainer


def build_loggers(cfg: DictConfig, card: Card) -> list[Logger]:
    """Where figures go, told what the run's choices are; ``metrics.csv`` is always among them.

    Raises:
        ConfigError: A tracker is not installed.
    """
    built: list[Logger] = []
    nodes = dict(cfg.logger or {})
    for name, node in nodes.items():
        known = tracker_settings(str(name), cfg.output)
        built.append(build(node, **{key: value for key, value in known.items() if node.get(key) is None}))
        if keep_id(built[-1], cfg.output):
            continue  # resumed: its table is there already, and some trackers refuse another
        # A chosen, resolved table: never paths or loggers, which may hold what should not leave the machine.
        built[-1].log_hyperparams({"seed": card["seed"], "choices": card["choices"], **card["config"]})
    return built if any(isinstance(one, CsvLog) for one in built) else [CsvLog(cfg.output), *built]
