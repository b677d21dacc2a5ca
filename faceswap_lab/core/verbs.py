"""Commands with several verbs, such as ``faces show``: which options each verb takes, checked and explained."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from faceswap_lab.core.errors import ConfigError


@dataclasses.dataclass(frozen=True, slots=True)
class Verb:
    """What one verb of a command does.

    Attributes:
        text: One sentence for the help.
        needs: Options that have to be given.
        takes: Options that may be given.
        examples: What follows ``faceswap-lab COMMAND`` on the command line.
    """

    text: str
    needs: tuple[str, ...] = ("faceset",)
    takes: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


def check_verb(
    command: str, name: str | None, verbs: Mapping[str, Verb], given: Mapping[str, Any], schema: type
) -> None:
    """Refuses an unknown verb, a missing option, and an option that the verb would not look at.

    Args:
        command: Name of the command, for the message.
        name: The verb as it was typed; None: none was.
        verbs: The command's verbs.
        given: Root options and their values.
        schema: The command's root, whose defaults tell what was given; groups of options are not looked at.

    Raises:
        ConfigError: Names the verb or the option, and the cure.
    """
    # Imported here: the help needs this file's table, and none of what checks configurations.
    from faceswap_lab.core.preflight import nearest

    if name is None:
        raise ConfigError(f"{command}: say what to do; the first word is one of {', '.join(verbs)}")
    if name not in verbs:
        raise ConfigError(f"{command} {name}: no such verb{nearest(name, verbs)}")
    verb = verbs[name]
    known = (*verb.needs, *verb.takes)
    for field in dataclasses.fields(schema):
        if field.name == "verb" or field.metadata.get("node"):
            continue
        value, default = given[field.name], _default(field)
        if field.name in verb.needs and value == default:
            raise ConfigError(f"{command} {name}: {field.name} is missing; give {_form(field)}")
        if field.name not in known and value != default:
            raise ConfigError(f"{command} {name}: {field.name} has no effect here; {name} takes {', '.join(known)}")


def _form(field: dataclasses.Field[Any]) -> str:
    return f"{field.name}.NAME=VALUE" if field.default_factory is dict else f"{field.name}=VALUE"


def _default(field: dataclasses.Field[Any]) -> Any:
    """As the configuration holds it: a branch with keys of its own is a table there."""
    if field.default_factory is dataclasses.MISSING:
        return field.default
    made: Any = field.default_factory()
    if dataclasses.is_dataclass(made) and not isinstance(made, type):
        return dataclasses.asdict(made)
    return made
