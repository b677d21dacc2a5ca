"""The identity vector: the same person near, others far, whatever the pose of the crop."""

from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
import skimage.data

from faceswap_lab.faces.embedders.dlib_resnet import DlibResnet
from faceswap_lab.faces.finder import build_finder, build_part
from faceswap_lab.faces.head3d import MIRROR_68


@pytest.fixture(scope="module")
def embedder() -> DlibResnet:
    return build_part("embedder", "dlib_resnet")


def test_same_person_is_near_and_others_are_far(embedder: DlibResnet) -> None:
    finder, astronaut = build_finder(), skimage.data.astronaut()
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    hopper = np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])
    faces = [finder.find(image)[0].landmarks_682 for image in (astronaut, hopper)]
    one, other = embedder.embed(astronaut, faces[0]), embedder.embed(hopper, faces[1])
    mirrored = embedder.embed(astronaut[:, ::-1], faces[0][MIRROR_68] * [-1, 1] + [511, 0])
    blurred = embedder.embed(cv2.GaussianBlur(astronaut, (0, 0), 1.5), faces[0])
    assert one.shape == (embedder.size,)
    assert one.dtype == np.float64
    assert np.linalg.norm(one - mirrored) < 0.35
    assert np.linalg.norm(one - blurred) < 0.45
    assert np.linalg.norm(one - other) > 0.6


def test_a_face_at_the_border_is_embedded(embedder: DlibResnet) -> None:
    image = skimage.data.astronaut()[60:180, 180:270]
    assert np.isfinite(
        embedder.embed(image, build_finder().find(skimage.data.astronaut())[0].landmarks_682 - [180, 60])
    ).all()
