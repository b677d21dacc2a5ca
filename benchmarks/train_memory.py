"""Peak memory of a training step, for each recipe and two batch sizes.

    python benchmarks/train_memory.py

Each recipe has a process of its own, in which one step with one face of each identity is taken, then one with four.
Resident memory of the process, gradients, Adam's moments and the libraries included; on a GPU what torch allocated
there. The last line is a JSON object: recipe to GiB by faces of each identity in a batch.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from assembling import assemble
from train_step import bare_step

from faceswap_lab.core.paths import conf_dir

BATCHES = (1, 4)
BUDGET_S = 200.0  # no recipe is begun after this


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
    assembled = assemble(folder, words)
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
    return peaks


def main() -> None:
    """Measures and writes a line a recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", help="measure this one in this process")
    parser.add_argument("--folder", type=Path, help="where its face sets lie")
    arguments = parser.parse_args()
    if arguments.recipe is not None:
        sys.stdout.write(json.dumps(measure(arguments.recipe, arguments.folder)) + "\n")
        return
    recipes = sorted(path.stem for path in (conf_dir() / "experiment").glob("*.yaml"))
    result: dict[str, dict[str, float]] = {}
    began_s = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for recipe in recipes:
            if time.perf_counter() - began_s > BUDGET_S:
                sys.stdout.write(f"no time left for {recipe} and later ones\n")
                break
            command = [sys.executable, __file__, "--recipe", recipe, "--folder", folder]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.stdout.write(f"{recipe}: failed, {done.stderr.strip().splitlines()[-1]}\n")
                continue
            result[recipe] = json.loads(done.stdout.splitlines()[-1])
            sys.stdout.write(f"{recipe}: {result[recipe]} GiB\n")
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
