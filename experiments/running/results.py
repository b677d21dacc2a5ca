"""What the jobs of a study found: a row a job and direction, and for each setting a mean with its interval."""

import csv
import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.running.jobs import Plan
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.core.metrics_table import last_metrics

CLOSER = "closer_to_target_ratio"
DECIDED = 0.9
"""A setting is undecided where its best run swaps fewer faces than these into the person wanted."""

_T95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}
"""Student's t for a two-sided interval of 95 %, by number of seeds."""


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one job in one direction, `astronaut>hopper`, or of one identity restored, `hopper`."""

    setting: str
    seed: int
    what: str
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """A figure of a setting: mean over seeds, half the width of its 95 % interval (nan for one seed), each seed's."""

    mean: float
    half: float
    seeds: tuple[float, ...]


def read_rows(plan: Plan, settings: Sequence[str]) -> list[Row]:
    """Rows of the jobs that are done: of their reports on held-out footage, or where no job has one of validations."""
    jobs = [(name, seed, plan.job(name, seed)) for name in settings for seed in plan.seeds]
    reported = any(_report(folder).exists() for _, _, folder in jobs)  # the two SSIM are not of the same faces
    rows: list[Row] = []
    for name, seed, folder in jobs:
        found = _of_report(folder) if reported else _of_validation(folder)
        rows += [Row(name, seed, what, _numbers(figures)) for what, figures in found.items() if figures]
    return rows


def _report(folder: Path) -> Path:
    return folder / "report" / "metrics.json"


def _of_report(folder: Path) -> dict[str, Mapping[str, object]]:
    if not _report(folder).exists():
        return {}
    content = json.loads(_report(folder).read_text(encoding="utf-8"))
    return {**(content["pairs"] or {}), **content["restored"]}


def _of_validation(folder: Path) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for metric, value in last_metrics(folder).items():
        if metric.startswith(("val/ssim_", "val/l1_")):
            figure, _, identity = metric.removeprefix("val/").partition("_")
            found.setdefault(identity, {})[figure] = value
    return found


def _numbers(figures: Mapping[str, object]) -> dict[str, float]:
    return {name: float(value) for name, value in figures.items() if isinstance(value, int | float)}


def write_rows(path: Path, rows: Sequence[Row], figures: Sequence[str]) -> None:
    """Writes ``results.csv``, an empty cell where a row has no such figure."""
    lines = [["setting", "seed", "what", *figures]]
    for row in rows:
        cells = [f"{row.figures[name]:.6g}" if name in row.figures else "" for name in figures]
        lines.append([row.setting, str(row.seed), row.what, *cells])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(lines)


def summarise(rows: Sequence[Row], setting: str, figure: str) -> Summary | None:
    """A figure's mean over seeds, each seed the mean of its rows; none where no row has it."""
    by_seed: dict[int, list[float]] = {}
    for row in rows:
        if row.setting == setting and math.isfinite(row.figures.get(figure, math.nan)):
            by_seed.setdefault(row.seed, []).append(row.figures[figure])
    seeds = tuple(statistics.fmean(values) for values in by_seed.values())
    if not seeds:
        return None
    half = math.nan
    if len(seeds) in _T95:
        half = _T95[len(seeds)] * statistics.stdev(seeds) / math.sqrt(len(seeds))
    return Summary(statistics.fmean(seeds), half, seeds)


def is_undecided(rows: Sequence[Row], setting: str) -> bool:
    """Whether even the best run of a setting does not swap: nothing is said of it then."""
    closer = summarise(rows, setting, CLOSER)
    return closer is not None and max(closer.seeds) < DECIDED


def write_table(path: Path, rows: Sequence[Row], settings: Sequence[str], figures: Sequence[str]) -> None:
    """Writes ``table.md``: mean ± half of the 95 % interval over seeds, for the README."""
    lines = ["| setting | " + " | ".join(figures) + " | |", "|---" * (len(figures) + 2) + "|"]
    for setting in settings:
        cells = [_cell(summarise(rows, setting, figure)) for figure in figures]
        lines.append(f"| {setting} | {' | '.join(cells)} | {'undecided' if is_undecided(rows, setting) else ''} |")
    atomic_write_text(path, "\n".join(lines) + "\n")


def _cell(summary: Summary | None) -> str:
    if summary is None:
        return ""
    return f"{summary.mean:.3f}" if math.isnan(summary.half) else f"{summary.mean:.3f} ± {summary.half:.3f}"
