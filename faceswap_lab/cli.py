"""``faceswap-lab COMMAND [overrides]``: finds the command, composes its configuration, checks it, runs it.

Exit codes: 0 done (with warnings where only part could be used), 1 a bug of ours, or for ``verify`` a file that is not
ours or was altered, 2 a mistake in what was given, 130 interrupted.
"""

import importlib
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import faceswap_lab
from faceswap_lab import cli_help
from faceswap_lab.core.errors import ConfigError, FaceswapLabError, one_line
from faceswap_lab.core.files import explain_os_error, is_of_the_system
from faceswap_lab.core.preflight import nearest

logger = logging.getLogger("faceswap_lab")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    log_to_console()
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # else its import asks a server for a newer version
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # else it tells in lines of its own what our error tells in one
    try:
        return _dispatch(words)
    except FaceswapLabError as error:
        logger.error("%s", error)
        return 2
    except KeyboardInterrupt as stop:
        logger.error("%s", stop.args[0] if stop.args else "interrupted; what was written before is whole")
        return 130
    except BrokenPipeError:  # such as `faceswap-lab --help | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if not is_of_the_system(error):
            raise
        logger.error("%s", explain_os_error(error))
        return 2


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        cli_help.show(cli_help.overview())
        return 0
    if words[0] == "--version":
        cli_help.show(f"faceswap-lab {faceswap_lab.__version__}")
        return 0
    command, rest = words[0], words[1:]
    if command not in cli_help.commands():
        raise ConfigError(f"{command} is not a command{nearest(command, cli_help.commands())}")
    if {"-h", "--help"} & set(rest):
        cli_help.show(cli_help.of(command, rest[0]))
        return 0
    return _run(command, rest)


def _run(command: str, rest: list[str]) -> int:
    from faceswap_lab.core.compose import compose_config
    from faceswap_lab.core.confidential import check_overrides
    from faceswap_lab.core.overrides import check_hydra, check_words, from_shell

    sweep = _take(rest, "-m", "--multirun")
    show = _take_value(rest, "--cfg")
    if command == "verify" and _take(rest, "--json"):
        rest.append("json=true")
    unknown = [word for word in rest if word.startswith("-")]
    if unknown:
        raise ConfigError(f"{unknown[0]} is not an option of {command}; there are --help, --cfg job and, for train, -m")
    if sweep and command != "train":
        raise ConfigError(f"-m sweeps train only; run {command} once for each value")
    check_overrides(rest)
    check_words(command, rest)
    overrides = [from_shell(command, word, sweep=sweep) for word in rest]
    check_hydra(overrides)
    _warn_of_targets(overrides)
    if command == "train" and show is None:
        from faceswap_lab.cli_sweep import run_sweep
        from faceswap_lab.cli_train import run_train

        return run_sweep(overrides) if sweep else run_train(overrides)
    cfg = compose_config(command, overrides)
    if show is not None:
        from omegaconf import OmegaConf

        cli_help.show(OmegaConf.to_yaml(cfg).rstrip())
        return 0
    module = _checked(command, cfg)
    result = module.run(cfg, words=rest) if getattr(module, "TAKES_WORDS", False) else module.run(cfg)
    return getattr(result, "exit_code", 0)


def _warn_of_targets(overrides: list[str]) -> None:
    """Says what a copied command line would run that no file of ours names; what is not allowed is refused."""
    from faceswap_lab.core.targets import named_targets, target_fault

    for target in named_targets(overrides):
        fault = target_fault("", target)
        if fault:
            raise ConfigError(fault)
        logger.warning("this command line runs %s, which it names itself; go on only if you know why", target)


def _checked(command: str, cfg: Any) -> Any:
    """Imports a command's module once its configuration has no fault."""
    from faceswap_lab.core.preflight import preflight

    module = importlib.import_module(f"faceswap_lab.commands.{command}")
    preflight(cfg, supplied=getattr(module, "SUPPLIED", {}))
    return module


def _take(words: list[str], *flags: str) -> bool:
    found = [word for word in words if word in flags]
    words[:] = [word for word in words if word not in flags]
    return bool(found)


def _take_value(words: list[str], flag: str) -> str | None:
    if flag not in words:
        return None
    at = words.index(flag)
    value = words[at + 1] if at + 1 < len(words) else None
    if value != "job":
        raise ConfigError(f"{flag} takes one word: {flag} job")
    del words[at : at + 2]
    return value


class _Console(logging.Handler):
    """Results to standard output, warnings and errors to standard error, each in one line."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            stream = sys.stderr
            text = f"{'error' if record.levelno >= logging.ERROR else 'warning'}: {one_line(text)}"
        else:
            stream = sys.stdout
            text = "\n".join(map(one_line, text.split("\n")))
        # Names of files need not be UTF-8: what cannot be written is shown by its number.
        stream.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
        stream.flush()


def log_to_console() -> None:
    """Sends what the program says to the console, in every process that has something to say.

    Lightning's use of what torch deprecates is nothing that whoever trains can cure, so it is not told.
    """
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"pytorch_lightning\.")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers = [_Console()]
