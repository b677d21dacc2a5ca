"""The real faces of an identity: which rows count, and where their descriptors come from."""

from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.consent import Consent
from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.evaluation.reference import MIN_FACES, measure_reference, nearest_in_pose
from faceswap_lab.evaluation.sharpness import sharpness
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction import media_sha256
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord, MediaRecord
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.measure import measure
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.images import write_image

NUM_FRAMES = 6
LANDMARKS = MEAN_FACE_682 * 90.0 + (20.0, 20.0)


class Embedder:
    """The mean colour of what it is given, so that whole frames and crops differ."""

    name, threshold = "fake", 0.6

    def embed(self, image: np.ndarray, landmarks_682: np.ndarray) -> np.ndarray:
        return np.full(128, image.mean())


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    folder = tmp_path / "footage"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for index in range(NUM_FRAMES):
        image = generator.integers(10 * index, 10 * index + 10, (130, 130, 3), dtype=np.uint8)
        write_image(folder / f"{index:03d}.png", image)
    return folder


def make_faceset(path: Path, footage: Path, *, crop: CropSpec, stored: bool = False) -> Faceset:
    media = media_sha256(footage)
    faceset = Faceset.create(path, IdentityRecord("ada", Consent("synthetic")), crop_spec=crop)
    faceset.add_media(MediaRecord(media, "footage", 130, 130, None))
    for frame in open_footage(footage).frames():
        face = Face(np.array([20.0, 20.0, 110.0, 110.0]), LANDMARKS, 1.0)
        faceset.add(
            measure(frame.image, face, crop),
            media=media,
            frame_index=frame.index,
            pts_s=frame.pts_s,
            detector="d",
            landmarker="l",
            embedding=np.full(128, float(frame.index)) if stored else None,
            embedder="fake" if stored else None,
        )
    faceset.close()
    return faceset


def test_held_out_frames_are_left_out(tmp_path: Path, footage: Path) -> None:
    faceset = make_faceset(tmp_path / "set", footage, crop=CropSpec("face", 256), stored=True)
    reference = measure_reference(faceset, Embedder(), footage=footage, held_out=FrameRange.parse("4:6"))
    assert reference.mean_128[0] == pytest.approx(np.mean([0, 1, 2, 3]))
    trained = measure_reference(
        faceset, Embedder(), footage=footage, held_out=FrameRange.parse("4:6"), trained=FrameRange.parse("0:2")
    )
    assert trained.mean_128[0] == pytest.approx(0.5)


def test_other_footage_holds_nothing_out(tmp_path: Path, footage: Path) -> None:
    faceset = make_faceset(tmp_path / "set", footage, crop=CropSpec("face", 256), stored=True)
    write_image(tmp_path / "other.png", np.zeros((20, 20, 3), np.uint8))
    reference = measure_reference(faceset, Embedder(), footage=tmp_path / "other.png")
    assert reference.num_faces == NUM_FRAMES
    assert any(f"fewer than {MIN_FACES}" in note for note in reference.notes)


def test_missing_descriptors_come_from_whole_frames_where_the_footage_is_at_hand(tmp_path: Path, footage: Path) -> None:
    faceset = make_faceset(tmp_path / "set", footage, crop=CropSpec("face", 256))
    reference = measure_reference(faceset, Embedder(), footage=footage, held_out=FrameRange.parse("1:6"))
    (frame,) = open_footage(footage).frames(FrameRange.parse("0:1"))
    assert reference.mean_128[0] == pytest.approx(frame.image.mean())
    assert not any("tight crops" in note for note in reference.notes)
    alone = measure_reference(faceset, Embedder())
    assert any("tight crops" in note for note in alone.notes)


def test_sharpness_is_that_of_the_stored_crop(tmp_path: Path, footage: Path) -> None:
    faceset = make_faceset(tmp_path / "set", footage, crop=CropSpec("face", 256), stored=True)
    rows = faceset.rows()
    expected = np.mean([sharpness(faceset.crop(row), faceset.mask(row)) for row in rows])
    assert measure_reference(faceset, Embedder()).sharpness == pytest.approx(float(expected), rel=0.02)


def test_other_crops_are_cut_again(tmp_path: Path, footage: Path) -> None:
    exact = measure_reference(make_faceset(tmp_path / "a", footage, crop=CropSpec("face", 256)), Embedder())
    head = measure_reference(make_faceset(tmp_path / "b", footage, crop=CropSpec("head", 512)), Embedder())
    assert head.sharpness == pytest.approx(exact.sharpness, rel=0.5)


def test_nearest_in_pose(tmp_path: Path, footage: Path) -> None:
    rows = make_faceset(tmp_path / "set", footage, crop=CropSpec("face", 64), stored=True).rows()
    assert nearest_in_pose(rows, rows[0].yaw, rows[0].pitch).id == rows[0].id


def test_errors(tmp_path: Path, footage: Path) -> None:
    faceset = make_faceset(tmp_path / "set", footage, crop=CropSpec("face", 64), stored=True)
    with pytest.raises(FacesetError, match="held-out"):
        measure_reference(faceset, Embedder(), footage=footage)
