"""The help texts, drawn from what is there: command files, schemas and the configuration folder."""

import ast
import dataclasses
import sys
import typing
from collections.abc import Iterable
from typing import Any

import yaml

from faceswap_lab.core.paths import PACKAGE_DIR, conf_dir


def show(text: str) -> None:
    """Writes to standard output."""
    sys.stdout.write(text + "\n")


def commands() -> list[str]:
    """Returns the names of all commands, in the order in which a newcomer meets them."""
    from faceswap_lab.core.schema import SCHEMAS

    there = {path.stem for path in (PACKAGE_DIR / "commands").glob("*.py")}
    return [name for name in SCHEMAS if name in there]


def overview() -> str:
    """Returns the text of ``faceswap-lab --help``."""
    lines = [f"  {name:<10} {_summary(name)}" for name in commands()]
    return "\n".join(
        [
            "usage: faceswap-lab COMMAND [KEY=VALUE ...]",
            "",
            "Trains one encoder with a decoder per identity, and puts a face into footage: measured and marked.",
            "",
            *lines,
            "",
            "`faceswap-lab COMMAND --help` lists a command's options, `--cfg job` prints its configuration.",
        ]
    )


def of(command: str, verb: str | None = None) -> str:
    """Returns the text of ``faceswap-lab COMMAND --help``: every root option, every group and its choices.

    Args:
        command: Its name.
        verb: One of the command's verbs, where it has several: only what this verb takes is listed.
    """
    from faceswap_lab.core.schema import SCHEMAS

    schema = SCHEMAS[command]
    verbs = getattr(schema, "verbs", {})
    if verb is not None and verb in verbs:
        return _of_verb(command, verb, schema)
    word = " VERB" if verbs else ""
    lines = [f"usage: faceswap-lab {command}{word} [KEY=VALUE ...]", "", _summary(command), ""]
    if verbs:
        lines += ["Verbs:", *[f"  {name:<10} {known.text}" for name, known in verbs.items()], ""]
    lines += ["Options:", *[f"  {name:<28} {text}" for name, text in _options(schema, "")]]
    groups = _groups(command)
    if groups:
        lines += ["", "Groups (GROUP=CHOICE; GROUP.KEY=VALUE sets a key of the choice):"]
        lines += [
            f"  {group:<12} {', '.join(f'[{c}]' if c in defaults else c for c in choices)}"
            for group, defaults, choices in groups
        ]
        lines += ["", "A choice in brackets is the default."]
    if verbs:
        lines += ["", f"`faceswap-lab {command} VERB --help` lists a verb's options."]
    return "\n".join([*lines, "", "Examples:", *_examples(command, getattr(schema, "examples", ()))])


def _of_verb(command: str, name: str, schema: Any) -> str:
    verb = schema.verbs[name]
    rows = {key.removesuffix(".NAME"): (key, text) for key, text in _options(schema, "")}
    needed = [f"  {rows[key][0]:<28} {rows[key][1].rsplit(' (', 1)[0]} (needed)" for key in verb.needs]
    lines = [f"usage: faceswap-lab {command} {name} [KEY=VALUE ...]", "", f"{verb.text[0].upper()}{verb.text[1:]}.", ""]
    # A key such as `identity` stands for all that begin with `identity.`.
    taken = [row for wanted in verb.takes for key, row in rows.items() if f"{key}.".startswith(f"{wanted}.")]
    lines += ["Options:", *needed, *[f"  {key:<28} {text}" for key, text in taken]]
    return "\n".join([*lines, "", "Examples:", *_examples(command, verb.examples)])


def _examples(command: str, examples: Iterable[str]) -> list[str]:
    return [f"  faceswap-lab {command} {example}" for example in examples]


def _summary(command: str) -> str:
    # Parsed, not imported: some commands load half a gigabyte of libraries.
    tree = ast.parse((PACKAGE_DIR / "commands" / f"{command}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").split("\n")[0]


def _options(schema: Any, prefix: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    hints = typing.get_type_hints(schema)
    for field in dataclasses.fields(schema):
        if field.metadata.get("node"):
            continue
        kind = hints[field.name]
        if dataclasses.is_dataclass(kind):
            rows += _options(kind, f"{prefix}{field.name}.")
            continue
        name = f"{prefix}{field.name}" + (".NAME" if typing.get_origin(kind) is dict else "")
        rows.append((name, f"{field.metadata.get('help', '')} ({_default(field)})"))
    return rows


def _default(field: Any) -> str:
    if field.default == "???":
        return "needed"
    if field.default is dataclasses.MISSING:
        return "default: none"
    if isinstance(field.default, str) and field.default.startswith("${hydra:"):
        return "default: runs/DATE/TIME"
    return f"default: {'null' if field.default is None else field.default}"


def _groups(command: str) -> list[tuple[str, list[str], list[str]]]:
    from faceswap_lab.core.compose import options

    primary = yaml.safe_load((conf_dir() / f"{command}.yaml").read_text(encoding="utf-8"))
    rows: list[tuple[str, list[str], list[str]]] = []
    for entry in primary["defaults"]:
        if isinstance(entry, dict):
            for group, default in entry.items():
                if group != "hydra":
                    chosen = default if isinstance(default, list) else [default]
                    rows.append((group, chosen, options(group.split("@")[0])))
    return rows
