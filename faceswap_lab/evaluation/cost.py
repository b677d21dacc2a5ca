"""What a checkpoint costs to run: parameters, arithmetic, time and memory.

Shape letters: B batch, S crop side in px.
"""

import resource
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from faceswap_lab.evaluation.finite import rounded
from faceswap_lab.evaluation.schema import CostMetrics
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.swap.swapper import Swapper

BATCH, _REPEATS = 16, 3
_MIB = 2**20
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def count_flops(network: SharedAutoencoder, identity: str) -> int:
    """Floating-point operations that draw one face, counted as they are called.

    Convolutions and matrix products count, 2 for a multiplication with its addition; activations, norms and shuffles,
    a few per cent, do not.

    Args:
        network: On any device.
        identity: Whom it draws.

    Source:
        torch.utils.flop_counter.
    """
    parameter = next(network.parameters())
    blank_B3SS = torch.zeros(1, 3, network.input_size, network.input_size, device=parameter.device)
    training = network.training
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.eval()(blank_B3SS, identity)
    network.train(training)
    return int(counter.get_total_flops())


def network_ms(swapper: Swapper, identity: str) -> float:
    """Milliseconds a face in batches of 16, from pixels to pixels; the median of three, after one that warms up."""
    size = swapper.crop_spec.size
    crops = list(np.random.default_rng(0).integers(0, 256, (BATCH, size, size, 3), dtype=np.uint8))
    times: list[float] = []
    for _ in range(_REPEATS + 1):
        start = time.perf_counter()
        swapper.swap(crops, identity)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[1:]) / BATCH


class PeakMemory:
    """The most memory that watched blocks took.

    On Linux the kernel's high-water mark is set back before each block. Elsewhere it cannot be, and the figure is that
    of the whole process so far.
    """

    def __init__(self) -> None:
        self._bytes: list[int] = []
        self._device_bytes: list[int] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watches what is done in the block."""
        on_gpu = torch.cuda.is_initialized()
        if on_gpu:
            torch.cuda.reset_peak_memory_stats()
        with suppress(OSError):  # not Linux, or not allowed: the mark then covers more than the block
            _RESET.write_text("5")
        yield
        self._bytes.append(_high_water_mark())
        if on_gpu:
            self._device_bytes.append(torch.cuda.max_memory_allocated())

    @property
    def mib(self) -> float | None:
        """Of the process, MiB; None where nothing was watched."""
        return rounded(max(self._bytes) / _MIB, 1) if self._bytes else None

    @property
    def device_mib(self) -> float | None:
        """Of tensors on the GPU, MiB; None where none was used."""
        return rounded(max(self._device_bytes) / _MIB, 1) if self._device_bytes else None


def measure_cost(swapper: Swapper, memory: PeakMemory, ms_per_frame: list[float]) -> CostMetrics:
    """The figures of one evaluation.

    Args:
        swapper: What drew.
        memory: Watched the conversions.
        ms_per_frame: Of each conversion.
    """
    identity = next(name for name in swapper.identities if swapper.can_draw(name))
    network = swapper.network
    return {
        "device": str(swapper.device),
        "parameters": swapper.card["parameters"],
        "flops_per_face": None if network is None else count_flops(network, identity),
        "network_ms_per_face": rounded(network_ms(swapper, identity), 2),
        "ms_per_frame": rounded(float(np.mean(ms_per_frame)), 1) if ms_per_frame else None,
        "peak_memory_mib": memory.mib,
        "peak_device_memory_mib": memory.device_mib,
    }


def _high_water_mark() -> int:
    """Most resident memory of the process since the mark was set back, bytes."""
    try:
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else 1024 * most
