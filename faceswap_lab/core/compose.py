"""A command's configuration from its overrides, and Hydra's complaints as one line each."""

import dataclasses
import re
from collections.abc import Iterator, Sequence

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from faceswap_lab.core.confidential import check_configuration
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.optuna_sweeper import register_optuna
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.core.preflight import nearest
from faceswap_lab.core.schema import SCHEMAS, register_schemas


def compose_config(command: str, overrides: Sequence[str] = ()) -> DictConfig:
    """Composes ``conf/<command>.yaml``.

    Args:
        command: Name of a primary configuration.
        overrides: In Hydra's grammar; ``core.overrides.override`` quotes paths.

    Raises:
        ConfigError: An override does not parse, names an unknown key or option, has the wrong type, or holds a secret.
    """
    register_schemas()
    register_optuna()
    try:
        with initialize_config_dir(config_dir=str(conf_dir()), version_base="1.3", job_name=command):
            cfg = compose(command, overrides=list(overrides))
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(explain(error, command)) from error
    check_root(cfg, command)
    check_configuration(cfg)
    return cfg


def load_choices(group: str) -> dict[str, DictConfig]:
    """Returns every option of a group that takes nothing from elsewhere, by name, in alphabetical order."""
    loaded = {path.stem: OmegaConf.load(path) for path in sorted((conf_dir() / group).glob("*.yaml"))}
    return {name: node for name, node in loaded.items() if isinstance(node, DictConfig)}


def check_root(cfg: DictConfig, command: str) -> None:
    """Refuses root keys that the command does not know, which Hydra lets in with a leading ``+``.

    Raises:
        ConfigError: Names the keys and the nearest ones.
    """
    known = [field.name for field in dataclasses.fields(SCHEMAS[command])]
    unknown = [str(name) for name in cfg if name not in known]
    if unknown:
        raise ConfigError(f"{unknown[0]} is not an option of {command}{nearest(unknown[0], known)}")


def explain(error: Exception, command: str) -> str:
    """Returns what Hydra or OmegaConf found wrong in one line, with the nearest keys or the options there are."""
    text, why = _one_line(error), _one_line(error.__cause__)
    # "Could not override 'trainer.max_stepz'", "Error merging override seed=x"
    named = re.search(r"Could not override '([^']+)'|Error merging override \W*([^=\s]+)", text)
    key = (named.group(1) or named.group(2)) if named else None
    if key and re.search(r"not in|No match", why):
        return f"{key} is not an option of {command}{nearest(key, _keys(command))}"
    if key:
        return f"{key}: {re.split(r' full_key: ', why)[0] or text}"
    choice = re.search(r"Could not (?:find|load) '([^']+)/([^'/]+)'", text)
    if choice:
        group, name = choice.groups()
        if group.startswith("hydra/"):
            return f"{group}={name} comes with another package; pip install 'faceswap-lab[launch,sweep]'"
        return f"{group}={name} does not exist; choose one of {', '.join(options(group))}"
    sweep = re.search(r"Ambiguous value for argument '([^']+)'", text)
    if sweep:
        return f"{sweep.group(1)}: several values are swept over with -m, which only train knows"
    if text.startswith("Lexer") or "no viable alternative" in text or "mismatched input" in text:
        shown = re.split(r"[:^]", text, maxsplit=1)[-1].split("^")[0].strip()
        return f"{shown} cannot be read; write KEY=VALUE, and quote odd characters"
    return f"{text} {why}".strip()[:400]


def options(group: str) -> list[str]:
    """Returns the choices of a configuration group: the folder is the catalogue."""
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


def _one_line(error: BaseException | None) -> str:
    return "" if error is None else " ".join(line.strip() for line in str(error).splitlines() if line.strip())


def _keys(command: str) -> list[str]:
    try:
        return list(dict.fromkeys(_walk(compose_config(command), "")))
    except ConfigError:
        return []


def _walk(node: DictConfig, prefix: str) -> Iterator[str]:
    for name in node:
        key = f"{prefix}{name}"
        if str(name).startswith("_"):
            continue
        yield str(name) if (conf_dir() / str(name)).is_dir() else key  # `encoder=` chooses what lies at `model.encoder`
        if not OmegaConf.is_missing(node, str(name)) and not OmegaConf.is_interpolation(node, str(name)):
            item = node[name]
            if isinstance(item, DictConfig):
                yield from _walk(item, f"{key}.")
