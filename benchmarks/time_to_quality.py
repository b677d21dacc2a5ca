"""Minutes of training until a recipe swaps, on held-out footage, beside `light`'s; hours, and resumable.

    FACESWAP_LAB_FOOTAGE=… nice -n 15 python benchmarks/time_to_quality.py --output runs/time_to_quality

`light`, `original` and `lightweight` train on the same face sets: of the two clips of that folder, or of the demo's
embedded footage where the variable is not set.

- **Minutes** are steps times the median time of a step of the recipe. That is measured at every start, for all recipes
  in one process and in turns, so that what else the machine does stretches all alike; with one thread
  (OMP_NUM_THREADS=1) it is the processor's time.
- **Checks** come at step counts that grow by 1.25, on a few held-out frames, with whatever is drawn resized to 96 px;
  see `held_out.py`. The minute of a goal is that of the first check that meets it, so up to a quarter too late.
- **Goals**: *swap*, `identity_distance_target` at most 0.45 and `mouth_opening_correlation` at least 0.8 in every
  direction, man as woman and woman as man; *swap_mean*, the same of the means over both directions; *ssim*, restored
  faces of every identity at 0.85 or more.
- **Learning rates**: three for each recipe, a third of its own, its own, and three times that, each tried for the same
  minutes; the one whose held-out SSIM is best then goes on.
- **Given up**: the others stop at ten times light's minutes and are written as `>10x`; a race that is cut short says
  how far it came, as `>3.2x`. `light` itself ends with its schedule, after `--light-steps`.

What is known is written to `state.json` after every check; the same command goes on from there, in the middle of a run
too. It stops before a turn once `--wall-minutes` are over. Writes `results.csv`, a row a check, and `curves.png`. The
last line is a JSON object, by recipe `minutes_to_swap`, `minutes_to_swap_mean` and `minutes_to_ssim`.
"""

import argparse
import csv
import gc
import json
import logging
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from assembling import Assembled, assemble_on
from held_out import HeldOutCheck
from race import DISTANCE, FACTORS, FIRST, MOUTH, SSIM, Race, Turn
from race_footage import prepare
from turns import step_times_ms

from faceswap_lab.core.build import build
from faceswap_lab.core.files import atomic_write_json
from faceswap_lab.training.callbacks.checkpointer import Checkpointer
from faceswap_lab.training.callbacks.finite import DivergedError, StopOnNan
from faceswap_lab.training.checkpoint_io import AtomicCheckpointIO

RECIPES = ("light", "original", "lightweight")
ENDLESS = 1_000_000  # steps, of a run that is given up before


class Trainers:
    """Builds recipes on the same face sets and trains them a turn at a time.

    Args:
        facesets: By identity.
        words: More options of `train`, for all.
        output: Folder of all runs.
        horizon: Of the yardstick's schedule, steps.
    """

    def __init__(self, facesets: Mapping[str, Path], words: Sequence[str], output: Path, *, horizon: int) -> None:
        self._facesets, self._words, self._output, self.horizon = facesets, words, output, horizon

    def assembled(self, recipe: str, rate: float | None = None) -> Assembled:
        """The recipe as `train` would have it, at its own rate by default."""
        steps = self.horizon if recipe == FIRST else ENDLESS
        words = [f"experiment={recipe}", f"trainer.max_steps={steps}", "trainer.accelerator=cpu", "data.num_workers=0"]
        words += [] if rate is None else [f"optimizer.lr={rate}"]
        return assemble_on(self._facesets, self._output, [*words, *self._words])

    def folder(self, recipe: str, rate: float) -> Path:
        """Of one run's checkpoints."""
        return self._output / f"{recipe}_{rate:.1e}"

    def train(self, turn: Turn) -> Assembled:
        """Goes on from the last checkpoint until the turn's steps are done.

        Raises:
            DivergedError: The loss is no number any more.
        """
        assembled, folder = self.assembled(turn.recipe, turn.rate), self.folder(turn.recipe, turn.rate)
        last = folder / "checkpoints" / "last.ckpt"
        trainer: pl.Trainer = build(assembled.cfg.trainer)(
            max_steps=turn.steps,
            callbacks=[StopOnNan(every_n_steps=5), Checkpointer(every_s=300)],
            logger=False,
            limit_val_batches=0,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
            default_root_dir=folder,
            plugins=[AtomicCheckpointIO()],
        )
        resumed = str(last) if last.is_file() else None
        trainer.fit(assembled.module, datamodule=assembled.data, ckpt_path=resumed, weights_only=True)
        return assembled


def timed(race: Race | None, trainers: Trainers, recipes: Sequence[str], *, rounds: int, trial_minutes: float) -> Race:
    """A new race, or the one so far, with step times measured in turns."""
    assembled = {recipe: trainers.assembled(recipe) for recipe in recipes}
    times_ms = step_times_ms(assembled, trainers.folder("steps", 0.0), rounds=rounds) if rounds else {}
    say("milliseconds a step: " + json.dumps({name: [round(ms) for ms in of] for name, of in times_ms.items()}))
    if race is None:
        rates = {name: float(of.cfg.optimizer.lr) for name, of in assembled.items()}
        return Race.begun(times_ms, rates, trial_minutes=trial_minutes, horizon=trainers.horizon)
    for name, of in times_ms.items():
        race.step_ms[name] += of
    return race


def run(race: Race, trainers: Trainers, check: HeldOutCheck, output: Path, *, until_s: float) -> None:
    """Takes turns until all are done, or no time is left to begin another one."""
    while (turn := race.next_turn()) is not None:
        if time.monotonic() > until_s:
            say("the wall minutes are over; the same command goes on")
            return
        name = f"{turn.recipe} at {turn.rate:.1e}"
        began_s = time.monotonic()
        try:
            assembled = trainers.train(turn)
        except DivergedError as error:
            race.diverged.append([turn.recipe, turn.rate])
            say(f"{name}: {error.what}")
        else:
            trained_s = time.monotonic() - began_s
            figures = check(assembled.module.net, assembled.module.card)
            minutes = race.minutes(turn.recipe, turn.steps)
            race.rows.append({**turn._asdict(), **figures})
            say(
                f"{name}: {turn.steps} steps, {minutes:.2f} min ({trained_s:.0f} s, check "
                f"{time.monotonic() - began_s - trained_s:.0f} s): distance {figures['distance']:.3f}, mouth "
                f"{figures['mouth']:.3f}, ssim {figures['ssim']:.3f}, found {figures['found']:.2f}"
            )
            del assembled
        gc.collect()  # a module and its trainer hold each other; the largest weigh gigabytes
        write(race, output)
        chosen = race.chosen(turn.recipe)
        for rate in race.tried(turn.recipe):
            if chosen is not None and rate != chosen:
                shutil.rmtree(trainers.folder(turn.recipe, rate), ignore_errors=True)


def write(race: Race, output: Path) -> None:
    """The state, the table and the picture."""
    atomic_write_json(output / "state.json", asdict(race))
    if race.rows:
        rows = [{**row, "minutes": round(race.minutes(row["recipe"], row["steps"]), 3)} for row in race.rows]
        with (output / "results.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        plot(rows, output / "curves.png")


def plot(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Curves over minutes, a colour a recipe, a line a rate; dotted is the mean instead of the worse."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

    figure, axes = plt.subplots(1, 3, figsize=(15, 4))
    for axis, (key, goal) in zip(axes, (("distance", DISTANCE), ("mouth", MOUTH), ("ssim", SSIM)), strict=True):
        for run_name in dict.fromkeys((row["recipe"], row["rate"]) for row in rows):
            of_run = [row for row in rows if (row["recipe"], row["rate"]) == run_name]
            minutes, colour = [row["minutes"] for row in of_run], f"C{RECIPES.index(run_name[0])}"
            axis.semilogx(
                minutes, [row[key] for row in of_run], f"{colour}.-", label=f"{run_name[0]} {run_name[1]:.1e}"
            )
            axis.semilogx(minutes, [row[f"{key}_mean"] for row in of_run], f"{colour}:", linewidth=1)
        axis.axhline(goal, color="grey")
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter(ScalarFormatter())
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set(xlabel="minutes of training", title=f"{key}, the worse (dotted: the mean)")
    axes[0].legend(fontsize=7)
    figure.savefig(path, dpi=90, bbox_inches="tight")
    plt.close(figure)


def say(text: str) -> None:
    """A line that is seen at once."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def main() -> None:
    """Prepares or goes on, and prints what is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("runs/time_to_quality"))
    parser.add_argument(
        "--recipes", nargs="+", default=list(RECIPES), choices=RECIPES, help="light is always among them"
    )
    parser.add_argument("--light-steps", type=int, default=1000, help="length of light's run and schedule")
    parser.add_argument("--trial-minutes", type=float, default=2.0, help=f"of each of the {len(FACTORS)} rates")
    parser.add_argument("--rounds", type=int, default=5, help="steps of each recipe that are timed at the start")
    parser.add_argument("--frames", type=int, default=32, help="of each clip at a check")
    parser.add_argument("--wall-minutes", type=float, default=100.0, help="no turn is begun after this")
    options = parser.parse_args()
    began_s = time.monotonic()
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    output: Path = options.output.resolve()
    footage = prepare(output)
    trainers = Trainers(footage.facesets, footage.words, output, horizon=options.light_steps)
    check = HeldOutCheck(footage.held, frames=options.frames)
    state, recipes = output / "state.json", list(dict.fromkeys((FIRST, *options.recipes)))
    race = Race(**json.loads(state.read_text(encoding="utf-8"))) if state.is_file() else None
    if race is not None and (race.horizon != options.light_steps or set(race.rates) != set(recipes)):
        raise SystemExit(f"{state} is of other recipes or another --light-steps; choose another --output")
    rounds = max(options.rounds, 1 if race is None else 0)
    race = timed(race, trainers, recipes, rounds=rounds, trial_minutes=options.trial_minutes)
    write(race, output)
    run(race, trainers, check, output, until_s=began_s + 60 * options.wall_minutes)
    sys.stdout.write(json.dumps(race.result()) + "\n")


if __name__ == "__main__":
    main()
