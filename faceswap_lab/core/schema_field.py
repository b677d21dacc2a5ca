"""How a schema states a root field: its default, its unit and meaning, and whether it names a file."""

import dataclasses
from typing import Any

Node = dict[str, Any]
"""Where the option of a configuration group lands."""


def option(default: Any, text: str, *, path: bool = False) -> Any:
    """Returns a root field.

    Args:
        default: Its value, ``MISSING`` where the user has to give one, or a type to call for it, such as ``dict``.
        text: Help: unit, range and meaning.
        path: The value (or each value of a table) names a file or folder, so it is taken as it stands, whatever
            characters it holds.
    """
    metadata = {"help": text, "path": path}
    if isinstance(default, type):
        return dataclasses.field(default_factory=default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def node() -> Any:
    """Returns a field for the option of a configuration group."""
    return dataclasses.field(default_factory=dict, metadata={"node": True})


PURPOSE_HELP = "what for: research, publication or derivative-training; everybody's consent has to cover it"
RANGE_HELP = "frames such as 385:502 (end exclusive), several separated by commas; null takes all"
