"""Head pose: a known turn comes back, signs flip in the mirror, labels of real heads are near."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.faces.head3d import HEAD_683, MIRROR_68
from faceswap_lab.faces.pose import head_pose

WIDTH, HEIGHT = 640, 480


def projected(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The generic head, turned by degrees and seen by the camera that head_pose assumes."""
    x, y, z = np.radians([-pitch, yaw, roll])  # about x, the right-handed turn lowers the nose
    rotation = cv2.Rodrigues(np.array([x, 0, 0]))[0] @ cv2.Rodrigues(np.array([0, y, 0]))[0]
    points = HEAD_683 @ (rotation @ cv2.Rodrigues(np.array([0, 0, z]))[0]).T + [0.2, -0.1, 8]
    return points[:, :2] / points[:, 2:] * 1.2 * WIDTH + [(WIDTH - 1) / 2, (HEIGHT - 1) / 2]


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"), [(0, 0, 0), (30, 0, 0), (-55, 0, 0), (0, 20, 0), (0, 0, 35), (25, -15, -20), (70, 10, 10)]
)
def test_known_turns_come_back(yaw: float, pitch: float, roll: float) -> None:
    pose = head_pose(projected(yaw, pitch, roll), (WIDTH, HEIGHT))
    np.testing.assert_allclose([pose.yaw_deg, pose.pitch_deg, pose.roll_deg], [yaw, pitch, roll], atol=0.5)


def test_directions_in_the_image() -> None:
    straight = projected(0, 0, 0)
    assert projected(30, 0, 0)[30, 0] < straight[30, 0] - 10  # yaw: the nose goes left
    assert projected(0, 20, 0)[30, 1] < straight[30, 1] - 10  # pitch: the nose goes up
    assert projected(0, 0, 20)[45, 1] > straight[45, 1] + 10  # roll: the right eye goes down, clockwise


def test_mirror_flips_yaw_and_roll_and_keeps_pitch() -> None:
    points = projected(25, 10, 15)
    mirrored = points[MIRROR_68] * [-1, 1] + [WIDTH - 1, 0]
    one, other = head_pose(points, (WIDTH, HEIGHT)), head_pose(mirrored, (WIDTH, HEIGHT))
    assert other.yaw_deg == pytest.approx(-one.yaw_deg, abs=0.1)
    assert other.roll_deg == pytest.approx(-one.roll_deg, abs=0.1)
    assert other.pitch_deg == pytest.approx(one.pitch_deg, abs=0.1)


def test_labels_of_real_heads(footage_dir: Path) -> None:
    """AFLW2000's fitted angles: yaw and roll near, pitch after its constant offset."""
    errors = []
    for item in json.loads((footage_dir / "landmarks" / "landmarks68.json").read_text())["items"]:
        if "pitch_yaw_roll_deg" in item:
            pose = head_pose(np.array(item["pts"]), tuple(item["img_size"]))
            errors.append(np.array([pose.pitch_deg, pose.yaw_deg, pose.roll_deg]) - item["pitch_yaw_roll_deg"])
    pitch, yaw, roll = np.array(errors).T
    assert np.abs(yaw).mean() < 3
    assert np.abs(roll).mean() < 6
    assert np.std(pitch) < 7


def test_errors_of_shape() -> None:
    with pytest.raises(ShapeError, match="68"):
        head_pose(np.zeros((51, 2)), (WIDTH, HEIGHT))
