"""One training run, from objects to checkpoints, for notebooks and the `train` command alike."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytorch_lightning as pl
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import Checkpoint
from pytorch_lightning.loggers import Logger, WandbLogger

from faceswap_lab.core.checkpoint import CARD_KEY, WEIGHTS_SUFFIX, Card, read_checkpoint
from faceswap_lab.core.errors import CheckpointError, ConfigError
from faceswap_lab.core.model_card import describe_checkpoint
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.training.budget import TrainerFactory
from faceswap_lab.training.callbacks.checkpointer import Checkpointer
from faceswap_lab.training.callbacks.finite import StopOnNan
from faceswap_lab.training.callbacks.preview import Preview
from faceswap_lab.training.callbacks.progress import TrainingProgress
from faceswap_lab.training.callbacks.tables import Tables
from faceswap_lab.training.callbacks.throughput import Throughput
from faceswap_lab.training.checkpoint_io import AtomicCheckpointIO
from faceswap_lab.training.compiling import compiling
from faceswap_lab.training.csv_log import CsvLog
from faceswap_lab.training.module import AutoencoderModule

OBJECTIVE = "val/ssim"


def default_callbacks() -> list[pl.Callback]:
    """Those of ``conf/callbacks/default.yaml`` but ``Swaps``, which needs held-out faces."""
    return [Throughput(), TrainingProgress(), StopOnNan(), Preview(), Tables(), Checkpointer()]


def fit(
    module: AutoencoderModule,
    data: pl.LightningDataModule,
    *,
    folder: str | os.PathLike[str],
    max_steps: int,
    validate_every: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    make_trainer: TrainerFactory | None = None,
    callbacks: Sequence[pl.Callback] | None = None,
    loggers: Sequence[Logger] | None = None,
    max_minutes: float | None = None,
) -> float:
    """Trains until ``max_steps`` and leaves checkpoints, previews and metrics in a folder.

    Args:
        module: What is trained.
        data: On what.
        folder: The run's folder.
        max_steps: Optimiser steps since the run began, those before ``checkpoint`` included.
        validate_every: Steps between two validations; the last step always validates.
        checkpoint: The ``last.ckpt`` to go on from; network, optimiser, schedule and data all do.
        make_trainer: Builds the trainer from the arguments that this function knows; by default Lightning's.
        callbacks: By default ``default_callbacks()``.
        loggers: By default one that writes ``metrics.csv``.
        max_minutes: A safety stop, for a machine that turned slow.

    Returns:
        The mean held-out SSIM after the last step.

    Raises:
        CheckpointError: The checkpoint is missing, foreign, of other identities or of another network.
        ConfigError: The run diverged, or the network is to be compiled and cannot be.
    """
    if checkpoint is not None:
        resumable_card(checkpoint, module.net)
    callbacks = default_callbacks() if callbacks is None else list(callbacks)
    loggers = [CsvLog(str(folder))] if loggers is None else list(loggers)
    trainer = (make_trainer or pl.Trainer)(
        default_root_dir=Path(folder),
        max_steps=max_steps,
        max_time=None if max_minutes is None else timedelta(minutes=max_minutes),
        check_val_every_n_epoch=None,  # the whole run is one endless epoch
        num_sanity_val_steps=0,
        use_distributed_sampler=False,  # ours shares the faces of a step itself
        enable_model_summary=False,
        callbacks=callbacks,
        enable_checkpointing=any(isinstance(callback, Checkpoint) for callback in callbacks),
        logger=loggers,
        plugins=[AtomicCheckpointIO()],
    )
    trainer.val_check_interval = (validate_every or max_steps) * trainer.accumulate_grad_batches  # counts batches
    try:
        resume_from = None if checkpoint is None else str(checkpoint)
        with compiling(module.compiled):
            trainer.fit(module, datamodule=data, ckpt_path=resume_from, weights_only=True)
        metrics = {**module.card["metrics"], **trainer.callback_metrics}
        if OBJECTIVE not in metrics:  # killed between the last step and its validation, then resumed
            metrics = trainer.validate(module, datamodule=data, verbose=False)[0]
        if trainer.is_global_zero:  # the run may have been killed between a checkpoint and its card
            for written in sorted((Path(folder) / "checkpoints").glob("*.ckpt")):
                describe_checkpoint(written)
        return float(metrics[OBJECTIVE])
    except MisconfigurationException as error:
        raise ConfigError(f"trainer: {str(error).splitlines()[0]}") from error
    finally:
        for logger in loggers:
            if isinstance(logger, WandbLogger):
                logger.experiment.finish()  # otherwise the next job of a sweep writes into this one's run


def resumable_card(checkpoint: str | os.PathLike[str], net: SharedAutoencoder) -> Card:
    """The card of a checkpoint that a network can go on from.

    Raises:
        CheckpointError: It is missing, foreign, of other identities or of a network of another shape, or holds weights
            alone.
    """
    if Path(checkpoint).suffix.lower() == WEIGHTS_SUFFIX:
        raise CheckpointError(f"checkpoint={checkpoint} holds weights alone; begin a run with them by init_from=")
    content = read_checkpoint(checkpoint)
    card: Card = content[CARD_KEY]
    known, path = list(card["identities"]), os.fspath(checkpoint)
    if known != net.identities:
        raise CheckpointError(
            f"checkpoint={path} holds the identities {', '.join(known)}, in this order; "
            f"the run has {', '.join(net.identities)}"
        )
    weights = {name: value for name, value in content["state_dict"].items() if name.startswith("net.")}
    theirs = {name.removeprefix("net."): value.shape for name, value in weights.items()}
    if theirs != {name: value.shape for name, value in net.state_dict().items()}:
        said = ", ".join(f"{name}={card['choices'].get(name)}" for name in ("encoder", "bottleneck", "decoder"))
        raise CheckpointError(f"checkpoint={path} holds a network of another shape; train with its options ({said})")
    return card
