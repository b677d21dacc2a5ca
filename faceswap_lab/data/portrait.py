"""The two portraits the demo animates: where they come from, and what of them was traced by hand.

Both pictures are works of the United States government in the public domain and come inside the wheels of
scikit-image and matplotlib, so nothing is downloaded and no picture of a person is stored here. That the pictures are
free implies no consent of the persons shown: identities made from them carry the basis ``public-material``.

All coordinates are pixels of the original picture, x right and y down. Shape letters: N points of a polygon.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import skimage.data
from numpy.typing import NDArray

from faceswap_lab.core.errors import FootageError
from faceswap_lab.data import portrait_tracings as tracings

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

PORTRAITS = ("astronaut", "hopper")


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A picture of one face from the front, and the tracings that let it be animated.

    Attributes:
        name: Name of the identity.
        credit: Who is shown, and whose picture it is.
        image: RGB uint8.
        landmarks_682: iBUG order; lids and inner lips traced by hand, paired points share their x.
        head_N2: Outline of everything that moves with the skull: face, ears, hair, hat.
        neck_N2: What stands behind the face below the mouth; there the neck is continued upwards.
        shoulders_N2: Clothes around the neck, which the background behind the head is not continued from.
        loose_N2: Loose hair outside the head's outline, taken out of the picture.
        neck_px: How much bare neck there is below the jaw.
        view_3: The square that fills a frame: left, top, side.
        lid_px: Height of the skin above the upper lid that stretches in a blink.
        brow_px: How far above the upper lid the brows' movement begins; more, where spectacles must not move.
        has_teeth: Whether the mouth is open and shows its own upper teeth.
    """

    name: str
    credit: str
    image: Image
    landmarks_682: FloatArray
    head_N2: FloatArray
    neck_N2: FloatArray
    shoulders_N2: FloatArray
    loose_N2: FloatArray
    neck_px: float
    view_3: tuple[float, float, float]
    lid_px: float
    brow_px: float
    has_teeth: bool


def load_portrait(name: str) -> Portrait:
    """One of the portraits in ``PORTRAITS``.

    Raises:
        FootageError: No portrait of that name is known, or the wheel that holds it came without it.
    """
    if name == "astronaut":
        return Portrait(
            name=name,
            credit="Eileen Collins, NASA, public domain; skimage.data.astronaut()",
            image=skimage.data.astronaut(),
            landmarks_682=np.array(tracings.ASTRONAUT_LANDMARKS),
            head_N2=np.array(tracings.ASTRONAUT_HEAD),
            neck_N2=np.array(tracings.ASTRONAUT_NECK),
            shoulders_N2=np.array(tracings.ASTRONAUT_SHOULDERS),
            loose_N2=np.array(tracings.ASTRONAUT_LOOSE),
            neck_px=5.0,
            view_3=(109.0, 3.0, 232.0),
            lid_px=5.0,
            brow_px=4.0,
            has_teeth=True,
        )
    if name == "hopper":
        return Portrait(
            name=name,
            credit="Grace Hopper, United States Navy, public domain; matplotlib's sample_data/grace_hopper.jpg",
            image=_sample_data("grace_hopper.jpg"),
            landmarks_682=np.array(tracings.HOPPER_LANDMARKS),
            head_N2=np.array(tracings.HOPPER_HEAD),
            neck_N2=np.array(tracings.HOPPER_NECK),
            shoulders_N2=np.array(tracings.HOPPER_SHOULDERS),
            loose_N2=np.array(tracings.HOPPER_LOOSE),
            neck_px=25.0,
            view_3=(34.0, 6.0, 460.0),
            lid_px=4.0,
            brow_px=11.0,
            has_teeth=False,
        )
    raise FootageError(f"no portrait is called {name!r}; there are {', '.join(PORTRAITS)}")


def _sample_data(file_name: str) -> Image:
    path = Path(matplotlib.get_data_path()) / "sample_data" / file_name
    if not path.is_file():
        raise FootageError(f"{path} is missing: this matplotlib came without its sample data; reinstall it from PyPI")
    encoded = np.frombuffer(path.read_bytes(), np.uint8)
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    if decoded is None:
        raise FootageError(f"{path} cannot be decoded; reinstall matplotlib from PyPI")
    return np.ascontiguousarray(np.asarray(decoded, np.uint8)[..., ::-1])
