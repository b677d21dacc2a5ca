"""A run's ``metrics.csv``, read back: what was measured, and when."""

import csv
import os
from pathlib import Path

METRICS = "metrics.csv"


def read_metrics(folder: str | os.PathLike[str]) -> dict[str, dict[int, float]]:
    """Returns the values of each metric by step; nothing where the run has no table.

    Args:
        folder: The run's folder.
    """
    path = Path(folder) / METRICS
    values: dict[str, dict[int, float]] = {}
    if not path.exists():
        return values
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for name, text in row.items():
                if text and name != "step":
                    values.setdefault(name, {})[int(row["step"])] = float(text)
    return values


def last_metrics(folder: str | os.PathLike[str]) -> dict[str, float]:
    """Returns each metric's value at the latest step that has one."""
    return {name: values[max(values)] for name, values in read_metrics(folder).items()}
