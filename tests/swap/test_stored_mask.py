"""Masks of the footage's own face set: in the right place, in any crop, and the hull where there is none."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.errors import FacesetError
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop, mean_face_in_crop
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.masks.hull import Hull
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.masks.stored import Stored, StoredMask
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import SwapRecord
from faceswap_lab.swap.swapper import Swapper


@pytest.mark.parametrize("size", [40, 96, 300])
def test_a_mask_lies_in_another_crop_where_it_lies_in_the_frame(
    tmp_path: Path, make_face: Callable[..., Face], size: int
) -> None:
    frame = np.zeros((128, 160), np.uint8)
    cv2.ellipse(frame, (75, 60), (22, 14), 30, 0, 360, 255, -1, cv2.LINE_AA)
    face = make_face()
    in_set, wanted = frame_to_crop(face.landmarks_682, CropSpec("head", 256)), CropSpec("face", size)
    cv2.imwrite(str(tmp_path / "mask.png"), cut(frame, in_set, 256))
    stored, matrix = StoredMask(tmp_path / "mask.png", in_set), frame_to_crop(face.landmarks_682, wanted)
    found = stored.in_crop(matrix, size)
    expected = cut(frame, matrix, size).astype(np.float32) / 255
    assert np.abs(found - expected).mean() < 0.01
    assert abs(found.sum() / expected.sum() - 1) < 0.03
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ (20, 10)  # of the frame without its first 20 columns and 10 rows
    np.testing.assert_allclose(stored.shifted((20, 10)).in_crop(shifted, size), found, atol=1e-5)
    (tmp_path / "mask.png").write_bytes(b"")
    with pytest.raises(FacesetError, match=r"mask\.png"):
        stored.in_crop(matrix, size)


def test_without_a_stored_mask_it_is_the_hull() -> None:
    points = mean_face_in_crop(CropSpec("face", 96))
    given = MaskInput(points, None, 96, float(np.ptp(points[:, 1])))
    np.testing.assert_array_equal(Stored().alpha(given), Hull().alpha(given))
    nowhere = MaskInput(points, None, 96, given.face_px, lambda: np.zeros((96, 96), np.float32))
    assert Stored().alpha(nowhere).max() == 0


def test_a_conversion_keeps_to_the_set_s_masks(
    tmp_path: Path, clip: Path, checkpoint: Path, make_finder: Callable[..., FaceFinder]
) -> None:
    """Half of each mask was painted black; there, the footage stays."""
    record = IdentityRecord("carol", check_consent("self"))
    extract(clip, tmp_path / "carol", record=record, finder=make_finder())
    with Faceset.open(tmp_path / "carol") as faceset:
        for row in faceset.rows():
            mask = np.zeros((faceset.crop_spec.size,) * 2, np.uint8)
            mask[:, mask.shape[1] // 2 :] = 255
            cv2.imwrite(str(faceset.mask_path(row)), mask)
    patches: list[tuple[SwapRecord, Patch]] = []
    swapper = Swapper.from_checkpoint(checkpoint, device="cpu")
    convert(
        clip,
        tmp_path / "out.mp4",
        swapper=swapper,
        identity="ben",
        faceset=tmp_path / "carol",
        finder=make_finder(),
        mask=Stored(),
        on_face=lambda record, image, patch: patches.append((record, patch)),
    )
    assert len(patches) == 12
    for record, patch in patches:
        middle = record.landmarks_682[27:31, 0].mean()  # the bridge of the nose
        x = np.arange(patch.box[0], patch.box[2])
        assert patch.mask[:, x < middle - 8].max(initial=0) == 0
        assert patch.mask[:, x > middle + 12].max() == 1
