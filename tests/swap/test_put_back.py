"""Colour, mask and composite in a row: only the patch changes, and what lies beyond the frame does not count."""

import numpy as np
import pytest

from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.colour.mean import Mean
from faceswap_lab.swap.colour.none import NoColour
from faceswap_lab.swap.masks.hull import Hull
from faceswap_lab.swap.put_back import PutBack

SPEC = CropSpec("face", 64)


def put_back(colour: object = None, output_size: int = 96) -> PutBack:
    return PutBack(colour=colour or NoColour(), mask=Hull(), blend=Alpha(), crop_spec=SPEC, output_size=output_size)


def frame() -> np.ndarray:
    x, y = np.meshgrid(np.arange(320), np.arange(240))
    return np.stack([x * 0.7, y, 250 - x * 0.7], -1).astype(np.uint8)


@pytest.mark.parametrize("output_size", [64, 96, 192])
@pytest.mark.parametrize("face_px", [30, 90, 180])
def test_footage_put_back_into_itself_is_the_footage(face_px: int, output_size: int) -> None:
    """The geometry of cutting and of putting back agree, whatever the sizes."""
    image = frame()
    landmarks = MEAN_FACE_682 * face_px + (60, 40)
    matrix = frame_to_crop(landmarks, SPEC)
    drawn = cut(image, frame_to_crop(landmarks, CropSpec("face", output_size)), output_size)
    patch = put_back(output_size=output_size).patch(image, landmarks, matrix, drawn.astype(np.float32) / 255, None)
    assert patch is not None
    left, top, right, bottom = patch.box
    assert np.abs(patch.rgb.astype(int) - image[top:bottom, left:right]).max() <= 2
    assert patch.mask.max() == 1
    assert (right - left) < 1.3 * face_px + 8
    assert (bottom - top) < 1.3 * face_px + 8


def test_colours_beyond_the_frame_do_not_count() -> None:
    """Half of the face is outside: its repeated border pixels must not pull the mean."""
    image = np.full((240, 320, 3), 200, np.uint8)
    image[:, 0] = 0  # what would be repeated
    landmarks = MEAN_FACE_682 * 120 + (-60, 60)
    swapped = np.full((96, 96, 3), 0.3, np.float32)
    patch = put_back(Mean()).patch(image, landmarks, frame_to_crop(landmarks, SPEC), swapped, None)
    assert patch is not None
    assert patch.box[0] == 0
    assert abs(int(np.median(patch.rgb[patch.mask > 0.99])) - 200) <= 4


def test_face_out_of_the_frame_changes_nothing() -> None:
    landmarks = MEAN_FACE_682 * 50 + (-500, 60)
    swapped = np.zeros((96, 96, 3), np.float32)
    assert put_back().patch(frame(), landmarks, frame_to_crop(landmarks, SPEC), swapped, None) is None
