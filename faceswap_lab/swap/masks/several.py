"""What masks that several options share have in common: they are asked one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.masks.mask import Mask, MaskInput


class Several:
    """Masks, each shaped by its own settings.

    Args:
        masks: At least one.

    Raises:
        ConfigError: There is none.
    """

    def __init__(self, *, masks: Sequence[Mask]) -> None:
        if not masks:
            raise ConfigError("mask.masks is empty; name at least one mask")
        self.masks = list(masks)

    @property
    def needs_prediction(self) -> bool:
        """Whether one of them does."""
        return any(mask.needs_prediction for mask in self.masks)

    def each(self, face: MaskInput) -> list[NDArray[np.float32]]:
        """What each of them says."""
        return [mask.alpha(face) for mask in self.masks]
