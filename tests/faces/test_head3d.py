"""The generic 3-D head is symmetric, upright and shaped like a head."""

import numpy as np

from faceswap_lab.faces.head3d import HEAD_683, MIRROR_68


def test_mirroring_is_its_own_inverse_and_leaves_the_head_unchanged() -> None:
    np.testing.assert_array_equal(MIRROR_68[MIRROR_68], np.arange(68))
    np.testing.assert_allclose(HEAD_683[MIRROR_68] * [-1.0, 1.0, 1.0], HEAD_683, atol=1e-9)


def test_axes_unit_and_origin() -> None:
    np.testing.assert_allclose(HEAD_683[[36, 45]], [[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0]], atol=1e-9)
    between_mouth_corners = HEAD_683[[48, 54]].mean(0)
    np.testing.assert_allclose(between_mouth_corners[[0, 2]], 0.0, atol=1e-3)
    assert HEAD_683[8, 1] > between_mouth_corners[1] > 0.0, "y runs down from the eyes to the chin"


def test_nose_tip_is_nearest_to_the_camera_and_the_jaw_by_the_ears_farthest() -> None:
    assert HEAD_683[:, 2].argmin() == 30
    assert set(HEAD_683[:, 2].argsort()[-8:]) == {0, 1, 2, 3, 13, 14, 15, 16}


def test_proportions_are_those_of_a_head() -> None:
    widest = np.ptp(HEAD_683[:17, 0])
    assert 1.4 < widest < 1.9
    assert 1.1 < HEAD_683[8, 1] < 1.5, "eyes to chin"
    assert 0.5 < np.ptp(HEAD_683[48:60, 0]) < 0.7, "mouth"
    assert 0.35 < HEAD_683[36, 2] - HEAD_683[30, 2] < 0.6, "the nose stands out"


def test_constants_cannot_be_changed_by_accident() -> None:
    assert not HEAD_683.flags.writeable
    assert not MIRROR_68.flags.writeable
