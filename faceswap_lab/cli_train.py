"""``train`` through Hydra itself, which names run folders and sweeps over options with ``-m``."""

import importlib
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from faceswap_lab.core.compose import check_root, compose_config, explain
from faceswap_lab.core.errors import ConfigError, FaceswapLabError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.core.preflight import preflight
from faceswap_lab.core.runs import discard_if_unborn, recorded
from faceswap_lab.core.schema import register_schemas

logger = logging.getLogger("faceswap_lab")


def run_train(overrides: Sequence[str], *, sweep: bool) -> int:
    """Runs one training, or a sweep of them; the jobs of a sweep follow one another in this process.

    Args:
        overrides: In Hydra's grammar.
        sweep: Whether values separated by commas are swept over.

    Returns:
        Exit code 0.

    Raises:
        FaceswapLabError: The first job's that failed; in a sweep the others have been run.
    """
    register_schemas()
    overrides = _place(list(overrides))
    if sweep:
        overrides.append(_names(overrides))
    else:
        compose_config("train", [item for item in overrides if not item.startswith("hydra.")])
    arguments = ["faceswap-lab", *(["-m"] if sweep else []), *overrides]
    mistakes: list[FaceswapLabError] = []
    job = partial(_job, mistakes, list(sys.argv))
    with _as_program(arguments):
        try:
            hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="train")(job)()
        except (HydraException, OmegaConfBaseException) as error:
            raise ConfigError(explain(error, "train")) from error
        finally:
            GlobalHydra.instance().clear()
    if mistakes:
        raise mistakes[0]
    return 0


def _job(mistakes: list[FaceswapLabError], command_line: list[str], cfg: DictConfig) -> float:
    # Hydra has read the arguments; with several devices Lightning starts the other ranks by the command line as given.
    sys.argv = command_line
    # A user's mistake is carried past Hydra, which would print its own account of it.
    try:
        return _train(cfg)
    except FaceswapLabError as error:
        mistakes.append(error)
        return float("nan")


def _train(cfg: DictConfig) -> float:
    module = importlib.import_module("faceswap_lab.commands.train")
    run = HydraConfig.get()
    sweep = run.mode is RunMode.MULTIRUN
    try:
        check_root(cfg, "train")
        preflight(cfg, supplied=module.SUPPLIED)
        if sweep:
            _refuse_many_devices(cfg)
            logger.info("job %s: %s", run.job.num, run.job.override_dirname)
        return recorded(cfg, module.run)
    except FaceswapLabError as error:
        if sweep:
            logger.warning("job %s failed: %s", run.job.num, error)
        else:
            discard_if_unborn(run.runtime.output_dir)
        raise


def _refuse_many_devices(cfg: DictConfig) -> None:
    # Lightning starts the other ranks by running this very command line again, sweep and all.
    devices = cfg.trainer.get("devices", 1)
    if devices not in (1, "1", None):
        raise ConfigError(f"trainer.devices={devices} cannot be swept with -m; sweep on one device, or run jobs singly")


def _place(overrides: list[str]) -> list[str]:
    """``output=FOLDER`` becomes the folder that Hydra makes: of the run, or of the study."""
    placed: list[str] = []
    for item in overrides:
        key, _, value = item.partition("=")
        placed += [f"hydra.run.dir={value}", f"hydra.sweep.dir={value}"] if key == "output" else [item]
    return placed


def _names(overrides: list[str]) -> str:
    """Takes everything that is not swept out of the jobs' folder names."""
    try:
        parsed = OverridesParser.create().parse_overrides(overrides)
    except HydraException as error:
        raise ConfigError(explain(error, "train")) from error
    fixed = [item.key_or_group for item in parsed if not item.is_sweep_override()]
    return f"hydra.job.config.override_dirname.exclude_keys=[{','.join(fixed)}]"


@contextmanager
def _as_program(arguments: list[str]) -> Iterator[None]:
    """Hydra reads the arguments from the program's, and hides where an error came from unless told not to."""
    before, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = arguments, "1"
    try:
        yield
    finally:
        sys.argv = before
        if full is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = full
