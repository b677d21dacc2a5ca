"""Faces a second through the training loader, with the shipped default augmentation, at 64 and at 128 px.

    python benchmarks/data_pipeline.py

Affine movement, flip, warp, colours and masks, through the loader that `train` uses, for at least ten seconds after it
has warmed up. Workers are separate processes; as many as there are cores, for nothing else runs here, and none as well,
which is what `train` chooses on few cores. The last line is a JSON object with the better of the two at each size.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from assembling import assemble

SIZES = (64, 128)  # px
STEADY_S = 12.0
WARMUP_STEPS = 20
BATCH = 16  # faces of each identity


def samples_per_s(folder: Path, *, size: int, workers: int) -> float:
    """Faces a second, at one size for input and target."""
    overrides = [
        "experiment=original",
        "trainer.max_steps=1000000",
        f"data.batch_size={BATCH}",
        f"data.num_workers={workers}",
        f"model.encoder.input_size={size}",
    ]
    data = assemble(folder, overrides).data
    batches = iter(data.train_dataloader())
    for _ in range(WARMUP_STEPS):
        next(batches)
    steps, began_s = 0, time.perf_counter()
    while time.perf_counter() - began_s < STEADY_S:
        next(batches)
        steps += 1
    rate = steps * data.faces_per_step / (time.perf_counter() - began_s)
    del batches  # ends the workers
    data.teardown()
    return rate


def main() -> None:
    """Measures and prints."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    result: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            rates: dict[int, float] = {}
            for workers in sorted({0, cores}):
                rates[workers] = samples_per_s(Path(folder), size=size, workers=workers)
                sys.stdout.write(f"{size} px, {workers} workers: {rates[workers]:,.0f} faces/s" + "\n")
            result[f"samples_per_s_{size}"] = round(max(rates.values()), 1)
            result[f"samples_per_s_{size}_in_process"] = round(rates[0], 1)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
