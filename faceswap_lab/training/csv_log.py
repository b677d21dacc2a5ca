"""The run's figures as one table, ``metrics.csv``, that a resumed run carries on."""

import csv
import io
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from faceswap_lab.core.files import atomic_write_text, explain_os_error


class CsvLog(Logger):
    """Writes a row a step and a column a metric.

    Lightning's own logger deletes the table when a run goes on in the same folder. This one keeps the rows up to where
    the run goes on, so that the file of a resumed run is that of an uninterrupted one.

    Args:
        save_dir: The run's folder.
        flush_every: Rows between two writes to the disk.
    """

    def __init__(self, save_dir: str, *, flush_every: int = 20) -> None:
        super().__init__()
        self._path = Path(save_dir) / "metrics.csv"
        self._flush_every = flush_every
        self._columns: list[str] = ["step"]
        self._rows: list[dict[str, str]] = []  # not on the disk yet
        self._latest: dict[str, str] = {}  # all that is known of the latest step
        self._started = False

    @property
    def name(self) -> str:
        return ""

    @property
    def version(self) -> str:
        return ""

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Does nothing: the configuration is in ``config.yaml``."""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Adds to the row of a step."""
        if not self._started:
            self._take_up(step or 0)
        values = {name: repr(float(value)) for name, value in metrics.items() if name != "epoch"}
        key = str(step)
        if self._latest.get("step") == key:  # told again, as by a checkpoint that has the row written first
            values = {name: value for name, value in values.items() if self._latest.get(name) != value}
        else:
            self._latest = {"step": key}
        self._latest.update(values)
        if not values:
            return
        if self._rows and self._rows[-1]["step"] == key:
            self._rows[-1].update(values)
            return
        if len(self._rows) >= self._flush_every:
            self.save()
        self._rows.append({"step": key, **values})

    @rank_zero_only
    def save(self) -> None:
        """Writes what is not on the disk yet.

        Raises:
            OutputError: The disk is full or the folder not writable.
        """
        if not self._rows:
            return
        new = [name for name in dict.fromkeys(name for row in self._rows for name in row) if name not in self._columns]
        if new or not self._path.exists():
            earlier = _read(self._path)
            self._columns += sorted(new)
            atomic_write_text(self._path, _table(self._columns, earlier + self._rows, header=True))
        else:
            try:
                with self._path.open("a", encoding="utf-8", newline="") as stream:
                    stream.write(_table(self._columns, self._rows, header=False))
            except OSError as error:
                raise explain_os_error(error, self._path) from error
        self._rows = []

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Writes the rest."""
        self.save()

    def _take_up(self, step: int) -> None:
        """Keeps an earlier session's rows up to ``step``; later ones are about to be made again."""
        self._started = True
        kept = [row for row in _read(self._path) if row.get("step", "").isdigit() and int(row["step"]) < step]
        if kept:
            self._columns = list(dict.fromkeys(["step", *(name for row in kept for name in row)]))
            atomic_write_text(self._path, _table(self._columns, kept, header=True))
        else:
            self._path.unlink(missing_ok=True)


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [{name: value for name, value in row.items() if value} for row in csv.DictReader(stream)]


def _table(columns: list[str], rows: list[dict[str, str]], *, header: bool) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
