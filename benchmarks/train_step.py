"""A whole training step of `experiment=original` beside bare loops on tensors that lie ready, in alternating steps.

    python benchmarks/train_step.py

- lightning: what `train` does: batch from the loader, augmentation, encoder once for all identities, losses, logging,
  callbacks, optimiser.
- plain: a bare loop on one ready batch; the encoder sees all identities at once, Adam is fused.
- naive: the same with an encoder pass for each identity and Adam as it is by default.

All three take the same loss, batch and threads, each with a network of its own. The bare loops step inside a callback
after each of Lightning's steps, so that what else the machine does hits all alike. The last line is a JSON object:
``ratio_vs_plain`` is the median over rounds of plain's time over Lightning's, above 1 where Lightning is faster.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from assembling import Assembled, assemble
from torch import Tensor

from faceswap_lab.core.build import build
from faceswap_lab.data.batch import FaceBatch
from faceswap_lab.training.module import AutoencoderModule

WARMUP_ROUNDS = 2
BUDGET_S = 170.0  # no round is begun after this


def bare_step(
    module: AutoencoderModule, batch: Mapping[str, FaceBatch], *, optimizer: torch.optim.Optimizer, joint: bool
) -> Callable[[], None]:
    """One step of a bare loop over the module's network and loss.

    Args:
        module: Whose network is trained.
        batch: Ready tensors.
        optimizer: Of the network's parameters.
        joint: Whether all identities go through the encoder together.
    """
    net, loss = module.net, module.loss

    def latents() -> dict[str, Tensor]:
        if not joint:
            return {name: net.encode(faces.warped_B3SS) for name, faces in batch.items()}
        codes = net.encode(torch.cat([faces.warped_B3SS for faces in batch.values()]))
        return dict(zip(batch, codes.split([len(faces.warped_B3SS) for faces in batch.values()]), strict=True))

    def step() -> None:
        totals = [
            loss(net.decode(latent, name), batch[name].target_B3SS, batch[name].mask_B1SS)["total"]
            for name, latent in latents().items()
        ]
        optimizer.zero_grad()
        torch.stack(totals).mean().backward()
        optimizer.step()

    return step


class Alternate(pl.Callback):
    """Times Lightning's steps and runs the others between them."""

    def __init__(self, others: Mapping[str, Callable[[], None]]) -> None:
        self._others, self._began_s = dict(others), time.perf_counter()
        self._resumed_s = self._began_s
        self.times_s: dict[str, list[float]] = {name: [] for name in ("lightning", *others)}

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        self.times_s["lightning"].append(time.perf_counter() - self._resumed_s)
        for name, step in self._others.items():
            before_s = time.perf_counter()
            step()
            self.times_s[name].append(time.perf_counter() - before_s)
        rounds = self.times_s["lightning"]
        sys.stdout.write(
            f"round {len(rounds)}: " + ", ".join(f"{name} {of[-1]:.2f} s" for name, of in self.times_s.items()) + "\n"
        )
        if time.perf_counter() - self._began_s > BUDGET_S:
            trainer.should_stop = True
        self._resumed_s = time.perf_counter()


def sides(assembled: Assembled) -> dict[str, Callable[[], None]]:
    """The bare loops, each with a copy of the network."""
    data = assembled.data
    batch = data.on_after_batch_transfer(next(iter(data.train_dataloader())), 0)
    lr, betas = assembled.cfg.optimizer.lr, tuple(assembled.cfg.optimizer.betas)
    plain, naive = deepcopy(assembled.module), deepcopy(assembled.module)
    fused = torch.optim.Adam(plain.net.parameters(), lr=lr, betas=betas, fused=True)
    return {
        "plain": bare_step(plain, batch, optimizer=fused, joint=True),
        "naive": bare_step(
            naive, batch, optimizer=torch.optim.Adam(naive.net.parameters(), lr=lr, betas=betas), joint=False
        ),
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="*", help="more options of train, such as encoder=light")
    overrides = parser.parse_args().overrides
    with tempfile.TemporaryDirectory() as folder:
        assembled = assemble(Path(folder), ["experiment=original", "trainer.max_steps=100000", *overrides])
        callback = Alternate(sides(assembled))
        trainer: pl.Trainer = build(assembled.cfg.trainer)(
            callbacks=[callback],
            logger=False,
            limit_val_batches=0,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
            default_root_dir=folder,
        )
        trainer.fit(assembled.module, datamodule=assembled.data)
    times_s = {name: of[WARMUP_ROUNDS:] for name, of in callback.times_s.items()}
    faces = assembled.data.faces_per_step
    result = {
        "ratio_vs_plain": _median_ratio(times_s["plain"], times_s["lightning"]),
        "ratio_vs_naive": _median_ratio(times_s["naive"], times_s["lightning"]),
        "samples_per_s": round(faces / statistics.median(times_s["lightning"]), 2),
        "rounds": len(times_s["lightning"]),
        "threads": torch.get_num_threads(),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def _median_ratio(theirs_s: list[float], ours_s: list[float]) -> float:
    return round(statistics.median(one / other for one, other in zip(theirs_s, ours_s, strict=True)), 3)


if __name__ == "__main__":
    main()
