"""How far an exported file draws from what the network draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import CheckpointError

LIMITS = {False: 1e-4, True: 5e-3}
"""Largest difference of any value in [0, 1], in float32 and float16."""

_BATCHES = (1, 3)
_SEED = 7

Outputs = Sequence[NDArray[np.float32]]
Draw = Callable[[NDArray[np.float32], float | None], Outputs]
"""Faces (B, 3, S, S), RGB in [0, 1], and a strength or None, to the outputs in order."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Two ways to draw the same faces, compared.

    Attributes:
        max_difference: Of any value of any output, all of which lie in [0, 1].
        limit: What it may be.
        outputs: Largest and mean difference of each output, by name.
        batches: Numbers of faces that went through at once.
        strengths: Strengths tried; empty for a network without.
        backends: What drew: versions by name.
    """

    max_difference: float
    limit: float
    outputs: dict[str, dict[str, float]]
    batches: list[int]
    strengths: list[float]
    backends: dict[str, str]

    @property
    def passed(self) -> bool:
        """Whether the difference is within the limit; it is not where anything is no number."""
        return self.max_difference <= self.limit

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the report."""
        return {"passed": self.passed, **asdict(self)}

    def require(self, name: str) -> None:
        """Refuses a file that draws something else.

        Raises:
            CheckpointError: The difference is above the limit.
        """
        if not self.passed:
            raise CheckpointError(
                f"{name} would draw something else than the network: values in 0 to 1 differ by up to "
                f"{self.max_difference:.2g}, {self.limit:g} is allowed; it is not written; try without fp16"
            )


def measure_parity(
    reference: Draw,
    exported: Draw,
    names: Sequence[str],
    *,
    size: int,
    fp16: bool,
    strengths: Sequence[float] = (),
    backends: dict[str, str],
) -> Parity:
    """Draws the same made-up faces in both ways, some batches and strengths, and compares.

    Args:
        reference: The network.
        exported: The file.
        names: Of the outputs.
        size: Side of the faces, px.
        fp16: Which limit holds.
        strengths: To try, for a network that takes one.
        backends: For the report.
    """
    differences: dict[str, list[NDArray[np.float64]]] = {name: [] for name in names}
    for batch in _BATCHES:
        faces_B3SS = made_up_faces(batch, size)
        for strength in strengths or (None,):
            ours, theirs = reference(faces_B3SS, strength), exported(faces_B3SS, strength)
            for name, one, other in zip(names, ours, theirs, strict=True):
                if one.shape != other.shape:
                    raise CheckpointError(f"the exported {name} has shape {other.shape}, the network's {one.shape}")
                differences[name].append(np.abs(one.astype(np.float64) - other).ravel())
    outputs = {
        name: {"max": float(np.max(np.concatenate(some))), "mean": float(np.mean(np.concatenate(some)))}
        for name, some in differences.items()
    }
    return Parity(
        max_difference=float(np.max([of["max"] for of in outputs.values()])),  # keeps what is no number
        limit=LIMITS[fp16],
        outputs=outputs,
        batches=list(_BATCHES),
        strengths=list(strengths),
        backends=backends,
    )


def made_up_faces(count: int, size: int) -> NDArray[np.float32]:
    """Pictures with coarse forms, fine grain, and all values from black to white, (count, 3, size, size)."""
    generator = np.random.default_rng(_SEED)
    faces_B3SS = np.empty((count, 3, size, size), np.float32)
    for face_3SS in faces_B3SS:
        picture = np.zeros((size, size, 3), np.float32)
        for side in (3, 8, size):
            noise = generator.uniform(0, 1, (side, side, 3)).astype(np.float32)
            picture += cv2.resize(noise, (size, size), interpolation=cv2.INTER_LINEAR)
        low, high = picture.min(), picture.max()
        face_3SS[:] = ((picture - low) / (high - low)).transpose(2, 0, 1)
    return faces_B3SS
