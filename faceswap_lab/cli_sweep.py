"""``train -m``: a study of many runs, continued by the same command, with the jobs that failed named at the end."""

import hashlib
import importlib
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig

from faceswap_lab.cli_train import check, launch
from faceswap_lab.core.compose import explain
from faceswap_lab.core.errors import ConfigError, FaceswapLabError
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.core.optuna_sweeper import register_optuna
from faceswap_lab.core.overrides import override
from faceswap_lab.core.runs import jobs_of, read_status, recorded
from faceswap_lab.core.schema import register_schemas

logger = logging.getLogger("faceswap_lab")

_LONGEST = 200  # characters of a reason


def run_sweep(overrides: Sequence[str]) -> int:
    """Runs every combination of the values that are swept; the launcher says where, and how many at a time.

    A job that fails does not stop the others. The same command continues the study: what is done is not run again, and
    what broke off goes on from its last checkpoint.

    Args:
        overrides: In Hydra's grammar, several values separated by commas.

    Returns:
        Exit code 0, or 1 where a job failed by a bug or was killed.

    Raises:
        FaceswapLabError: The command cannot be read, so that no job ran; or jobs failed by mistakes in their options.
    """
    register_schemas()
    register_optuna()
    parsed = parse(overrides)
    study = study_folder(parsed)
    arguments = [item for item, one in zip(overrides, parsed, strict=True) if not _is_place(one)]
    swept = {one.key_or_group for one in parsed if one.is_sweep_override()}
    fixed = [one.key_or_group for one in parsed if one.key_or_group not in swept]
    arguments += [override("hydra.sweep.dir", str(study)), f"hydra.job.config.override_dirname.exclude_keys={fixed}"]
    sweep = secrets.token_hex(8)
    logger.info("study %s", study)
    lost: Exception | None = None
    try:
        launch(["-m", *arguments], partial(_job, sweep, list(sys.argv)))
    except FaceswapLabError:
        raise
    except Exception as error:  # the launcher's: a process of a job was killed, for example
        lost = error
    return _report(study, sweep, lost)


def study_folder(parsed: Sequence[Override]) -> Path:
    """Where a study lies: ``output=``, or else a folder named by what is swept and a hash of the whole command.

    So the same command finds its study again. How its jobs are launched, and how many a search takes, is no part of it.

    Raises:
        ConfigError: ``hydra.sweep.dir`` is given as an expression.
    """
    for one in parsed:
        if _is_place(one):
            text = str(one.value()).replace("\\${", "${")
            if "${" in text and one.key_or_group != "output":
                raise ConfigError("hydra.sweep.dir cannot be an expression here; give output=FOLDER")
            return Path(text).absolute()
    telling = sorted(one.input_line or "" for one in parsed if not _is_how(one))
    digest = hashlib.sha256("\n".join(telling).encode()).hexdigest()[:8]
    swept = [re.sub(r"\W+", "_", one.key_or_group) for one in parsed if one.is_sweep_override()]
    swept += [str(one.value()) for one in parsed if one.key_or_group == "hparams_search"]
    return Path("runs", "-".join([*swept, digest])).absolute()


def _job(sweep: str, command_line: list[str], cfg: DictConfig) -> float:
    """One training; whatever fails becomes its status and a score that is no number."""
    sys.argv = command_line
    if not logger.handlers:  # a process that a launcher began
        from faceswap_lab.cli import log_to_console

        log_to_console()
    run, folder = HydraConfig.get(), Path(HydraConfig.get().runtime.output_dir)
    done = read_status(folder).get("state") == "done"
    logger.info("job %s: %s%s", run.job.num, folder.name, ", done before" if done else "")
    try:
        return recorded(cfg, _train, sweep=sweep)
    except FaceswapLabError as error:
        logger.warning("job %s failed: %s", run.job.num, error)
    except Exception as error:
        atomic_write_text(folder / "traceback.txt", traceback.format_exc())
        logger.warning("job %s failed by a bug, see %s: %r", run.job.num, folder / "traceback.txt", error)
    return float("nan")


def _train(cfg: DictConfig) -> float:
    check(cfg)
    # Lightning starts the other ranks by running this very command line again, sweep and all.
    devices = cfg.trainer.get("devices", 1)
    if devices not in (1, "1", None):
        raise ConfigError(f"trainer.devices={devices} cannot be swept with -m; sweep on one device, or run jobs singly")
    return importlib.import_module("faceswap_lab.commands.train").run(cfg)


def _report(study: Path, sweep: str, lost: Exception | None) -> int:
    jobs = jobs_of(study, sweep)
    failed = {name: status for name, status in jobs.items() if status["state"] != "done"}
    if not failed and lost is None:
        logger.info("wrote %s", study)
        return 0
    named = [f"{name} ({str(status.get('error', 'killed'))[:_LONGEST]})" for name, status in failed.items()]
    if lost is not None:
        named.append(f"the launcher stopped: {f'{type(lost).__name__}: {lost}'.splitlines()[0][:_LONGEST]}")
    text = f"{len(failed)} of {len(jobs)} jobs failed: {'; '.join(named)}; the same command runs them again"
    if lost is None and all(status.get("mistake") for status in failed.values()):
        raise ConfigError(text)
    logger.error("%s", text)
    return 1


def parse(overrides: Sequence[str]) -> list[Override]:
    """The overrides as Hydra reads them.

    Raises:
        ConfigError: One cannot be read.
    """
    try:
        return OverridesParser.create().parse_overrides(list(overrides))
    except HydraException as error:
        raise ConfigError(explain(error, "train")) from error


def _is_place(one: Override) -> bool:
    return one.key_or_group in ("output", "hydra.sweep.dir")


def _is_how(one: Override) -> bool:
    how = ("launcher", "hydra/launcher", "hydra.sweeper.trials", "hydra.sweeper.max_batch_size")
    return one.key_or_group in how or one.key_or_group.startswith("hydra.launcher.")
