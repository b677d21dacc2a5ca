"""Light and colour of a face as a random linear map of its RGB values: cheap, and nothing a camera could not do."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.warp import A

_LUMA = np.array([0.299, 0.587, 0.114])  # Rec. 601, the weights of R, G and B


class ColourJitter(A.ImageOnlyTransform):
    """Brightness, contrast, saturation and warmth in one matrix multiplication.

    Doing the same through hue, saturation and value costs several times as much, most of it for the change of the
    colour space and back.

    Args:
        brightness: Up to this share of full scale is added or taken away, in [0, 1].
        contrast: Distances from mid-grey grow or shrink by up to this share, in [0, 1].
        saturation: Distances from grey grow or shrink by up to this share, in [0, 1].
        warmth: Red grows while blue shrinks, or the other way round, by up to this share, in [0, 1].
        p: Probability that anything happens.

    Raises:
        ConfigError: A value is out of its range.
    """

    def __init__(
        self,
        brightness: float = 0.1,
        contrast: float = 0.1,
        saturation: float = 0.1,
        warmth: float = 0.03,
        p: float = 0.5,
    ) -> None:
        super().__init__(p=p)
        self.limits_4 = np.array([brightness, contrast, saturation, warmth])
        if not ((self.limits_4 >= 0) & (self.limits_4 <= 1)).all():
            raise ConfigError(f"augment: {type(self).__name__}'s values must lie from 0 to 1, got {self.limits_4}")

    def get_params(self) -> dict[str, Any]:
        """Draws the matrix, shape (3, 4), for RGB in 0 to 255."""
        brightness, contrast, saturation, warmth = self.random_generator.uniform(-self.limits_4, self.limits_4)
        grey_33 = np.tile(_LUMA, (3, 1))
        colour_33 = grey_33 + (1 + saturation) * (np.eye(3) - grey_33)
        colour_33 = (1 + contrast) * np.diag([1 + warmth, 1.0, 1 - warmth]) @ colour_33
        shift = 255 * brightness - 127.5 * contrast
        return {"matrix_34": np.column_stack([colour_33, np.full(3, shift)])}

    def apply(self, img: NDArray[np.uint8], matrix_34: NDArray[np.float64], **_: Any) -> NDArray[np.uint8]:
        """The image with every pixel mapped, clipped to 0 to 255."""
        return np.asarray(cv2.transform(img, matrix_34), np.uint8)
