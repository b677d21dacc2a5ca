"""What a shell hands over, as overrides in Hydra's grammar: text and paths are taken as they stand.

Hydra reads commas as sweeps, brackets as lists and `${` as interpolation; a path may hold all of them. The schema says
which keys hold text, and their values are quoted here, so that ordinary shell quoting is all a user needs.
"""

import dataclasses
import os
import types
import typing
from collections.abc import Iterable
from typing import Any

from hydra.core.override_parser.types import Quote, QuotedString

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.core.schema import SCHEMAS

_HYDRA = (
    "hydra.run.",
    "hydra.sweep.",
    "hydra.sweeper.",
    "hydra.launcher.",
    "hydra.job.",
    "hydra.output_subdir",  # Lightning gives it to the processes that it starts for further devices
    "hydra.mode",
    "hydra.verbose",
)

_TEXTS_OF_GROUPS = {"provenance.reason"}
"""What people write in words, though its group and not the schema names it."""


def override(key: str, value: str) -> str:
    """Returns ``key=value`` with the value quoted, so that Hydra reads it as this very text.

    Raises:
        ConfigError: The value is ``???``, which in a configuration means that there is none; nothing can quote it.
    """
    if value == "???":
        raise ConfigError(f"{key}=???: three question marks stand for a value that is missing; of a path write ./???")
    quoted = QuotedString(text=value.replace("${", "\\${"), quote=Quote.single).with_quotes()
    return f"{_enter(key)}{key}={quoted}"


def _enter(key: str) -> str:
    """What Hydra wants before a key that is new: the tables ``facesets.NAME``, ``range.NAME`` and so on are empty."""
    name, dot, _ = key.partition(".")
    tables = {
        field for schema in SCHEMAS.values() for field, kind in typing.get_type_hints(schema).items() if _is_table(kind)
    }
    return "++" if dot and name in tables else ""


def _is_table(kind: Any) -> bool:
    return typing.get_origin(kind) is dict and typing.get_args(kind)[1] is str


def from_shell(command: str, argument: str, *, sweep: bool = False) -> str:
    """Returns one argument of the command line as an override.

    Args:
        command: Name of the command, whose schema tells text from numbers.
        argument: ``key=value`` as the shell passed it, or a word without a key for the command's first field.
        sweep: Whether commas may separate several values; an existing path stays one value even then.

    Raises:
        ConfigError: The value is empty or ``???``, holds a NUL character, or there is no key.
    """
    key, separator, value = argument.partition("=")
    if argument.startswith("~") and not separator:
        return argument
    if not separator or (not _is_key(command, key) and os.path.exists(argument)):
        key, value = first_field(command), argument
    if "\0" in argument:
        raise ConfigError(f"{key}: holds a NUL character, which no name can have")
    if not value.strip():
        raise ConfigError(f"{key}: the value is empty; write {key}=VALUE, or leave it out for the default")
    if not _is_text(SCHEMAS[command], key) or (value == "null" and not os.path.exists(value)):
        return f"{key}={value}"
    if not os.path.exists(value):
        if value[0] == value[-1] and value[0] in "'\"" and len(value) > 1:
            return f"{_enter(key)}{key}={value}"  # quoted twice, once for Hydra
        if sweep and ("," in value or value.startswith(("glob(", "choice("))) and not key.startswith("range."):
            return f"{_enter(key)}{key}={value}"
    return override(key, value)


def check_words(command: str, arguments: Iterable[str]) -> None:
    """Refuses two words without a key: the second would take the place of the first, which nobody would notice.

    Raises:
        ConfigError: Names both.
    """
    words = [word for word in arguments if "=" not in word and not word.startswith("~")]
    if len(words) > 1:
        raise ConfigError(
            f"{words[0]} and {words[1]} are both given for {first_field(command)}=; give one, and the others in turn"
        )


def check_hydra(overrides: Iterable[str]) -> None:
    """Refuses what would let Hydra itself run something: its callbacks, its logging and its search path.

    Raises:
        ConfigError: Names the key and those that may be set.
    """
    for item in overrides:
        key = item.partition("=")[0].lstrip("+~")
        if (key == "hydra" or key.startswith("hydra.")) and ("_target_" in item or not key.startswith(_HYDRA)):
            allowed = ", ".join(f"{prefix}*" for prefix in _HYDRA)
            raise ConfigError(f"{key} is not an option; of Hydra's own there are {allowed}, without _target_")


def first_field(command: str) -> str:
    """Returns the field that a word without a key fills."""
    return dataclasses.fields(SCHEMAS[command])[0].name


def _is_key(command: str, text: str) -> bool:
    """Whether a word before ``=`` is meant as a key: a field, a group, or Hydra's own."""
    root = text.lstrip("+~").split(".")[0].split("/")[0].split("@")[0]
    return (
        root in {"hydra", *(field.name for field in dataclasses.fields(SCHEMAS[command]))}
        or (conf_dir() / root).is_dir()
    )


def _is_text(schema: type, key: str) -> bool:
    hints = typing.get_type_hints(schema)
    name, _, rest = key.lstrip("+~").partition(".")
    kind = hints.get(name)
    if dataclasses.is_dataclass(kind):
        return isinstance(kind, type) and bool(rest) and _is_text(kind, rest)
    if _is_table(kind):
        return bool(rest)
    if typing.get_origin(kind) is dict:  # a group: an option of it, or a list of options
        return key.lstrip("+~") in _TEXTS_OF_GROUPS
    return not rest and str in _members(kind)


def _members(kind: Any) -> tuple[Any, ...]:
    return typing.get_args(kind) if isinstance(kind, types.UnionType) or typing.get_origin(kind) else (kind,)
