"""Markdown in which foreign text stays text: names and references come from anybody, and a page must not obey them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

NOT_RECORDED = "not recorded"
_MOST_LETTERS = 300
_MARKUP = re.compile(r"([\\`*_{}\[\]#!|<>&~@:$])")


def text(value: object) -> str:
    """Any value as one line that Markdown shows as it is: no markup, no HTML, no link, no other line.

    Args:
        value: None says that it was not recorded; numbers that are not whole have four digits.
    """
    if value is None or value == "":
        return NOT_RECORDED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        value = f"{value:.4g}"
    words = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in str(value)).split()
    line = " ".join(words)
    if len(line) > _MOST_LETTERS:
        line = f"{line[:_MOST_LETTERS]}…"
    escaped = re.sub(r"(?i)\b(www)\.", r"\1\\.", _MARKUP.sub(r"\\\1", line))
    return escaped or NOT_RECORDED


def code(value: object) -> str:
    """A hash or another word of letters and digits in fixed width; what holds anything else is shown as text."""
    word = str(value)
    return f"`{word}`" if re.fullmatch(r"[\w.+-]{1,100}", word, re.ASCII) else text(value)


def rows(header: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    """A table; cells are finished Markdown, as ``text`` and ``code`` give it."""
    lines = [header, ["---"] * len(header), *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def facts(known: Mapping[str, str]) -> str:
    """A table of two columns: what, and what is known of it as finished Markdown."""
    return rows(("", ""), known.items())


def literal(value: Any) -> str:
    """Plain values as an indented YAML block, which nothing in them can end."""
    written = yaml.safe_dump(value, sort_keys=False, allow_unicode=False, width=100)
    return "".join(f"    {line}\n" for line in written.splitlines())
