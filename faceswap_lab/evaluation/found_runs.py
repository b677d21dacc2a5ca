"""Which training runs are meant by some folders, and what each left: configuration, figures, evaluation.

A run is a folder that `train` wrote. An evaluation of it lies in the folder itself, right below, or, where the
evaluation's own folder is given, anywhere.
"""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from faceswap_lab.core.checkpoint import Card, read_card
from faceswap_lab.core.errors import CheckpointError, ConfigError
from faceswap_lab.core.foreign_files import read_json, read_yaml
from faceswap_lab.core.runs import STATUS, read_status
from faceswap_lab.core.typed_tables import find_misfit
from faceswap_lab.evaluation.curves import Series, read_curves
from faceswap_lab.evaluation.schema import Metrics

_PAPERS = ("config.yaml", "metrics.csv", "checkpoints", STATUS)  # a job that failed early left the last one alone


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run and what is known of it.

    Attributes:
        name: Shortest path that tells it from the others.
        folder: Of the training; of the evaluation where the training is gone.
        config: Resolved configuration, empty where it is gone.
        card: Of its last checkpoint, None where there is none.
        curves: Steps and values of each figure that it logged.
        status: What `status.json` says, empty where there is none.
        metrics: Of its newest evaluation.
        evaluated: Folder of that evaluation.
    """

    name: str
    folder: Path
    config: Mapping[str, Any]
    card: Card | None
    curves: Mapping[str, Series]
    status: Mapping[str, Any]
    metrics: Metrics | None
    evaluated: Path | None

    @property
    def end(self) -> tuple[int, float] | None:
        """Steps and seconds of the whole run, as its last checkpoint knows them."""
        return None if self.card is None else (self.card["steps"], self.card["train_seconds"])

    @property
    def unfinished(self) -> str | None:
        """What kept the run from its end, or None."""
        state = self.status.get("state", "done")
        return None if state == "done" else f"{state}: {self.status['error']}" if "error" in self.status else state


def find_runs(folders: Sequence[str | os.PathLike[str]]) -> list[FoundRun]:
    """Runs in these folders, each once, those of a study sorted by name.

    Args:
        folders: Runs, evaluations, or folders of many, such as a study of `train -m`.

    Raises:
        ConfigError: A folder is missing or holds no run, or one of its files is none of ours.
    """
    evaluations: dict[Path, Path | None] = {}
    for folder in map(Path, folders):
        for one in _entries(folder):
            run = _trained_by(one)
            if evaluations.get(run) is None:
                evaluations[run] = _evaluation_of(one, run)
    if not evaluations:
        raise ConfigError("runs is an empty list; give folders that train wrote, such as runs='[runs/a,runs/b]'")
    names = _names(list(evaluations))
    return [_read(name, run, at) for name, (run, at) in zip(names, evaluations.items(), strict=True)]


def _entries(folder: Path) -> list[Path]:
    if not folder.exists():
        raise ConfigError(f"runs: {folder} does not exist; give the folder of a run, of a study or of an evaluation")
    if not folder.is_dir():
        raise ConfigError(f"runs: {folder} is a file; give the folder of the run")
    found = list(_below(folder))
    if not found:
        raise ConfigError(f"runs: {folder} holds no run; give a folder that train or evaluate wrote, or one of many")
    return found


def _below(folder: Path) -> Iterator[Path]:
    if _is_run(folder) or _is_evaluation(folder):
        yield folder
        return
    for child in sorted(folder.iterdir()):
        if child.is_dir() and not child.name.startswith("."):
            yield from _below(child)


def _is_run(folder: Path) -> bool:
    return any((folder / name).exists() for name in _PAPERS)


def _is_evaluation(folder: Path) -> bool:
    return (folder / "metrics.json").is_file()


def _trained_by(folder: Path) -> Path:
    """The run behind a folder: itself, or the one whose checkpoint was evaluated; the folder where that is gone."""
    if _is_run(folder):
        return folder.resolve()
    run = Path(_metrics(folder)["checkpoint"]).parent.parent
    return run.resolve() if _is_run(run) else folder.resolve()


def _evaluation_of(given: Path, run: Path) -> Path | None:
    if _is_evaluation(given):
        return given
    beside = [run, *sorted(path for path in run.iterdir() if path.is_dir())]
    there = [folder for folder in beside if _is_evaluation(folder)]
    return max(there, key=lambda folder: (folder / "metrics.json").stat().st_mtime, default=None)


def _metrics(folder: Path) -> Metrics:
    path = folder / "metrics.json"
    try:
        metrics = read_json(path)
    except (OSError, ValueError):
        metrics = None
    if not isinstance(metrics, dict) or not {"checkpoint", "pairs", "footage", "identities"} <= metrics.keys():
        raise ConfigError(f"runs: {path} is not what evaluate writes; evaluate the run again, or leave it out")
    misfit = find_misfit(metrics, Metrics) or next(_misfits(metrics), None)
    if misfit is not None:
        raise ConfigError(
            f"runs: {path}: {misfit} is not what evaluate writes; evaluate the run again, or leave it out"
        )
    return cast(Metrics, {"intervals": {}, "restored": {}, "notes": [], **metrics})


def _misfits(metrics: Mapping[str, Any]) -> Iterator[str]:
    """What a kind cannot say: a footage's record tells it from others, and an interval has two ends."""
    for name, record in metrics["footage"].items():
        if not {"sha256", "range"} <= record.keys():
            yield f"footage.{name}"
    for pair, figures in metrics.get("intervals", {}).items():
        for name, ends in figures.items():
            if len(ends) != 2:
                yield f"intervals.{pair}.{name}"


def _read(name: str, run: Path, evaluated: Path | None) -> FoundRun:
    return FoundRun(
        name=name,
        folder=run,
        config=_config(run / "config.yaml"),
        card=_card(run),
        curves=_curves(run / "metrics.csv"),
        status=_status(run),
        metrics=None if evaluated is None else _metrics(evaluated),
        evaluated=evaluated,
    )


def _config(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        config = read_yaml(path)
    except (OSError, ValueError):
        config = None
    if not isinstance(config, dict):
        raise ConfigError(f"runs: {path} is no configuration of a run; leave this run out")
    return config


def _status(run: Path) -> Mapping[str, Any]:
    try:
        return read_status(run)
    except ConfigError as error:
        raise ConfigError(f"runs: {run / STATUS} is no status of a run; leave this run out") from error


def _curves(path: Path) -> Mapping[str, Series]:
    try:
        return read_curves(path) if path.is_file() else {}
    except (csv.Error, UnicodeDecodeError) as error:
        raise ConfigError(f"runs: {path} is no table of figures ({error}); leave this run out") from error


def _card(run: Path) -> Card | None:
    try:
        return read_card(run / "checkpoints" / "last.ckpt")
    except CheckpointError:
        return None  # it failed before its first checkpoint, or weights were cleared away


def _names(folders: Sequence[Path]) -> list[str]:
    if len(folders) == 1:
        return [folders[0].name]
    common = Path(os.path.commonpath(list(_parents(folders))))
    return [folder.relative_to(common).as_posix() for folder in folders]


def _parents(folders: Iterable[Path]) -> Iterator[Path]:
    return (folder.parent for folder in folders)
