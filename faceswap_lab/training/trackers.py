"""Pictures and tables for whichever trackers a run has; what a tracker cannot show is left out there."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pytorch_lightning.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger

Row = Sequence[str | float]


def show_picture(loggers: Sequence[Logger], name: str, picture_HW3: NDArray[np.uint8], *, step: int) -> None:
    """Shows a picture in every tracker that knows pictures.

    Args:
        loggers: Of the run.
        name: Under which later pictures of the same kind follow.
        picture_HW3: RGB, shape (H, W, 3).
        step: Optimiser steps so far.
    """
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.experiment.add_image(name, picture_HW3, step, dataformats="HWC")
        elif isinstance(logger, WandbLogger):
            logger.log_image(name, [picture_HW3], step=step)
        elif isinstance(logger, MLFlowLogger):
            _mlflow(logger).log_image(logger.run_id, picture_HW3, key=name, step=step)


def show_table(loggers: Sequence[Logger], name: str, columns: Sequence[str], rows: Sequence[Row], *, step: int) -> None:
    """Shows a table in every tracker that knows tables: W&B's, an artifact of MLflow's, text in TensorBoard.

    Args:
        loggers: Of the run.
        name: Under which later tables of the same kind follow.
        columns: Their names.
        rows: A value for each column.
        step: Optimiser steps so far.
    """
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            lines = [columns, ["---"] * len(columns), *([_text(value) for value in row] for row in rows)]
            text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
            logger.experiment.add_text(name, text, step)
        elif isinstance(logger, WandbLogger):
            logger.log_table(name, columns=list(columns), data=[list(row) for row in rows], step=step)
        elif isinstance(logger, MLFlowLogger):
            table: dict[str, Any] = {"step": [step] * len(rows)}
            table |= {column: [row[index] for row in rows] for index, column in enumerate(columns)}
            _mlflow(logger).log_table(logger.run_id, table, artifact_file=f"{name}.json")  # rows are added to the file


def _mlflow(logger: MLFlowLogger) -> Any:
    return logger.experiment


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
