"""A run's folder: what state it is in, and what made it."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from faceswap_lab.core.errors import ConfigError, FaceswapLabError
from faceswap_lab.core.files import atomic_write_json, atomic_write_text
from faceswap_lab.core.foreign_files import read_json
from faceswap_lab.core.versions import changes, commit, versions

STATUS = "status.json"


def recorded(cfg: DictConfig, run: Callable[[DictConfig], float], *, sweep: str | None = None) -> float:
    """Runs a training job and keeps ``status.json`` of its folder true: running, done with its score, or failed.

    The same command with the same folder goes on with a study: a job that is done is not run again, and one that was
    interrupted resumes from its last checkpoint.

    Args:
        cfg: Composed configuration; its ``output`` is the folder.
        run: Trains and returns the objective.
        sweep: Written into the status: whose job this is, so that ``jobs_of`` finds it.

    Returns:
        The objective.
    """
    folder = Path(cfg.output)
    before = read_status(folder)
    if before.get("state") == "done" and cfg.checkpoint is None:
        return float(before["score"])
    last = folder / "checkpoints" / "last.ckpt"
    if cfg.checkpoint is None and last.exists():
        cfg.checkpoint = str(last)
    started = time.time()
    state: dict[str, Any] = {"started_s": started, "pid": os.getpid(), **({} if sweep is None else {"sweep": sweep})}
    atomic_write_json(folder / STATUS, {"state": "running", **state})
    atomic_write_json(folder / "versions.json", {"commit": commit(), **versions()})
    atomic_write_text(folder / "changes.diff", changes() or "")
    try:
        score = run(cfg)
    except BaseException as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        whose = {"mistake": isinstance(error, FaceswapLabError)}
        atomic_write_json(
            folder / STATUS, {"state": "failed", "error": reason, **whose, **state, "ended_s": time.time()}
        )
        raise
    atomic_write_json(folder / STATUS, {"state": "done", "score": score, **state, "ended_s": time.time()})
    return score


def read_status(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Returns what ``status.json`` says, empty where there is none.

    Raises:
        ConfigError: The file is not JSON, so this is no run's folder.
    """
    path = Path(folder) / STATUS
    if not path.exists():
        return {}
    try:
        return dict(read_json(path))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path} is not a run's status; choose another output") from error


def jobs_of(study: str | os.PathLike[str], sweep: str) -> dict[str, dict[str, Any]]:
    """What became of the jobs that a sweep ran: the status by the folder's name in the study, in the order of starts.

    A job that was done before the sweep is not among them. One whose process was killed is ``running`` for ever.
    """
    found = {path.parent.relative_to(study).as_posix(): read_status(path.parent) for path in Path(study).rglob(STATUS)}
    ours = {name: status for name, status in found.items() if status.get("sweep") == sweep}
    return dict(sorted(ours.items(), key=lambda item: item[1]["started_s"]))


def discard_if_unborn(folder: str | os.PathLike[str]) -> None:
    """Removes a run's folder in which nothing but its own papers lies: a mistake stopped the run before it began."""
    folder = Path(folder)
    papers = {STATUS, "versions.json", "changes.diff", "config.yaml", ".hydra"}
    if not folder.is_dir() or {path.name for path in folder.iterdir()} - papers:
        return
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for empty in (folder, *list(folder.parents)[:2]):
        if any(empty.iterdir()):
            break
        empty.rmdir()
