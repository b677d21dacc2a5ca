"""Another camera's white and light: a face moved in CIELAB, where equal steps look about equal."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.warp import A


class LabShift(A.ImageOnlyTransform):
    """Adds a random amount to lightness, to green-red and to blue-yellow, the same in every pixel.

    Args:
        lightness: Up to so much is added to L* or taken away, in [0, 100] of 100.
        green_red: The same of a*, in [0, 100].
        blue_yellow: The same of b*, in [0, 100].
        p: Probability that anything happens.

    Raises:
        ConfigError: A value is out of its range.

    Source:
        CIE 15:2004, section 8.2.1; OpenCV's conversion of sRGB at the white point D65.
    """

    def __init__(
        self, lightness: float = 8.0, green_red: float = 6.0, blue_yellow: float = 6.0, p: float = 0.5
    ) -> None:
        super().__init__(p=p)
        self.limits_3 = np.array([lightness, green_red, blue_yellow], np.float64)
        if not ((self.limits_3 >= 0) & (self.limits_3 <= 100)).all():
            raise ConfigError(f"augment: {type(self).__name__}'s values must lie from 0 to 100, got {self.limits_3}")

    def get_params(self) -> dict[str, Any]:
        """Draws what is added to L*, a* and b*, shape (3,)."""
        return {"shift_3": self.random_generator.uniform(-self.limits_3, self.limits_3)}

    def apply(self, img: NDArray[np.uint8], shift_3: NDArray[np.float64], **_: Any) -> NDArray[np.uint8]:
        """The image moved, clipped to 0 to 255."""
        # In floats: as uint8, L* has 2.55 steps a unit and a round trip alone moves dark colours by several levels.
        lab_SS3 = cv2.cvtColor(img.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) + shift_3.astype(np.float32)
        np.clip(lab_SS3[..., 0], 0, 100, out=lab_SS3[..., 0])
        rgb_SS3 = cv2.cvtColor(lab_SS3, cv2.COLOR_LAB2RGB)
        return np.rint(rgb_SS3.clip(0, 1) * 255).astype(np.uint8)
