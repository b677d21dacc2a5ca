"""A learning rate to begin with, from the loss of a short run whose rate rises from step to step."""

import csv
import io
from pathlib import Path

import pytorch_lightning as pl
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.tuner.tuning import Tuner
from pytorch_lightning.utilities.seed import isolate_rng

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.training.budget import TrainerFactory

_LOWEST, _HIGHEST = 1e-7, 1.0


def find_rate(
    module: pl.LightningModule,
    data: pl.LightningDataModule,
    *,
    make_trainer: TrainerFactory,
    folder: Path,
    num_steps: int = 100,
) -> float:
    """Tries rates from 1e-7 to 1 and returns where the loss falls fastest.

    Args:
        module: A module around a *copy* of what is to be trained.
        data: The data of the run.
        make_trainer: Builds the run's trainer.
        folder: Gets ``lr_find.csv``, a row a step: the rate and the smoothed loss.
        num_steps: Steps of the trial, at least 20.

    Raises:
        ConfigError: The loss has no such place, or the module is optimised by hand.

    Source:
        Smith 2017, arXiv:1506.01186, section 3.3; here Lightning's.
    """
    with isolate_rng():
        trainer = make_trainer(
            default_root_dir=folder,
            max_steps=num_steps,
            callbacks=[],
            logger=False,
            limit_val_batches=0,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
        )
        try:
            finder = Tuner(trainer).lr_find(
                module,
                datamodule=data,
                min_lr=_LOWEST,
                max_lr=_HIGHEST,
                num_training=num_steps,
                update_attr=False,
            )
        except MisconfigurationException as error:
            raise ConfigError(f"find_lr=true does not work here: {str(error).splitlines()[0]}") from error
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["lr", "loss"])
    rate = None
    if finder is not None:
        writer.writerows(zip(finder.results["lr"], finder.results["loss"], strict=True))
        rate = finder.suggestion()
    atomic_write_text(folder / "lr_find.csv", table.getvalue())
    if rate is None:
        raise ConfigError(f"find_lr=true found no place where the loss falls; see {folder / 'lr_find.csv'}")
    return float(rate)
