"""The report: one HTML file with pictures, curves and the table, that needs nothing beside it."""

from dataclasses import dataclass, field
from pathlib import Path

from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.core.markup import Html, table, tag
from faceswap_lab.evaluation.curves import choose, line_chart, read_curves
from faceswap_lab.evaluation.document import document, section
from faceswap_lab.evaluation.everybody import AsEverybody
from faceswap_lab.evaluation.extremes import Moment
from faceswap_lab.evaluation.figure_table import (
    NOTHING,
    cost_table,
    cycle_table,
    detectability_table,
    judge_table,
    matrix_table,
    number,
    pairs_table,
    restored_table,
)
from faceswap_lab.evaluation.pictures import Picture, file_uri
from faceswap_lab.evaluation.report_pictures import direction_pictures, everybody_table
from faceswap_lab.evaluation.schema import Metrics
from faceswap_lab.evaluation.wall_time import over_minutes

_MATRIX = "identity_distance_target"


@dataclass(frozen=True, slots=True)
class Report:
    """What a page shows beside its figures.

    Attributes:
        title: Headline.
        metrics: What `metrics.json` holds.
        pictures: Per pair, pictures in rows of three: footage, swapped, a real face of the identity.
        extremes: Per pair and error, the best and the worst frame.
        everybody: One frame of each footage as every identity.
        network: What the checkpoint holds, in words.
        curves: `metrics.csv` of the training run, if there is one.
        preview: The run's last preview grid, if there is one.
        config: The run's resolved configuration, if it is still there.
        commands: What it does, and the command that repeats it.
        clips: Names of the clips beside the page, and what they show.
    """

    title: str
    metrics: Metrics
    pictures: dict[str, list[Picture]] = field(default_factory=dict)
    extremes: dict[str, dict[str, tuple[Moment, Moment]]] = field(default_factory=dict)
    everybody: list[AsEverybody] = field(default_factory=list)
    network: dict[str, str] = field(default_factory=dict)
    curves: Path | None = None
    preview: Path | None = None
    config: Path | None = None
    commands: dict[str, str] = field(default_factory=dict)
    clips: dict[str, str] = field(default_factory=dict)


def write_report(path: Path, report: Report) -> None:
    """Writes the page, whole or not at all.

    Raises:
        OutputError: The folder is not writable.
    """
    atomic_write_text(path, render(report))


def render(report: Report) -> str:
    """The page as text."""
    sections = [_lead(report), _pictures(report), _figures(report.metrics), _training(report), _consent(report.metrics)]
    sections += [_origin(report.metrics), _limits(report.metrics), _repeat(report)]
    return document(report.title, *sections)


def _lead(report: Report) -> Html:
    clips = [tag("li", tag("a", tag("code", name), href=name), ": ", text) for name, text in report.clips.items()]
    notice = "Every swapped picture on this page is generated: it shows something that did not happen."
    return tag("header", tag("h1", report.title), tag("p", notice, class_="lead"), tag("ul", *clips) if clips else "")


def _pictures(report: Report) -> Html:
    parts: list[str] = []
    if report.everybody:
        parts.append(everybody_table(report.everybody, list(report.metrics["identities"])))
    pairs = list(dict.fromkeys([*report.pictures, *report.extremes]))
    for pair in pairs:
        pictures, moments = report.pictures.get(pair, []), report.extremes.get(pair, {})
        parts.append(direction_pictures(pair, pictures, moments, folded=len(pairs) > 2))
    return section("Held-out footage", "pictures", *parts) if parts else Html("")


def _figures(metrics: Metrics) -> Html:
    matrices = [matrix_table(metrics, name) for name in metrics["matrices"] if name != _MATRIX]
    matrix = [matrix_table(metrics, _MATRIX)] if _MATRIX in metrics["matrices"] else []
    if matrices:
        summary = tag("summary", "The same of other figures")
        matrix.append(tag("details", summary, tag("div", *matrices, class_="matrices")))
    swapped = [pairs_table(metrics), *matrix]
    if len(metrics["identities"]) > 2:  # the matrix says at a glance what the wide table says at length
        swapped = [*matrix, pairs_table(metrics)]
    more = [table_of(metrics) for table_of in (judge_table, detectability_table, cost_table)]
    return section("Figures", "figures", *swapped, *more, restored_table(metrics), cycle_table(metrics))


_CURVES = {
    "Training loss": "train/loss",
    "SSIM of held-out faces": "val/ssim",
    "Distance of held-out swaps to the identity drawn": "val/identity_distance_target",
}


def _training(report: Report) -> Html:
    metrics, parts = report.metrics, []
    facts: dict[str, float | None] = {
        "Parameters": metrics["parameters"],
        "Steps": metrics["steps"],
        "Training time, s": metrics["train_seconds"],
        "Samples per second": metrics["samples_per_s"],
    }
    rows = [[name, text] for name, text in report.network.items()] + [[k, number(v)] for k, v in facts.items()]
    parts.append(tag("div", table("The run behind the checkpoint", ["Fact", "Value"], rows), class_="wide"))
    if report.curves is not None:
        curves = read_curves(report.curves)
        for title, name in _CURVES.items():
            each = [f"{name}_{identity}" for identity in metrics["identities"]]
            if chosen := choose(curves, name, *(each if len(each) < 3 else [])):
                parts.append(line_chart(title, chosen))
                timed = {key: over_minutes(series, curves, _end(metrics)) for key, series in chosen.items()}
                if known := {key: series for key, series in timed.items() if series is not None}:
                    parts.append(line_chart(title, known, over="minutes of training"))
    if report.preview is not None:
        image = tag("img", src=file_uri(report.preview), alt="Grid of input, restored and swapped faces")
        parts.append(tag("figure", image, tag("figcaption", "The run's last preview: input, restored, swapped")))
    return section("Training", "training", *parts)


_TERMS = {
    **{"basis": "Basis", "scope": "Scope", "reference": "Reference", "expiry": "Expiry", "subject": "Agreed by"},
    **{"territory": "Territory", "evidence_sha256": "SHA-256 of the evidence", "id": "Id"},
}


def _consent(metrics: Metrics) -> Html:
    of = metrics["identities"]
    rows = [
        [label, *[str(record["consent"].get(key) or NOTHING) for record in of.values()]]
        for key, label in _TERMS.items()
    ]
    rows.append(["Licence", *[record["licence"] or NOTHING for record in of.values()]])
    rows.append(["Training faces", *[str(record["num_faces"]) for record in of.values()]])
    shown = table("On what ground these faces were used", ["Identity", *of], rows)
    return section("Consent", "consent", tag("div", shown, class_="wide"))


def _origin(metrics: Metrics) -> Html:
    """Of which data all this was made, by hashes that anyone can compare."""
    sets = [
        [name, "face set that trained", of.get("faceset_hash") or NOTHING] for name, of in metrics["identities"].items()
    ]
    clips = [
        [name, f"held-out footage, {of['name']}, {_frames(of['range'])}", of["sha256"]]
        for name, of in metrics["footage"].items()
    ]
    shown = table("Data behind this page", ["Identity", "What", "Hash"], sets + clips)
    return section("Data", "data", tag("div", shown, class_="wide"))


def _frames(ranges: str | None) -> str:
    return "all frames" if ranges is None else f"frames {ranges}"


def _end(metrics: Metrics) -> tuple[int, float] | None:
    steps, seconds = metrics["steps"], metrics["train_seconds"]
    return None if steps is None or seconds is None else (steps, seconds)


def _limits(metrics: Metrics) -> Html:
    return section("Limits", "limits", tag("ul", *[tag("li", note) for note in metrics["notes"]]))


def _repeat(report: Report) -> Html:
    parts: list[str] = []
    for label, command in report.commands.items():
        parts += [tag("p", label), tag("pre", tag("code", command), tabindex=0)]
    if report.config is not None:
        config = tag("pre", tag("code", report.config.read_text(encoding="utf-8")), tabindex=0)
        parts.append(tag("details", tag("summary", "Configuration of the training"), config))
    return section("Repeat it", "repeat", *parts) if parts else Html("")
