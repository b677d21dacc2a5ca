"""Peak memory of a training step, for each recipe and two batch sizes.

    python benchmarks/train_memory.py [--recipes light original] [--budget-s 200]

Each recipe has a process of its own, in which one step with one face of each identity is taken, then one with four.
Resident memory of the process, gradients, Adam's moments and the libraries included; on a GPU what torch allocated
there. Small recipes go first; none is begun after the budget, and what is left out is named. The last line is a JSON
object: recipe to GiB by faces of each identity in a batch.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
from assembling import assemble
from train_step import bare_step

from faceswap_lab.core.paths import conf_dir

BATCHES = (1, 4)
BUDGET_S = 200.0  # the largest recipe takes half a minute more
# By how long they take, the slowest last; a recipe that is not named here goes last of all.
ORDER = ("light", "quick96", "lightweight", "original", "iae", "dfaker", "dfl_h128", "saehd_df_ud", "saehd_df")


def peak_gib() -> float:
    """Of this process so far."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**30
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def measure(recipe: str, folder: Path) -> dict[str, float]:
    """Peaks of this process after a step of each batch size, the smaller first."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    peaks: dict[str, float] = {}
    words = [f"experiment={recipe}", "trainer.max_steps=10", f"data.batch_size={max(BATCHES)}", "data.num_workers=0"]
    assembled = assemble(folder, words, num_faces=24)
    module = assembled.module.to(device)
    pixels = next(iter(assembled.data.train_dataloader()))
    batch = assembled.data.on_after_batch_transfer(pixels, 0)
    optimizer = torch.optim.Adam(module.net.parameters(), lr=1e-5, fused=True)
    for count in BATCHES:
        few = {
            name: faces._replace(
                **{part: getattr(faces, part)[:count].to(device) for part in faces._fields if part != "swap"}, swap=None
            )
            for name, faces in batch.items()
        }
        bare_step(module, few, optimizer=optimizer, joint=True)()
        peaks[str(count)] = round(peak_gib(), 2)
    sys.stdout.write(f"{recipe}: {peaks} GiB, {time.process_time():.0f} s of the processor\n")
    sys.stdout.flush()
    return peaks


def main() -> None:
    """Measures and writes a line a recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = sorted(path.stem for path in (conf_dir() / "experiment").glob("*.yaml"))
    parser.add_argument("--recipes", nargs="+", choices=known, default=known)
    parser.add_argument("--budget-s", type=float, default=BUDGET_S, help="no recipe is begun after so many seconds")
    arguments = parser.parse_args()
    ordered = sorted(arguments.recipes, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    result: dict[str, dict[str, float]] = {}
    began_s = time.perf_counter()
    # Forked from a process that has only imported: each is as large as if it had imported by itself.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["train_memory"])
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool,
    ):
        for recipe in ordered:
            if time.perf_counter() - began_s > arguments.budget_s:
                sys.stdout.write(f"no time left for {', '.join(ordered[ordered.index(recipe) :])}\n")
                break
            result[recipe] = pool.submit(measure, recipe, Path(folder)).result()
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
