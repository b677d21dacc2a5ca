"""What ``auto`` stands for on this machine."""

import os

import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.augment import Augment


def choose_device_warp(warp_on: str, augment: Augment) -> bool:
    """Whether the warp is left to the device.

    Raises:
        ConfigError: It is neither auto, cpu nor device, or something would have to be done after it.
    """
    if warp_on not in ("auto", "cpu", "device"):
        raise ConfigError(f"data.warp_on={warp_on} must be auto, cpu or device")
    if warp_on == "device" and augment.after_warp is not None:
        raise ConfigError(
            f"data.warp_on=device: {augment.after_warp} works on warped faces, one by one; leave it out or use cpu"
        )
    return warp_on == "device" or (warp_on == "auto" and torch.cuda.is_available() and augment.after_warp is None)


def choose_num_workers(num_workers: int | str) -> int:
    """The number of data processes: as given, or for ``auto`` one where at least two cores are free, at most four.

    Raises:
        ConfigError: Neither a whole number of at least 0 nor ``auto``.
    """
    if num_workers == "auto":
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
        return max(0, min(4, cores // 4)) if not torch.cuda.is_available() else max(1, min(8, cores - 1))
    if isinstance(num_workers, bool) or not isinstance(num_workers, int) or num_workers < 0:
        raise ConfigError(f"data.num_workers={num_workers} must be auto or a whole number from 0")
    return num_workers
