"""Secrets have no place in a configuration: it is written beside what it made, and others read it there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from faceswap_lab.core.errors import ConfigError

_NAME = re.compile(r"(?i)(?:^|.*_)(?:api_?key|access_?key|secret(?:_?key)?|token|passw(?:or)?d|passphrase)")
_IN_A_TABLE = re.compile(r"""["']?(\w+)["']?\s*:\s*([^,}\s]+)""")
_IN_A_URL = re.compile(r"://[^/\s@:]+:[^/\s@]+@")
_NOTHING = ("", "null", "''", '""', "???")
_WITHHELD = ("private_key",)
"""Of files that hold a secret not even the name is told to others."""
_SIGNER = ("private_key", "certificate")
"""What lies beside a file that holds a secret says where that is."""


def check_overrides(overrides: Sequence[str]) -> None:
    """Refuses a secret on a command line, where other users of the machine see it, too.

    Args:
        overrides: Words such as ``logger.wandb.api_key=…``.

    Raises:
        ConfigError: Names the key, and where the secret belongs; never the secret.
    """
    for word in overrides:
        key, _, value = word.partition("=")
        if _is_secret(key.lstrip("+~").rpartition(".")[2], value):
            raise ConfigError(_message(key.lstrip("+~")))
        inside = _IN_A_TABLE.findall(value) if "{" in value else ()
        named = next((name for name, of in inside if _is_secret(name, of)), None)
        if named is not None or _IN_A_URL.search(value):
            raise ConfigError(_message(key.lstrip("+~") + (f".{named}" if named else "")))


def check_configuration(cfg: DictConfig) -> None:
    """Refuses a secret anywhere in a composed configuration, from whatever file or word it came.

    Raises:
        ConfigError: As ``check_overrides``.
    """
    for key, value in _leaves(OmegaConf.to_container(cfg, resolve=False), ""):
        if _is_secret(key.rpartition(".")[2], value) or (isinstance(value, str) and _IN_A_URL.search(value)):
            raise ConfigError(_message(key))


def redacted(value: Any) -> Any:
    """Plain values to be passed on: without secrets, and without the names of files that hold one."""
    if isinstance(value, Mapping):
        return {name: "withheld" if _is_withheld(str(name), item) else redacted(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]
    return _IN_A_URL.sub("://withheld@", value) if isinstance(value, str) else value


def told(words: Sequence[str]) -> list[str]:
    """A command line to be passed on: without secrets, and without the places of the signer's files.

    Args:
        words: Such as ``provenance.credential.private_key=…``.
    """
    return [_told(*word.partition("=")) for word in words]


def _told(key: str, equals: str, value: str) -> str:
    name = key.lstrip("+~").rpartition(".")[2]
    is_withheld = bool(equals) and (name in _SIGNER or _is_secret(name, value))
    return f"{key}=withheld" if is_withheld else redacted(key + equals + value)


def _is_withheld(name: str, value: Any) -> bool:
    return _is_secret(name, value) or (value is not None and name in _WITHHELD)


def _is_secret(name: str, value: Any) -> bool:
    return value is not None and str(value) not in _NOTHING and _NAME.fullmatch(name) is not None


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, key)
    else:
        yield key, value


def _message(key: str) -> str:
    return (
        f"{key} holds a secret, which would be written down with the configuration; give it to the program that needs "
        "it in its own place, such as WANDB_API_KEY or MLFLOW_TRACKING_PASSWORD in the environment"
    )
