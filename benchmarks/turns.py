"""Times the training steps of several recipes in one process, in turns, so that what else the machine does hits all."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from assembling import Assembled

from faceswap_lab.core.build import build

WARMUP_ROUNDS = 1
PATIENCE_S = 900.0  # for all others' steps of a round


class _Baton:
    """Only who holds it works; it goes round."""

    def __init__(self, names: list[str]) -> None:
        self._names, self._turn, self._passed = names, 0, threading.Condition()
        self._failed = False

    def take(self, name: str) -> None:
        with self._passed:
            mine = self._passed.wait_for(
                lambda: self._failed or self._names[self._turn % len(self._names)] == name, timeout=PATIENCE_S
            )
            if self._failed or not mine:
                raise RuntimeError(f"{name} waits in vain for its turn; another recipe failed")

    def give(self, *, failed: bool = False) -> None:
        with self._passed:
            self._failed = self._failed or failed
            self._turn += 1
            self._passed.notify_all()


class _InTurns(pl.Callback):
    def __init__(self, name: str, baton: _Baton) -> None:
        self._name, self._baton, self._began_s = name, baton, 0.0
        self.times_ms: list[float] = []

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._began_s = _now_s()

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        self.times_ms.append(1000 * (_now_s() - self._began_s))
        if trainer.global_step < trainer.max_steps:  # after the last step the baton is given up for good
            self._baton.give()
            self._baton.take(self._name)
        self._began_s = _now_s()


def step_times_ms(recipes: Mapping[str, Assembled], folder: Path, *, rounds: int) -> dict[str, list[float]]:
    """What a whole Lightning step takes, the batch from the loader included, in each round after one to warm up.

    Where torch has one thread that is the processor's time, which others who use it do not stretch, else the clock's.

    Args:
        recipes: What to train; their weights change.
        folder: Where trainers may write.
        rounds: How many steps of each are counted.
    """
    names = list(recipes)
    baton = _Baton(names)
    timers = {name: _InTurns(name, baton) for name in names}

    def train(name: str) -> None:
        baton.take(name)
        failed = True
        try:
            trainer: pl.Trainer = build(recipes[name].cfg.trainer)(
                max_steps=WARMUP_ROUNDS + rounds,
                callbacks=[timers[name]],
                logger=False,
                limit_val_batches=0,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                use_distributed_sampler=False,
                default_root_dir=folder,
            )
            trainer.fit(recipes[name].module, datamodule=recipes[name].data)
            failed = False
        finally:
            baton.give(failed=failed)

    with ThreadPoolExecutor(len(names)) as pool:
        for done in [pool.submit(train, name) for name in names]:
            done.result()
    return {name: timer.times_ms[WARMUP_ROUNDS:] for name, timer in timers.items()}


def _now_s() -> float:
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()
