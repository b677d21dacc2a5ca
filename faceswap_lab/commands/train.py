"""Train one encoder and a decoder per identity on face sets."""

import logging
import time
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import pytorch_lightning as pl
from omegaconf import DictConfig, OmegaConf

from faceswap_lab.commands.train_grain import measure_grain
from faceswap_lab.commands.train_length import check_length
from faceswap_lab.commands.train_parts import (
    build_callbacks,
    build_loggers,
    build_module,
    chosen_options,
    trainer_factory,
)
from faceswap_lab.commands.train_swaps import SwapPlan, plan_swaps
from faceswap_lab.core.build import build
from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.core.seeding import seed_everything
from faceswap_lab.core.targets import plain
from faceswap_lab.data.datamodule import FaceDataModule
from faceswap_lab.data.identities import crop_card, finder_card, identity_cards, open_facesets
from faceswap_lab.media.timelapse import write_timelapse
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.training.budget import steps_for, validation_interval, warn_if_unused
from faceswap_lab.training.card import make_card
from faceswap_lab.training.checkpoint_io import intact
from faceswap_lab.training.compiling import compiling
from faceswap_lab.training.find_rate import find_rate
from faceswap_lab.training.fit import fit, resumable_card
from faceswap_lab.training.roll_back import with_roll_backs
from faceswap_lab.training.warm_start import freeze, warm_start

logger = logging.getLogger("faceswap_lab")

SUPPLIED = {"model": ("identities",), "callbacks.swaps": ("every_n_steps",)}
SUPPLIED |= {"schedule": ("total_steps",)}  # trainer.max_steps, which is null until minutes= has become steps
DEFAULT_STEPS = 100_000
_SAFETY = 1.5  # a budgeted run on a machine that turned slow stops after this many budgets
_RECORDED = ("data", "augment", "loss", "optimizer", "schedule", "training", "trainer", "callbacks", "range", "minutes")
_RECORDED += ("freeze", "purpose", "validate_every")


def run(cfg: DictConfig) -> float:
    """Trains and returns the mean held-out SSIM after the last step; with ``find_lr`` the rate that it suggests.

    Args:
        cfg: Composed ``conf/train.yaml``; the number of steps is filled in.

    Raises:
        ConsentError: A face set's consent is incomplete or has expired.
        FaceswapLabError: A face set is too small, an option does not fit, a checkpoint is of another run.
    """
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    check_length(cfg)
    facesets = open_facesets(cfg.facesets, purpose=cfg.purpose)
    seed_everything(cfg.seed)
    if cfg.checkpoint is not None:
        cfg.checkpoint = str(intact(cfg.checkpoint))
    cfg.model.identities = list(facesets)
    net: SharedAutoencoder = build(cfg.model)
    _prepare(net, cfg)
    sizes = {"input_size": net.input_size, "target_size": net.output_size}
    augment = build(cfg.augment)
    data: FaceDataModule = build(cfg.data)(facesets, augment=augment, seed=cfg.seed, ranges=plain(cfg.range), **sizes)
    data.prepare_data()
    data.setup()
    measure_grain(net, data)
    card = make_card(
        net,
        model=plain(cfg.model),
        identities=identity_cards(facesets),
        crop=crop_card(facesets, input_size=net.input_size),
        finder=finder_card(facesets),
        seed=cfg.seed,
        choices=chosen_options(cfg),
    )
    if cfg.find_lr:
        return _find_rate(cfg, net, data, card)
    probed = cfg.trainer.max_steps is None and cfg.checkpoint is None
    try:
        plan = plan_swaps(cfg, data, net, card)
        steps = cfg.trainer.max_steps = _choose_steps(cfg, net, data, card, besides_s=plan.seconds if plan else 0.0)
        if plan is not None:
            plan.settle(cfg, steps=steps)
        card["config"] = {name: plain(cfg[name]) for name in _RECORDED}
        atomic_write_text(Path(cfg.output) / "config.yaml", OmegaConf.to_yaml(cfg, resolve=True))
        began_s = time.monotonic()
        score = _fit(cfg, net, data, card, plan, steps=steps)
        if probed and cfg.minutes is not None:
            warn_if_unused(cfg.minutes, spent_s=time.monotonic() - began_s, steps=steps)
    finally:
        data.teardown()
    _timelapse(Path(cfg.output) / "previews")
    logger.info("wrote %s", Path(cfg.output) / "checkpoints" / "last.ckpt")
    return score


def _fit(
    cfg: DictConfig, net: SharedAutoencoder, data: FaceDataModule, card: Card, plan: SwapPlan | None, *, steps: int
) -> float:
    interval = validation_interval(
        steps, validation_faces=data.num_validation_faces, faces_per_step=data.faces_per_step, wanted=cfg.validate_every
    )

    def once(checkpoint: Path | None, more: Sequence[pl.Callback]) -> float:
        return fit(
            build_module(cfg, net, card),
            data,
            folder=cfg.output,
            max_steps=steps,
            validate_every=interval,
            checkpoint=cfg.checkpoint if checkpoint is None else checkpoint,
            make_trainer=trainer_factory(cfg),
            callbacks=[*build_callbacks(cfg, None if plan is None else plan.check), *more],
            loggers=build_loggers(cfg, card),
            max_minutes=None if cfg.minutes is None else _SAFETY * cfg.minutes,
        )

    return with_roll_backs(once, last=Path(cfg.output) / "checkpoints" / "last.ckpt", times=cfg.roll_back)


def _prepare(net: SharedAutoencoder, cfg: DictConfig) -> None:
    """Takes weights from another run, and freezes parts."""
    parts: list[str] = list(cfg.freeze or [])
    if cfg.init_from is not None:
        begun = warm_start(net, cfg.init_from)
        logger.info("init_from: %d weights taken from %s", len(begun.taken), cfg.init_from)
        for what, names in (("not in it", begun.fresh), ("of another shape", begun.misfits), ("unused", begun.unused)):
            if names:
                logger.info("init_from: %s: %s", what, ", ".join(names))
        if cfg.freeze is None and begun.new_identities:
            parts = begun.taken_parameters
            logger.info("training %s only; freeze=[] trains all", ", ".join(begun.new_identities))
    if parts:
        freeze(net, parts)


def _find_rate(cfg: DictConfig, net: SharedAutoencoder, data: FaceDataModule, card: Card) -> float:
    trial = deepcopy(cfg)
    trial.trainer.max_steps = DEFAULT_STEPS  # what schedules interpolate
    folder = Path(cfg.output)
    try:
        rate = find_rate(build_module(trial, net, card), data, make_trainer=trainer_factory(cfg), folder=folder)
    finally:
        data.teardown()
    logger.info("wrote %s; the loss falls fastest at optimizer.lr=%.1e", folder / "lr_find.csv", rate)
    return rate


def _timelapse(folder: Path) -> None:
    """A clip of the previews, where there are several."""
    pictures = sorted(folder.glob("[0-9]*.png"))
    if len(pictures) > 1:
        write_timelapse(folder / "timelapse.mp4", pictures)


def _choose_steps(
    cfg: DictConfig, net: SharedAutoencoder, data: FaceDataModule, card: Card, *, besides_s: float
) -> int:
    """The number given wins, then that of the run to go on with, then the budget's."""
    steps, why = cfg.trainer.max_steps, "trainer.max_steps is given"
    if steps is None and cfg.checkpoint is not None:
        steps = resumable_card(cfg.checkpoint, net)["config"]["trainer"]["max_steps"]
        why = "a resumed run keeps its length"
    if steps is not None and cfg.minutes is not None:
        logger.warning("minutes=%g does not change the number of steps: %s", cfg.minutes, why)
    if steps is not None:
        return int(steps)
    if cfg.minutes is None:
        logger.info("neither minutes= nor trainer.max_steps= is given: training %d steps; Ctrl-C stops", DEFAULT_STEPS)
        return DEFAULT_STEPS
    probe = deepcopy(cfg)
    probe.trainer.max_steps = DEFAULT_STEPS  # what schedules interpolate
    make_trainer = trainer_factory(cfg)
    module = build_module(probe, deepcopy(net), card)
    with compiling(module.compiled):
        return steps_for(
            cfg.minutes, make_module=lambda: module, data=data, make_trainer=make_trainer, besides_s=besides_s
        )
