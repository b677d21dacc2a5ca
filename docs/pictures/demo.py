"""Draws docs/pictures/demo.jpg: frames of the demo's held-out clips above the same frames with the other face.

faceswap-lab demo output=demo && python docs/pictures/demo.py demo
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.media.footage import open_footage

FRAMES = (40, 110, 180)
SIDE_PX = 256


def strip(path: Path) -> NDArray[np.uint8]:
    """The chosen frames of a clip side by side, RGB."""
    images = [frame.image for frame in open_footage(path).frames() if frame.index in FRAMES]
    return np.hstack([cv2.resize(image, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA) for image in images])


def main(demo: Path) -> None:
    columns = [
        np.vstack([strip(demo / "footage" / f"{name}_held.mp4"), strip(demo / swapped)])
        for name, swapped in (("astronaut", "swapped.mp4"), ("hopper", "swapped_reverse.mp4"))
    ]
    picture_HW3 = np.hstack(columns)
    path = Path(__file__).with_name("demo.jpg")
    cv2.imwrite(str(path), cv2.cvtColor(picture_HW3, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])
    sys.stdout.write(f"wrote {path}, {path.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
