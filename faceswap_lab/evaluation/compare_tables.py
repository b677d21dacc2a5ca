"""The tables of a comparison: what was chosen, how it went, and every figure with the best one in bold."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from faceswap_lab.core.markup import Html, join, table, tag
from faceswap_lab.evaluation.better import best_of
from faceswap_lab.evaluation.differences import differences
from faceswap_lab.evaluation.figure_table import GROUPS, NOTHING, number, words
from faceswap_lab.evaluation.found_runs import FoundRun
from faceswap_lab.evaluation.schema import GOALS

Ends = Sequence[float | None] | None

_RESTORED = {"ssim": "SSIM", "ms_ssim": "MS-SSIM", "psnr": "PSNR, dB", "l1": "L1"}


def choices_table(runs: Sequence[FoundRun]) -> Html:
    """A row for each key of the configuration that is not the same in all runs."""
    configs = [{**run.config, "commit": _commit(run)} if run.config else {} for run in runs]
    rows = [
        [key, *[NOTHING if value is None else value for value in values]]
        for key, values in differences(configs).items()
    ]
    if not rows:
        return tag("p", "All runs have the same configuration." if len(runs) > 1 else "There is one run only.")
    return tag(
        "div", table("Where the configurations differ", ["Key", *map(breakable, _names(runs))], rows), class_="wide"
    )


def runs_table(runs: Sequence[FoundRun]) -> Html:
    """How long each run trained, how large it is, and what it says of itself at its end."""
    cards = [cast(Mapping[str, Any], run.card or {}) for run in runs]
    logged = [cast(Mapping[str, float], card.get("metrics", {})) for card in cards]
    rows: list[tuple[str, str, list[float | None]]] = [
        ("Steps", "steps", [card.get("steps") for card in cards]),
        ("Training time, minutes", "minutes", [_minutes(card) for card in cards]),
        ("Samples per second", "samples_per_s", [card.get("samples_per_s") for card in cards]),
        ("Parameters", "parameters", [card.get("parameters") for card in cards]),
    ]
    names = sorted({name for of in logged for name in of if name.startswith("val/")})
    rows += [(f"Last {name}", name, [of.get(name) for of in logged]) for name in names]
    body = [_row(label, "", name, values, [None] * len(values)) for label, name, values in rows]
    return _table("At the end of training", runs, [tag("tbody", *body)])


def figures_table(pair: str, runs: Sequence[FoundRun]) -> Html:
    """Every figure of one direction, a run a column, with intervals."""
    figures = [cast(Mapping[str, Any], (run.metrics and run.metrics["pairs"].get(pair)) or {}) for run in runs]
    intervals = [(run.metrics["intervals"].get(pair, {}) if run.metrics else {}) for run in runs]
    bodies: list[Html] = []
    for title, group in GROUPS.items():
        rows = [tag("tr", tag("th", title, scope="rowgroup", colspan=len(runs) + 1), class_="group")]
        for name, (label, unit) in group.items():
            values = [of.get(name) for of in figures]
            if any(value is not None for value in values):
                rows.append(_row(label, unit, name, values, [ends.get(name) for ends in intervals]))
        if len(rows) > 1:
            bodies.append(tag("tbody", *rows))
    return _table(f"{words(pair)}: bold is best; where intervals overlap, it may be so by chance", runs, bodies)


def restored_table(runs: Sequence[FoundRun]) -> Html:
    """How well each run restores held-out faces of its identities."""
    known = [run.metrics["restored"] if run.metrics else {} for run in runs]
    identities = dict.fromkeys(name for of in known for name in of)
    bodies: list[Html] = []
    for identity in identities:
        rows = [tag("tr", tag("th", identity, scope="rowgroup", colspan=len(runs) + 1), class_="group")]
        for name, label in _RESTORED.items():
            values = [cast(Mapping[str, Any], of.get(identity, {})).get(name) for of in known]
            rows.append(_row(label, "", name, values, [None] * len(values)))
        bodies.append(tag("tbody", *rows))
    return _table("Held-out faces through their own decoder", runs, bodies)


def _row(label: str, unit: str, name: str, values: Sequence[float | None], intervals: Sequence[Ends]) -> Html:
    best = best_of(name, values)
    cells = [
        _cell(value, ends, best=place in best)
        for place, (value, ends) in enumerate(zip(values, intervals, strict=True))
    ]
    goal = GOALS.get(name)
    said = ", ".join(text for text in (unit, f"goal {goal}" if goal else "") if text)
    first = tag("th", label, *([" ", tag("small", said)] if said else []), scope="row")
    return tag("tr", first, *[tag("td", cell) for cell in cells])


def _cell(value: float | None, ends: Ends, *, best: bool) -> Html:
    parts: list[str] = [tag("strong", number(value)) if best else number(value)]
    if ends is not None:
        parts.append(tag("small", f"{number(ends[0])} to {number(ends[1])}", class_="interval"))
    return join(*parts)


def _table(caption: str, runs: Sequence[FoundRun], bodies: Sequence[Html]) -> Html:
    header = [tag("th", breakable(name), scope="col") for name in ("Figure", *_names(runs))]
    whole = tag("table", tag("caption", caption), tag("thead", tag("tr", *header)), *bodies)
    return tag("div", whole, class_="scroll wide")


def breakable(name: str) -> Html:
    """A run's name, which may be broken behind its commas and slashes and nowhere else while that is enough."""
    parts = re.split(r"(?<=[,/])", name)
    return join(*[piece for part in parts for piece in (part, tag("wbr"))][:-1])


def _names(runs: Sequence[FoundRun]) -> list[str]:
    return [run.name for run in runs]


def _commit(run: FoundRun) -> str | None:
    commit = None if run.card is None else run.card["commit"]
    return None if commit is None else commit[:10]


def _minutes(card: Mapping[str, Any]) -> float | None:
    return round(card["train_seconds"] / 60, 2) if "train_seconds" in card else None
