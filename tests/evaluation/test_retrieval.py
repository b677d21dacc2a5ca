"""Retrieval, verification and the gallery on descriptors whose places are known."""

from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.evaluation.gallery import check_gallery, read_gallery
from faceswap_lab.evaluation.retrieval import rank_one
from faceswap_lab.evaluation.verification import verified
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.media.images import write_image

AXES = np.eye(4)
GALLERY = {"ada": AXES[0], "ben": AXES[1], "a stranger": AXES[2]}


def test_the_identity_itself_is_always_found_and_another_never() -> None:
    assert rank_one(AXES[[0, 0]], GALLERY, "ada").tolist() == [1.0, 1.0]
    assert rank_one(AXES[[1, 2]], GALLERY, "ada").tolist() == [0.0, 0.0]
    assert rank_one(np.zeros((1, 4)), GALLERY, "ada").tolist() == [0.0], "a tie is no find"


def test_the_further_towards_another_the_fewer_are_found() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.2, (200, 4))
    rates = [rank_one(noise + AXES[0] * (1 - t) + AXES[1] * t, GALLERY, "ada").mean() for t in (0, 0.4, 0.6, 1)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 0.95
    assert rates[-1] < 0.05


def test_a_gallery_needs_the_identity_and_somebody_else() -> None:
    for gallery in ({"ben": AXES[1], "cy": AXES[2]}, {"ada": AXES[0]}, {}):
        with pytest.raises(ConfigError, match="the gallery needs ada"):
            rank_one(AXES[:1], gallery, "ada")


def test_verification_counts_what_lies_below_the_threshold() -> None:
    assert verified(np.array([0.1, 0.59, 0.6, 0.9]), 0.6).tolist() == [1.0, 1.0, 0.0, 0.0]


class BrightFaces:
    """Finds a face in bright pictures only, and describes it by its brightness."""

    name, threshold = "fake", 0.6

    def find(self, image: np.ndarray) -> list[Face]:
        return [Face(np.zeros(4), MEAN_FACE_682, 1.0)] if image.mean() > 100 else []

    def embed(self, image: np.ndarray, landmarks_682: np.ndarray) -> np.ndarray:
        return np.full(3, image.mean())


def test_pictures_without_a_face_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name, grey in (("b.png", 200), ("a.png", 150), ("dark.png", 10)):
        write_image(tmp_path / name, np.full((8, 8, 3), grey, np.uint8))
    gallery = read_gallery(tmp_path, finder=BrightFaces(), embedder=BrightFaces())
    assert list(gallery) == ["a.png", "b.png"]
    assert gallery["b.png"][0] == 200
    assert "dark.png: no face" in caplog.text


def test_a_gallery_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        check_gallery(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="no picture"):
        check_gallery(tmp_path)
    write_image(tmp_path / "dark.png", np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(ConfigError, match="no picture shows a face"):
        read_gallery(tmp_path, finder=BrightFaces(), embedder=BrightFaces())
