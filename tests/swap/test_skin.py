"""Where colours are compared: on nose and cheeks, whatever the size, never on eyes or lips."""

import numpy as np
import pytest

from faceswap_lab.faces.crop import CropSpec, mean_face_in_crop
from faceswap_lab.faces.face import EYES, OUTER_LIPS
from faceswap_lab.swap.skin import skin_weight


@pytest.mark.parametrize("size", [64, 128, 256])
def test_nose_and_cheeks_and_nothing_else(size: int) -> None:
    landmarks = mean_face_in_crop(CropSpec("face", size))
    weight = skin_weight(landmarks, size)
    assert weight.dtype == np.float32
    assert set(np.unique(weight)) == {0, 1}
    assert 0.05 < weight.mean() < 0.15
    nose = np.rint(landmarks[30]).astype(int)
    assert weight[nose[1], nose[0]] == 1
    for x, y in np.rint(landmarks[OUTER_LIPS]).astype(int):
        assert weight[y, x] == 0
    assert weight[: int(landmarks[EYES, 1].mean())].sum() == 0


def test_it_moves_with_the_face() -> None:
    landmarks = mean_face_in_crop(CropSpec("face", 128))
    moved = skin_weight(landmarks + (5, -7), 128)
    np.testing.assert_array_equal(moved[10:110, 20:110], skin_weight(landmarks, 128)[17:117, 15:105])


def test_a_face_out_of_sight_has_no_skin() -> None:
    assert skin_weight(np.full((68, 2), -500.0), 64).sum() == 0
