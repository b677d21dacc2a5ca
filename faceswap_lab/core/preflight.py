"""Every fault of a configuration at once, before anything is built or written."""

import difflib
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.targets import RESERVED, find_target, plain, target_fault, target_nodes
from faceswap_lab.core.value_kinds import kind_faults

Supplied = Mapping[str, tuple[str, ...]]
"""By a node's full key: the arguments that only the command knows, and gives when it builds the node."""


def preflight(cfg: DictConfig, *, supplied: Supplied | None = None) -> None:
    """Refuses a composed configuration that could not be built.

    Args:
        cfg: Composed configuration of a command.
        supplied: Arguments that the command adds later, which may therefore be missing.

    Raises:
        ConfigError: Every fault, in one line.
    """
    supplied = supplied or {}
    later = {f"{key}.{name}" for key, names in supplied.items() for name in names}
    missing = sorted(key for key in OmegaConf.missing_keys(cfg) if key not in later)
    faults = [f"{key} is missing; give {key}=VALUE" for key in missing]
    if not faults:
        try:
            faults = find_faults({str(name): plain(cfg[name]) for name in cfg}, supplied=supplied)
        except OmegaConfBaseException as error:
            faults = [str(error).splitlines()[0]]
    if faults:
        raise ConfigError("; ".join(faults))


def find_faults(node: Any, *, supplied: Supplied | None = None) -> list[str]:
    """Returns one line per ``_target_`` that is not allowed or whose keys or values do not fit. Builds nothing.

    Args:
        node: Plain containers.
        supplied: As for ``preflight``.
    """
    faults: list[str] = []
    for key, part in target_nodes(node):
        wrong = target_fault(key, part["_target_"])
        later = (supplied or {}).get(key, ())
        faults.extend([wrong] if wrong else _signature_faults(key, part, later))
        if not wrong and part["_target_"].startswith("faceswap_lab."):  # of others, annotations are no promise
            given = {name: value for name, value in part.items() if name not in later}
            faults.extend(kind_faults(key, given, find_target(part["_target_"])))
    return faults


def _signature_faults(key: str, part: Mapping[str, Any], later: Iterable[str]) -> list[str]:
    target = find_target(part["_target_"])
    try:
        signature = inspect.signature(target)
    except ValueError:  # built-in classes state none; building them will tell
        return []
    given = [name for name in part if name not in RESERVED]
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.parameters.values())
    unknown = [] if takes_any else [name for name in given if name not in signature.parameters]
    faults = [
        f"{key}.{name} is not an option of {part['_target_']}{nearest(name, signature.parameters)}" for name in unknown
    ]
    if not part.get("_partial_"):
        known = {*given, *later}
        faults += [
            f"{key}.{name} is missing: {part['_target_']} needs it"
            for name, parameter in signature.parameters.items()
            if parameter.default is inspect.Parameter.empty
            and parameter.kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
            and name not in known
        ]
    return faults


def nearest(word: str, choices: Iterable[str]) -> str:
    """Returns ``"; did you mean x?"``, or what can be chosen where nothing is near."""
    choices = list(choices)
    close = difflib.get_close_matches(word, choices, n=2, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    return f"; it knows {', '.join(choices[:24])}" if choices else ""
