"""Runs side by side on one page: what was chosen, what came of it, over which time, and how it looks."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from faceswap_lab.core.files import atomic_write_text, check_output
from faceswap_lab.core.markup import Html, tag
from faceswap_lab.evaluation.compare_tables import choices_table, figures_table, restored_table, runs_table
from faceswap_lab.evaluation.curves import Series, choose, line_chart
from faceswap_lab.evaluation.document import document, section
from faceswap_lab.evaluation.figure_table import words
from faceswap_lab.evaluation.found_runs import FoundRun, find_runs
from faceswap_lab.evaluation.pictures import figure, file_uri
from faceswap_lab.evaluation.same_frames import same_frames
from faceswap_lab.evaluation.wall_time import over_minutes
from faceswap_lab.faces.finder import FaceFinder, build_finder

logger = logging.getLogger(__name__)

LOSS = "train/loss"


def compare(
    folders: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    *,
    command: str | None = None,
    finder: FaceFinder | None = None,
) -> list[FoundRun]:
    """Writes the page, and returns the runs that it shows.

    Args:
        folders: Runs, evaluations, or folders of many, such as a study of `train -m`.
        output: The page.
        command: What makes it again, shown at its end.
        finder: Finds the faces that pictures are cut around; the default one where left out.

    Raises:
        ConfigError: A folder is missing or holds no run.
        OutputError: The page cannot be written.
    """
    runs = find_runs(folders)
    check_output(output)
    notes = _notes(runs)
    for note in notes:
        logger.warning("%s", note)
    sections = [_lead(runs, notes), section("What was chosen", "choices", choices_table(runs))]
    sections += [section("Training", "training", runs_table(runs), *_charts(runs)), *_figures(runs)]
    sections += [_pictures(runs, finder), _repeat(command)]
    atomic_write_text(output, document(f"{len(runs)} runs side by side" if len(runs) > 1 else runs[0].name, *sections))
    return runs


def _lead(runs: Sequence[FoundRun], notes: Sequence[str]) -> Html:
    title = f"{len(runs)} runs side by side" if len(runs) > 1 else runs[0].name
    said = "Every swapped picture on this page is generated: it shows something that did not happen."
    more = [tag("ul", *[tag("li", note) for note in notes])] if notes else []
    return tag("header", tag("h1", title), tag("p", said, class_="lead"), *more)


def _charts(runs: Sequence[FoundRun]) -> list[Html]:
    """Each figure that two runs or more logged, all in one chart over minutes."""
    names = dict.fromkeys(name.removesuffix("_step").removesuffix("_epoch") for run in runs for name in run.curves)
    wanted = [LOSS, *sorted(name for name in names if name.startswith("val/") and not _of_one(name, runs))]
    charts: list[Html] = []
    for name in wanted:
        lines: dict[str, Series] = {}
        for run in runs:
            series = choose(dict(run.curves), name).get(name)
            timed = None if series is None else over_minutes(series, run.curves, run.end)
            if timed is not None:
                lines[run.name] = timed
        if lines:
            charts.append(line_chart(name, lines, over="minutes of training"))
    return charts


def _of_one(name: str, runs: Sequence[FoundRun]) -> bool:
    """Whether a figure is that of one identity or direction, not of all."""
    identities = {identity for run in runs if run.card is not None for identity in run.card["identities"]}
    return any(name.endswith(f"_{identity}") for identity in identities)


def _figures(runs: Sequence[FoundRun]) -> list[Html]:
    measured = [run for run in runs if run.metrics is not None]
    if not measured:
        text = "No run has been evaluated; `faceswap-lab evaluate` writes what would stand here."
        return [section("Held-out figures", "figures", tag("p", text))]
    tables = [figures_table(pair, measured) for pair in _pairs(measured)]
    return [section("Held-out figures", "figures", *tables, restored_table(measured))]


def _pictures(runs: Sequence[FoundRun], finder: FaceFinder | None) -> Html:
    parts: list[str] = []
    measured = [run for run in runs if run.metrics is not None]
    for pair in _pairs(measured):
        alike = [run for run in measured if _footage(run, pair) == _footage(measured[0], pair)]
        finder = finder or build_finder()
        for place, pictures in same_frames(pair, alike, finder).items():
            grid = tag("div", *[figure(picture) for picture in pictures], class_="tiles")
            parts += [tag("h3", f"{words(pair)}, frame {place} of the clips"), grid]
    previews = {run.name: run.folder / "previews" / "last.png" for run in runs}
    previews = {name: path for name, path in previews.items() if path.is_file()}
    if previews:
        parts.append(tag("h3", "The runs' last previews: input, then what each identity's decoder draws"))
        shown: list[Html] = []
        for name, path in previews.items():
            image = tag("img", src=file_uri(path), alt=f"Grid of input, restored and swapped faces of {name}")
            shown.append(tag("figure", image, tag("figcaption", name)))
        parts.append(tag("div", *shown, class_="triples"))
    return section("The same frames in every run", "pictures", *parts) if parts else Html("")


def _repeat(command: str | None) -> Html:
    if command is None:
        return Html("")
    return section("Repeat it", "repeat", tag("pre", tag("code", command), tabindex=0))


def _notes(runs: Sequence[FoundRun]) -> list[str]:
    notes = [f"{run.name} is not at its end: {run.unfinished}." for run in runs if run.unfinished is not None]
    bare = [run.name for run in runs if run.metrics is None]
    if bare and len(bare) < len(runs):
        notes.append(f"Not evaluated, so without held-out figures: {', '.join(bare)}.")
    measured = [run for run in runs if run.metrics is not None]
    for pair in _pairs(measured):
        footage = {_footage(run, pair) for run in measured if run.metrics and pair in run.metrics["pairs"]}
        if len(footage) > 1:
            notes.append(f"{words(pair)} was measured on different footage: these figures do not compare.")
    losses = {str(run.config.get("loss")) for run in runs if run.config}
    if len(losses) > 1:
        notes.append(f"The runs lower different losses: their {LOSS} does not compare.")
    return notes


def _pairs(measured: Sequence[FoundRun]) -> list[str]:
    return list(
        dict.fromkeys(pair for run in measured if run.metrics for pair, of in run.metrics["pairs"].items() if of)
    )


def _footage(run: FoundRun, pair: str) -> tuple[str, str | None] | None:
    record = run.metrics["footage"].get(pair.partition(">")[0]) if run.metrics else None
    return None if record is None else (record["sha256"], record["range"])


def default_output(output: str | os.PathLike[str]) -> Path:
    """The page's path: a folder gets ``compare.html``."""
    path = Path(output)
    return path / "compare.html" if path.is_dir() else path
