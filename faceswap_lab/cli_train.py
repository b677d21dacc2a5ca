"""``train`` through Hydra itself, which names run folders and lets one look at how a run was configured."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from faceswap_lab.core.compose import check_root, compose_config, explain
from faceswap_lab.core.confidential import check_configuration
from faceswap_lab.core.errors import ConfigError, FaceswapLabError
from faceswap_lab.core.files import explain_os_error, is_of_the_system
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.core.preflight import preflight
from faceswap_lab.core.runs import discard_if_unborn, recorded
from faceswap_lab.core.schema import register_schemas


def run_train(overrides: Sequence[str]) -> int:
    """Runs one training.

    Args:
        overrides: In Hydra's grammar.

    Returns:
        Exit code 0.

    Raises:
        FaceswapLabError: A mistake in what was given.
    """
    register_schemas()
    placed = [_place(item) for item in overrides]
    compose_config("train", [item for item in placed if not item.startswith("hydra.")])
    mistakes: list[FaceswapLabError] = []
    launch(placed, partial(_job, mistakes, list(sys.argv)))
    if mistakes:
        raise mistakes[0]
    return 0


def launch(arguments: Sequence[str], job: Callable[[DictConfig], float]) -> None:
    """Hands a job to Hydra, as if ``arguments`` were the program's.

    Raises:
        ConfigError: Hydra or OmegaConf refuses the arguments.
        OutputError: The disk is full.
    """
    with _as_program(["faceswap-lab", *arguments]):
        try:
            hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="train")(job)()
        except (HydraException, OmegaConfBaseException) as error:
            raise ConfigError(explain(error, "train")) from error
        except OSError as error:  # of Hydra's own files in the run's folder, which the system does not name
            if error.filename is not None or not is_of_the_system(error):
                raise
            folder = _run_folder(arguments)
            discard_if_unborn(folder)
            raise explain_os_error(error, folder) from error
        finally:
            GlobalHydra.instance().clear()


def _run_folder(arguments: Sequence[str]) -> str:
    """The run's folder where it was given, else that in which runs lie."""
    parsed = OverridesParser.create().parse_overrides(list(arguments))
    return next((str(one.value()) for one in parsed if one.key_or_group == "hydra.run.dir"), "runs")


def check(cfg: DictConfig) -> None:
    """Refuses a configuration that could not be built.

    Raises:
        ConfigError: Names every fault.
    """
    check_root(cfg, "train")
    check_configuration(cfg)
    preflight(cfg, supplied=importlib.import_module("faceswap_lab.commands.train").SUPPLIED)


def _job(mistakes: list[FaceswapLabError], command_line: list[str], cfg: DictConfig) -> float:
    # Hydra has read the arguments; with several devices Lightning starts the other ranks by the command line as given.
    sys.argv = command_line
    # A user's mistake is carried past Hydra, which would print its own account of it.
    try:
        check(cfg)
        return recorded(cfg, importlib.import_module("faceswap_lab.commands.train").run)
    except FaceswapLabError as error:
        mistakes.append(error)
        discard_if_unborn(HydraConfig.get().runtime.output_dir)
        return float("nan")


def _place(item: str) -> str:
    """``output=FOLDER`` becomes the folder that Hydra makes."""
    key, _, value = item.partition("=")
    return f"hydra.run.dir={value}" if key == "output" else item


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
