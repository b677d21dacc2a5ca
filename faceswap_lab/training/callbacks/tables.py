"""What each validation measured, as one table for the trackers: who is whom at a glance."""

from collections.abc import Mapping, Sequence

import pytorch_lightning as pl

from faceswap_lab.training.module import AutoencoderModule
from faceswap_lab.training.trackers import Row, show_table


class Tables(pl.Callback):
    """Shows ``val/by_identity`` and, where swaps are measured, a matrix ``val/NAME_matrix`` at every validation.

    A metric called ``val/NAME_ada`` is a cell of the first: a row an identity, a column a metric. One called
    ``val/NAME_ada_as_ben`` is a cell of NAME's matrix: a row the footage's person, a column the identity drawn.
    """

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.sanity_checking or trainer.state.fn != "fit" or not trainer.is_global_zero:
            return
        assert isinstance(pl_module, AutoencoderModule)
        measured = {str(name): float(value) for name, value in trainer.callback_metrics.items()}
        for name, (columns, rows) in tables_of(measured, pl_module.net.identities).items():
            show_table(trainer.loggers, name, columns, rows, step=trainer.global_step)


def tables_of(measured: Mapping[str, float], identities: Sequence[str]) -> dict[str, tuple[list[str], list[Row]]]:
    """Returns columns and rows by the table's name; a cell that was not measured is no number (nan).

    Args:
        measured: Value by metric.
        identities: Of the network, in the order of rows and columns.
    """
    pairs = {f"_{row}_as_{column}": (row, column) for row in identities for column in identities}
    ones = {f"_{name}": name for name in identities}
    cells: dict[str, dict[tuple[str, str], float]] = {}
    single: dict[str, dict[str, float]] = {}
    for metric, value in measured.items():
        if not metric.startswith("val/"):
            continue
        pair = next((suffix for suffix in pairs if metric.endswith(suffix)), None)
        one = next((suffix for suffix in ones if metric.endswith(suffix)), None)
        if pair is not None:
            cells.setdefault(metric.removesuffix(pair), {})[pairs[pair]] = value
        elif one is not None:
            single.setdefault(metric.removesuffix(one).removeprefix("val/"), {})[ones[one]] = value
    nan = float("nan")
    found: dict[str, tuple[list[str], list[Row]]] = {}
    if single:
        rows: list[Row] = [[name, *(values.get(name, nan) for values in single.values())] for name in identities]
        found["val/by_identity"] = (["identity", *single], rows)
    for metric, values in cells.items():
        rows = [[row, *(values.get((row, column), nan) for column in identities)] for row in identities]
        found[f"{metric}_matrix"] = (["footage", *identities], rows)
    return found
