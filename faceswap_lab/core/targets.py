"""Which `_target_`s a configuration may name, checked before anything is imported for it."""

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from faceswap_lab.core.errors import ConfigError

ALLOWED = ("faceswap_lab.", "torch.", "pytorch_lightning.", "albumentations.", "timm.optim.")
"""Packages whose classes a configuration may name. A checkpoint may name far fewer: see ``core.checkpoint``."""

RESERVED = frozenset({"_target_", "_partial_", "_recursive_", "_convert_", "_args_"})
"""Keys that Hydra reads itself."""


def plain(node: Any) -> Any:
    """Returns a node as lists, dicts and values, interpolations resolved and missing values left as ``???``."""
    if isinstance(node, DictConfig | ListConfig):
        return OmegaConf.to_container(node, resolve=True, throw_on_missing=False)
    return node


def target_nodes(node: Any, key: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields every node below that has a `_target_`, outermost first, with its full key."""
    if isinstance(node, Mapping):
        if "_target_" in node:
            yield key, dict(node)
        for name, item in node.items():
            yield from target_nodes(item, f"{key}.{name}".lstrip("."))
    elif isinstance(node, list | tuple):
        for index, item in enumerate(node):
            yield from target_nodes(item, f"{key}[{index}]")


def check_targets(node: Any, allowed: tuple[str, ...] = ALLOWED) -> None:
    """Refuses a node that names a target outside the allowed packages.

    Args:
        node: Configuration or plain containers.
        allowed: Prefixes, each ending in a dot.

    Raises:
        ConfigError: Names the key, the target and the packages that are allowed.
    """
    for key, part in target_nodes(plain(node)):
        fault = target_fault(key, part["_target_"], allowed)
        if fault:
            raise ConfigError(fault)


def target_fault(key: str, target: Any, allowed: tuple[str, ...] = ALLOWED) -> str | None:
    """Returns what is wrong with a target's place, or none. Imports nothing outside the allowed packages."""
    where = f"{key}._target_".lstrip(".")
    if not isinstance(target, str):
        return f"{where}: expected the path of a class, got {target!r}"
    if not target.startswith(allowed):
        return f"{where}: {target} is not allowed; allowed are classes of {', '.join(p.rstrip('.') for p in allowed)}"
    try:
        found = find_target(target)
    except (ImportError, AttributeError) as error:
        return f"{where}: {target} does not exist ({error})"
    # `faceswap_lab.models.layers.torch.load` begins as allowed and ends elsewhere: ask the object where it lives.
    home = getattr(found, "__module__", None)
    # Of others only classes: among their functions are some that fetch and run what they are given.
    is_ours = target.startswith("faceswap_lab.")
    if not (callable(found) if is_ours else inspect.isclass(found)) or (
        isinstance(home, str) and not f"{home}.".startswith(allowed)
    ):
        return f"{where}: {target} is not a class of {', '.join(prefix.rstrip('.') for prefix in allowed)}"
    return None


def named_targets(overrides: Iterable[str]) -> list[str]:
    """The targets that overrides of a command line put into a configuration, in the order in which they stand."""
    return [found for item in overrides for found in re.findall(r"_target_\W{1,6}([\w.]+)", item)]


def find_target(target: str) -> Any:
    """Returns the object that a dotted path names.

    Raises:
        ImportError: No leading part of the path is a module, or the module fails to import.
        AttributeError: The module has no such name.
    """
    parts = target.split(".")
    for end in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:end])
        try:
            found: Any = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
                continue  # this part is a class, or does not exist: try one part less
            raise
        for attribute in parts[end:]:
            found = inspect.getattr_static(found, attribute) if inspect.isclass(found) else getattr(found, attribute)
            if isinstance(found, staticmethod | classmethod):
                found = found.__func__
        return found
    raise ImportError(f"no module {parts[0]}")
