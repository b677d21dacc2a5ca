"""Minutes of training until a recipe swaps, on held-out footage; hours, and resumable: the same command goes on.

    FACESWAP_LAB_FOOTAGE=… python benchmarks/time_to_quality.py [--output runs/time_to_quality] [--light-minutes 6]

All recipes train on the same face sets, on this machine and alone, each at three learning rates: its own, a third and
three times of it. Every so often a copy of the checkpoint is kept. Each copy is measured on the held-out frames, the
earliest first, with whatever the network draws resized to 96 px, until

- the *swap* is there: ``identity_distance_target`` at most 0.45 and ``mouth_opening_correlation`` at least 0.8, in
  every direction; a blurred mean face passes the first alone;
- the *restored* faces are there: SSIM at least 0.85 at 96 px, of every identity.

The time is the run's own count of seconds spent training. ``light`` always goes first; the others train for ten times
the minutes that its best rate needed for both goals, and what they have not reached by then is written as ``>10x``, or,
where ten times light's minutes are more than they trained, as null. A rate at which training diverges counts as far as
it came. Writes ``results.csv``, a row a copy, and ``curves.png``. The last line is a JSON object, by recipe the best
rate's ``minutes_to_swap`` and ``minutes_to_ssim``.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from resized import measure_resized  # beside this file

from faceswap_lab.core.checkpoint import read_card
from faceswap_lab.core.compose import compose_config

RECIPES = ("light", "original", "lightweight")
FACTORS = (1 / 3, 1.0, 3.0)
TIMES = 10.0  # times light's minutes, after which a recipe is given up
COPIES = 10  # of a run
CLIPS = {"man": ("man_kitchen.mp4", "0:360", "385:502"), "woman": ("woman_outdoors.mp4", "0:180", "200:250")}
GOALS = {"distance": 0.45, "mouth": 0.8, "ssim": 0.85}
COLUMNS = ("recipe", "lr", "minutes", "steps", "distance", "mouth", "ssim")


def command(*words: str) -> None:
    """One of ours; its output goes where ours goes."""
    subprocess.run([sys.executable, "-m", "faceswap_lab", *words], check=True, stdout=sys.stderr)


def extract(footage: Path, output: Path) -> dict[str, Path]:
    """The face sets that all recipes train on."""
    facesets = {name: output / "faces" / name for name in CLIPS}
    for name, faceset in facesets.items():
        if not (faceset / "done").is_file():
            consent = ["identity.consent.basis=licensed-dataset", "identity.consent.reference=LatentSync"]
            clip, options = footage / "clips" / CLIPS[name][0], ["refine=accurate", *consent]
            command("extract", f"footage={clip}", f"faceset={faceset}", f"identity.name={name}", *options)
            (faceset / "done").touch()
    return facesets


def train(recipe: str, rate: float, minutes: float, folder: Path, facesets: dict[str, Path]) -> None:
    """Trains for about so many minutes and keeps copies of the checkpoint as it goes."""
    copies, done = folder / "copies", folder / "done"
    if done.is_file() and float(done.read_text(encoding="utf-8")) == round(minutes, 3):
        return
    shutil.rmtree(folder, ignore_errors=True)  # what was cut short, or is of another length, cannot be timed
    copies.mkdir(parents=True)
    words = [f"experiment={recipe}", f"optimizer.lr={rate}", f"minutes={minutes}", f"output={folder / 'run'}"]
    words += [f"facesets.{name}={path}" for name, path in facesets.items()]
    words += [f"range.{name}={CLIPS[name][1]}" for name in facesets]
    words += ["data.gap_s=0.8", "logger=csv", "~callbacks.preview"]
    every_s = 60 * minutes / COPIES
    process = subprocess.Popen(
        [sys.executable, "-m", "faceswap_lab", "train", *words, f"callbacks.checkpointer.every_s={every_s}"],
        stdout=sys.stderr,
    )
    last, seen, taken_s = folder / "run" / "checkpoints" / "last.ckpt", 0, 0.0
    while process.poll() is None:
        time.sleep(1)
        # The file is replaced, never written into, so a second name keeps what it was.
        if last.exists() and last.stat().st_ino != seen and time.monotonic() - taken_s > 0.5 * every_s:
            seen, taken_s = last.stat().st_ino, time.monotonic()
            os.link(last, copies / f"{len(list(copies.iterdir())):03}.ckpt")
    if last.is_file():
        shutil.copyfile(last, copies / f"{len(list(copies.iterdir())):03}.ckpt")
    elif process.returncode != 0:
        raise SystemExit(f"training {recipe} at {rate} failed before its first checkpoint; see above")
    shutil.rmtree(folder / "run" / "checkpoints")
    done.write_text(str(round(minutes, 3)), encoding="utf-8")


def measured(
    recipe: str, rate: float, folder: Path, footage: Path, facesets: dict[str, Path]
) -> Iterator[dict[str, Any]]:
    """A row a copy, earliest first, until both goals are met; figures are kept, copies are not."""
    copies = folder / "copies"
    for name in sorted({path.stem for path in copies.iterdir()}):
        copy, kept = copies / f"{name}.ckpt", copies / f"{name}.json"
        if not kept.is_file():
            card = read_card(copy)
            clips = {name: footage / "clips" / clip for name, (clip, _, _) in CLIPS.items()}
            held = {name: ranges for name, (_, _, ranges) in CLIPS.items()}
            figures = measure_resized(copy, clips, held, facesets, folder / "report")
            minutes = card["train_seconds"] / 60
            row = {"recipe": recipe, "lr": rate, "minutes": minutes, "steps": card["steps"], **figures}
            kept.write_text(json.dumps(row), encoding="utf-8")
            copy.unlink()
        row = json.loads(kept.read_text(encoding="utf-8"))
        yield row
        if swaps(row) and restores(row):
            break
    for copy in copies.glob("*.ckpt"):  # a large network's are a gigabyte each
        copy.unlink()


def swaps(row: dict[str, Any]) -> bool:
    """Whether both directions are recognised and move their mouths."""
    return row["distance"] <= GOALS["distance"] and row["mouth"] >= GOALS["mouth"]


def restores(row: dict[str, Any]) -> bool:
    """Whether both identities are restored well."""
    return row["ssim"] >= GOALS["ssim"]


def first(rows: Sequence[dict[str, Any]], reached: Any) -> float | None:
    """Minutes of the first row that has reached a goal."""
    return next((row["minutes"] for row in rows if reached(row)), None)


def best(rows: Sequence[dict[str, Any]], reached: Any) -> float | None:
    """The least of these minutes over the rates."""
    found = [first([row for row in rows if row["lr"] == rate], reached) for rate in {row["lr"] for row in rows}]
    return min((minutes for minutes in found if minutes is not None), default=None)


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Curves over minutes, a colour a recipe, a line a rate."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(15, 4))
    for number, recipe in enumerate(RECIPES):
        for rate in sorted({row["lr"] for row in rows if row["recipe"] == recipe}):
            of_run = [row for row in rows if (row["recipe"], row["lr"]) == (recipe, rate)]
            for axis, key in zip(axes, ("distance", "mouth", "ssim"), strict=True):
                minutes = [row["minutes"] for row in of_run]
                axis.semilogx(minutes, [row[key] for row in of_run], f"C{number}.-", label=f"{recipe} {rate:.1e}")
    for axis, key in zip(axes, ("distance", "mouth", "ssim"), strict=True):
        axis.axhline(GOALS[key], color="grey")
        axis.set(xlabel="minutes of training", title=f"{key}, the worse of the two")
    axes[0].legend(fontsize=7)
    figure.savefig(path, dpi=110, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("runs/time_to_quality"))
    parser.add_argument("--light-minutes", type=float, default=6.0, help="how long light trains at each rate")
    parser.add_argument("--recipes", nargs="+", default=list(RECIPES), choices=RECIPES)
    options = parser.parse_args()
    footage = os.environ.get("FACESWAP_LAB_FOOTAGE")
    if footage is None:
        raise SystemExit("set FACESWAP_LAB_FOOTAGE to the folder that holds clips/")
    output: Path = options.output.resolve()
    facesets = extract(Path(footage), output)
    rows: list[dict[str, Any]] = []
    minutes = options.light_minutes
    recipes = list(dict.fromkeys(("light", *options.recipes)))
    for recipe in recipes:
        own = float(compose_config("train", ["output=x", f"experiment={recipe}"]).optimizer.lr)
        for rate in (factor * own for factor in FACTORS):
            folder = output / f"{recipe}_{rate:.1e}"
            train(recipe, rate, minutes, folder, facesets)
            rows += measured(recipe, rate, folder, Path(footage), facesets)
            with (output / "results.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, COLUMNS)
                writer.writeheader()
                writer.writerows(rows)
            plot(rows, output / "curves.png")
        if recipe == "light":
            minutes = TIMES * max(best(rows, swaps) or options.light_minutes, best(rows, restores) or 0)
    light = [row for row in rows if row["recipe"] == "light"]
    result: dict[str, dict[str, float | str | None]] = {recipe: {} for recipe in recipes}
    for key, reached in (("minutes_to_swap", swaps), ("minutes_to_ssim", restores)):
        cap = TIMES * (best(light, reached) or float("inf"))
        for recipe in recipes:
            found = best([row for row in rows if row["recipe"] == recipe], reached)
            given_up = ">10x" if recipe != "light" and cap <= 1.01 * minutes else None
            result[recipe][key] = given_up if found is None else found
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
