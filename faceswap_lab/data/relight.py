"""Changes the light of a frame: a slope across it, brightness, contrast of the middle tones and colour temperature."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.data.animation import Light

_WARM_RGB = np.array([0.09, 0.0, -0.13])  # change of each channel's factor at full warmth


def apply_light(image: NDArray[np.uint8], light: Light) -> NDArray[np.uint8]:
    """The image, RGB uint8 of shape (H, W, 3), under another light; the middle of the frame sets the exposure."""
    height, width = image.shape[:2]
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)
    y = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None]
    slope = 1 + np.float32(light.slope_2[0]) * x + np.float32(light.slope_2[1]) * y
    sloped = cv2.multiply(image, cv2.merge([slope] * 3), dtype=cv2.CV_8U)
    levels = np.arange(256)[:, None] / 255
    factors = light.gain * (1 + light.warmth * _WARM_RGB)
    table = np.clip(255 * factors * levels**light.gamma, 0, 255)
    return np.asarray(cv2.LUT(sloped, np.round(table).astype(np.uint8)[:, None]), np.uint8)
