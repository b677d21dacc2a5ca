"""Two wheels write into one ``cv2`` folder: they must hold the same files."""

from importlib.metadata import version

import cv2


def test_both_opencv_wheels_have_one_version() -> None:
    assert version("opencv-python") == version("opencv-python-headless")
    assert version("opencv-python").startswith(cv2.__version__)
