"""Masks of a face set: small on disk, drawn again from the landmarks, taken from a user's folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_images import read_image, write_image
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.faces.maskers.ellipse import Ellipse
from faceswap_lab.faces.maskers.hull import Hull
from faceswap_lab.faces.masks_import import import_masks
from faceswap_lab.faces.masks_redraw import redraw_masks


@pytest.fixture
def faceset(tmp_path: Path, pictures: Path, record: IdentityRecord, finder: FaceFinder) -> Faceset:
    extract(pictures, tmp_path / "ada", record=record, finder=finder, crop_spec=CropSpec("face", 64))
    return Faceset.open(tmp_path / "ada")


def draw(folder: Path, faceset: Faceset, image: Any, *, suffix: str = ".png", rows: slice = slice(None)) -> Path:
    folder.mkdir(exist_ok=True)
    for row in faceset.rows()[rows]:
        cv2.imwrite(str(folder / Path(row.file_name).with_suffix(suffix)), image)
    return folder


def test_masks_are_small_and_exact(tmp_path: Path, landmarks_682: np.ndarray) -> None:
    points = (landmarks_682 - [50, 30]) / 60 * 230 + 12
    mask = Hull().mask(points, np.eye(2, 3), 256)
    for name, image, most in (("grey", mask, 2200), ("bilevel", np.where(mask > 127, 255, 0).astype(np.uint8), 800)):
        write_image(tmp_path / f"{name}.png", image)
        assert (tmp_path / f"{name}.png").stat().st_size < most
        np.testing.assert_array_equal(read_image(tmp_path / f"{name}.png", grey=True), image)


def test_redrawn_without_detecting(faceset: Faceset, finder: FaceFinder) -> None:
    seen = finder.detector.num_seen  # type: ignore[attr-defined]
    before = [faceset.mask(row) for row in faceset.rows()]
    content = faceset.content_hash()
    assert redraw_masks(faceset, Ellipse()) == 5
    row = faceset.rows()[1]
    np.testing.assert_array_equal(faceset.mask(row), Ellipse().mask(row.landmarks_682, row.frame_to_crop, 64))
    assert (faceset.mask(row) != before[1]).any()
    assert faceset.content_hash() == content
    redraw_masks(faceset, Hull())
    for old, row in zip(before, faceset.rows(), strict=True):
        np.testing.assert_array_equal(faceset.mask(row), old)
    assert finder.detector.num_seen == seen  # type: ignore[attr-defined]
    assert len(list((faceset.path / "masks").iterdir())) == 5, "no temporary file stays"


def test_training_sees_redrawn_masks(faceset: Faceset) -> None:
    from faceswap_lab.data.cache import open_cache

    before = open_cache(faceset, size=64)[0][..., 3].copy()
    redraw_masks(faceset, Ellipse())
    after = open_cache(faceset, size=64)[0][..., 3]
    assert (before != after).any()


@pytest.mark.parametrize("suffix", [".png", ".PNG", ".tif", ".bmp"])
def test_imported_by_the_names_of_the_crops(faceset: Faceset, tmp_path: Path, suffix: str) -> None:
    image = np.zeros((128, 128), np.uint8)
    image[:64] = 255
    folder = draw(tmp_path / "mine", faceset, image, suffix=suffix, rows=slice(1, 3))
    cv2.imwrite(str(folder / "holiday.png"), image)
    done = import_masks(faceset, folder)
    assert (done.num_imported, done.num_without, done.unknown) == (2, 3, ("holiday.png",))
    mask = faceset.mask(faceset.rows()[1])
    assert mask.shape == (64, 64)
    assert (mask[:32] == 255).all()
    assert (mask[32:] == 0).all()
    assert (faceset.mask(faceset.rows()[0])[40] > 0).any()


def _write_float(folder: Path, name: str) -> None:
    (folder / name).unlink()
    cv2.imwrite(str((folder / name).with_suffix(".tif")), np.zeros((64, 64), np.float32))


def _rgba() -> np.ndarray:
    image = np.zeros((64, 64, 4), np.uint8)
    image[:, :32, 3] = 255
    return image


def _opaque() -> np.ndarray:
    image = np.full((64, 64, 4), 255, np.uint8)
    image[:, 32:, :3] = 0
    return image


@pytest.mark.parametrize(
    "image", [_rgba(), _opaque(), _opaque()[..., :3], _opaque()[..., 0].astype(np.uint16) * 257], ids=str
)
def test_transparency_colour_and_depth_all_say_the_same(faceset: Faceset, tmp_path: Path, image: np.ndarray) -> None:
    import_masks(faceset, draw(tmp_path / "mine", faceset, image))
    mask = faceset.mask(faceset.rows()[0])
    assert (mask[:, :32] == 255).all()
    assert (mask[:, 32:] == 0).all()


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda folder, name: (folder / name).write_bytes(b"no image"), "is not an image"),
        (lambda folder, name: (folder / name).write_bytes(b""), "is not an image"),
        (lambda folder, name: cv2.imwrite(str(folder / name), np.zeros((64, 32), np.uint8)), "32x64 px"),
        (lambda folder, name: _write_float(folder, name), "holds float32 values"),
    ],
)
def test_one_bad_image_replaces_no_mask(
    faceset: Faceset, tmp_path: Path, break_it: Callable[[Path, str], Any], said: str
) -> None:
    before = [faceset.mask(row) for row in faceset.rows()]
    folder = draw(tmp_path / "mine", faceset, np.zeros((64, 64), np.uint8))
    break_it(folder, faceset.rows()[4].file_name)
    with pytest.raises(FacesetError, match=said):
        import_masks(faceset, folder)
    for old, row in zip(before, faceset.rows(), strict=True):
        np.testing.assert_array_equal(faceset.mask(row), old)


def test_folders_that_cannot_serve(faceset: Faceset, tmp_path: Path) -> None:
    with pytest.raises(FacesetError, match="is no folder"):
        import_masks(faceset, tmp_path / "none")
    (tmp_path / "other").mkdir()
    with pytest.raises(FacesetError, match="name them as in crops/, such as"):
        import_masks(faceset, tmp_path / "other")
