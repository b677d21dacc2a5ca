"""The command line that all studies share: small or whole, on whom, how long, how many seeds."""

import argparse
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.running.jobs import Plan, Setting, run_jobs
from experiments.running.people import Person, clip_people, demo_people, drawn_people
from experiments.running.plot import plot
from experiments.running.results import Row, read_rows, write_rows, write_table
from faceswap_lab.cli import log_to_console

logger = logging.getLogger("faceswap_lab")

_SMALL = ("data.num_workers=0", "data.batch_size=2", "data.validation_faces=2")


@dataclass(frozen=True, slots=True)
class Study:
    """What is asked.

    Attributes:
        folder: Of the study, where its README lies.
        settings: What is compared, by name.
        small: The settings of the small variant.
        figures: What is looked at: text over its panel by its name in metrics.json.
        shared: Overrides of every job.
        people: How many people train at most.
        footage: On whom, where the command does not say.
    """

    folder: Path
    settings: Mapping[str, Setting]
    small: Sequence[str]
    figures: Mapping[str, str]
    shared: Sequence[str]
    people: int = 2
    footage: str = "demo"


def main(study: Study, arguments: Sequence[str] | None = None) -> int:
    """Runs what is not done yet, and writes results.csv, table.md and plot.png.

    With more than two people those two compare the first two, whom all settings have, and table_added.md and
    plot_added.png what the decoders of the others draw.

    Returns:
        Exit code: 0, or 2 where jobs failed, which are named.
    """
    parser = argparse.ArgumentParser(prog=f"python -m experiments.{study.folder.name}.run")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--small", action="store_true", help="two steps on drawn people: does everything fit together?")
    length.add_argument("--minutes", type=_positive(float), default=3.0, help="of training, a job (default: 3)")
    length.add_argument("--steps", type=_positive(int), help="in place of minutes, where other work is done beside")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--footage", choices=("demo", "clips", "both", "drawn"), default=study.footage)
    parser.add_argument("--clips", type=Path, help="folder of real clips, for --footage clips and both")
    parser.add_argument(
        "--frames", type=_positive(int), help="of a portrait's held-out clip that are measured: 1 to 250"
    )
    parser.add_argument("--output", type=Path, help="one for each length (default: in runs/ of the study's folder)")
    parser.add_argument("--only", nargs="+", choices=list(study.settings), help="settings to run")
    given = parser.parse_args(arguments)
    log_to_console()
    footage = "drawn" if given.small else given.footage
    if footage in ("clips", "both") and given.clips is None:
        parser.error(
            f"--footage {footage} needs --clips FOLDER; --footage drawn needs none, and has no identity figures"
        )
    if given.frames is not None and footage not in ("demo", "both"):
        parser.error(f"--frames is of the portraits, whom --footage {footage} leaves out")
    length_of = f"steps={given.steps}" if given.steps else f"minutes={given.minutes:g}"
    run = ",".join([footage, length_of, *([f"frames={given.frames}"] if given.frames else [])])
    output: Path = (given.output or study.folder / "runs" / ("small" if given.small else run)).absolute()
    names = given.only or (study.small if given.small else list(study.settings))
    settings = {name: setting for name, setting in study.settings.items() if name in names}
    if given.small:
        plan = Plan(output, [*study.shared, *_SMALL], given.seeds[:1], steps=2)
    else:
        plan = Plan(output, study.shared, given.seeds, minutes=given.minutes, steps=given.steps)
    measured = None if given.frames is None else f"0:{given.frames}"
    people = _people(footage, output / "faces", study.people, clips=given.clips, measured=measured, small=given.small)
    pair = {person.name for person in people[:2]}  # whom all settings have

    def write() -> None:
        rows = read_rows(plan, list(settings))
        shown = {name: text for name, text in study.figures.items() if any(name in row.figures for row in rows)}
        if shown:
            write_rows(output / "results.csv", rows, list(shown))
            compare(output, "", [row for row in rows if set(row.what.split(">")) <= pair], shown)
            compare(output, "_added", [row for row in rows if row.what.split(">")[-1] not in pair], shown)

    def compare(folder: Path, suffix: str, rows: Sequence[Row], shown: Mapping[str, str]) -> None:
        having = [name for name in settings if any(row.setting == name for row in rows)]
        if having:
            write_table(folder / f"table{suffix}.md", rows, having, list(shown))
            plot(folder / f"plot{suffix}.png", rows, having, shown)

    run_jobs(plan, settings, people, after_each=write)
    logger.info("wrote %s", output)
    if plan.failed:
        logger.error("%d jobs failed: %s; the same command runs them again", len(plan.failed), ", ".join(plan.failed))
        return 2
    return 0


def _positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = kind(text)
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"{text} must be more than 0")
        return value

    parse.__name__ = kind.__name__  # what argparse calls a value that is no number
    return parse


def _people(
    footage: str, folder: Path, count: int, *, clips: Path | None, measured: str | None, small: bool
) -> list[Person]:
    if footage == "drawn":
        return drawn_people(folder, count, faces=24 if small else 200, size=48 if small else 160)
    people = demo_people(folder, measured=measured) if footage in ("demo", "both") else []
    if clips is not None and footage in ("clips", "both"):
        people += clip_people(folder, clips)
    return people
