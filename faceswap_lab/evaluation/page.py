"""From an evaluation to its page: where the run's curves and preview lie, and what the clips are called."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.foreign_files import read_yaml
from faceswap_lab.evaluation.protocol import Evaluation
from faceswap_lab.evaluation.report import Report, write_report


def write_page(
    path: Path, evaluation: Evaluation, *, title: str, checkpoint: Path, commands: Mapping[str, str]
) -> Report:
    """Writes `report.html` for an evaluation and returns what it shows.

    Args:
        path: The page.
        evaluation: What was measured.
        title: Headline.
        checkpoint: The checkpoint; curves and preview are taken from its run folder where they still lie there.
        commands: What it does, and the command that repeats it.

    Raises:
        OutputError: The folder is not writable.
    """
    run = checkpoint.parent.parent
    clips = {clip.name: pair.replace(">", " as ") for pair, clip in evaluation.clips.items()}
    report = Report(
        title=title,
        metrics=evaluation.metrics,
        pictures=evaluation.pictures,
        extremes=evaluation.extremes,
        everybody=evaluation.everybody,
        network={"Checkpoint": str(checkpoint), **({} if evaluation.card is None else _network(evaluation.card))},
        curves=_if_there(run / "metrics.csv"),
        preview=_if_there(run / "previews" / "last.png"),
        config=_if_there(run / "config.yaml"),
        commands={**_training_command(run / ".hydra" / "overrides.yaml"), **commands},
        clips={**clips, evaluation.side_by_side.name: "all clips next to one another"},
    )
    write_report(path, report)
    return report


def _network(card: Card) -> dict[str, str]:
    """What the checkpoint holds, as far as its card says."""
    parts = {part: of.get("_target_") for part, of in card["model"].items() if isinstance(of, Mapping)}
    named = [f"{part} {str(target).rpartition('.')[2]}" for part, target in parts.items() if target]
    crop = f"{card['crop']['size']} px in ({card['crop']['kind']} crops), {card['output_size']} px out"
    facts = {"Network": ", ".join(named), "Faces": crop, "Commit": card["commit"] or ""}
    return {name: text for name, text in facts.items() if text}


def _training_command(overrides: Path) -> dict[str, str]:
    """The command that trains the same again, where Hydra kept what it was started with."""
    try:
        words = read_yaml(overrides)
    except (OSError, ValueError):
        return {}
    if not isinstance(words, list):
        return {}
    return {"Repeat the training": shlex.join(["faceswap-lab", "train", *map(str, words)])}


def _if_there(path: Path) -> Path | None:
    return path if path.is_file() else None
