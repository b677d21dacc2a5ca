"""What a report shows: masks kept small, one frame as everybody, the best and the worst."""

from types import SimpleNamespace

import numpy as np
import pytest
import skimage.data

from faceswap_lab.evaluation.everybody import SIZE_PX, AsEverybody
from faceswap_lab.evaluation.extremes import Extremes, Moment
from faceswap_lab.evaluation.pictures import Picture
from faceswap_lab.evaluation.report_pictures import direction_pictures, everybody_table
from faceswap_lab.evaluation.swap_masks import SwapMasks
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.drawer import SwappedFaces
from faceswap_lab.swap.report import SwapRecord
from faceswap_lab.swap.swapper import Swapper

LANDMARKS = MEAN_FACE_682 * 80.0 + (185.0, 70.0)
SPEC = CropSpec("face", 64)


class Greyish:
    """Draws every face as it is, as ``ada``, and grey as anybody else."""

    identities, device, input_size, output_size = ["ada", "ben"], "cpu", 64, 64

    def draw(self, faces_BSS3: np.ndarray, identity: str) -> SwappedFaces:
        drawn_BSS3 = faces_BSS3.astype(np.float32) / 255
        return SwappedFaces(drawn_BSS3 if identity == "ada" else np.full_like(drawn_BSS3, 0.5), None)


def frame(index: int, *, shade: int = 0) -> Frame:
    image = np.asarray(np.clip(skimage.data.astronaut().astype(int) - shade, 0, 255), np.uint8)
    return Frame(np.ascontiguousarray(image), index, index / 25)


def record(index: int, box: tuple[int, int, int, int]) -> SwapRecord:
    return SwapRecord(index, index / 25, LANDMARKS, box, 1, 1.0)


def patch(box: tuple[int, int, int, int], mask_HW: np.ndarray) -> Patch:
    return Patch(box, np.zeros((*mask_HW.shape, 3), np.uint8), mask_HW.astype(np.float32), 100.0)


def test_a_mask_comes_back_where_it_was_with_all_faces_of_its_frame() -> None:
    masks, half = SwapMasks(), np.zeros((200, 120))
    half[100:] = 1.0
    masks(record(3, (10, 20, 130, 220)), np.zeros((1, 1, 3), np.uint8), patch((10, 20, 130, 220), half))
    masks(record(3, (200, 0, 240, 30)), np.zeros((1, 1, 3), np.uint8), patch((200, 0, 240, 30), np.full((30, 40), 0.4)))
    found = masks.at(3, (240, 320))
    assert found is not None
    assert masks.at(4, (240, 320)) is None
    expected = np.zeros((240, 320))
    expected[120:220, 10:130], expected[:30, 200:240] = 255, 102
    assert np.abs(found - expected).max(axis=1)[[0, 10, 50, 110, 130, 219, 230]] == pytest.approx(0, abs=1)
    assert np.abs(found - expected).mean() < 1


def test_the_best_and_the_worst_are_caught_with_their_pictures_in_any_order() -> None:
    masks = SwapMasks()
    for index in range(5):
        masks(
            record(index, (200, 90, 260, 150)),
            np.zeros((1, 1, 3), np.uint8),
            patch((200, 90, 260, 150), np.ones((60, 60))),
        )
    extremes = Extremes("ada", "ben", masks)
    for index, (pose, mouth, distance) in enumerate(
        [(5.0, 0.1, None), (2.0, 0.0, 0.4), (9.0, -0.3, 0.3), (3.0, 0.2, 0.5), (4.0, 0.1, 0.45)]
    ):
        face = SimpleNamespace(pose_error_deg=pose, swapped_opening=0.3 + mouth, footage_opening=0.3)
        extremes.add(frame(index), frame(index, shade=20 * index), face, LANDMARKS, distance)  # type: ignore[arg-type]
    ends = {name: tuple((moment.index, moment.value) for moment in both) for name, both in extremes.moments.items()}
    assert ends == {
        "identity_distance_target": ((2, 0.3), (3, 0.5)),
        "pose_error_deg": ((1, 2.0), (2, 9.0)),
        "mouth_opening_error": ((1, 0.0), (2, pytest.approx(0.3))),
    }
    footage, swapped, replaced = extremes.moments["identity_distance_target"][1].pictures
    assert footage.image.mean() - swapped.image.mean() > 25
    tinted = np.abs(replaced.image.astype(int) - footage.image).max(axis=2) > 5
    assert 0.05 < tinted.mean() < 0.8
    assert extremes.moments["pose_error_deg"][0].place == "frame 1, 0.04 s"


def test_one_frame_is_shown_as_everybody_and_restored_on_the_diagonal() -> None:
    row = AsEverybody("ada", SPEC, 64)
    row.choose([9, 1, 5])
    row.choose([100])
    for index in (1, 5, 9):
        row.add(frame(index), frame(index, shade=10 * index), LANDMARKS, identity="ben", distance=0.4)
    assert (row.index, set(row.pictures)) == (5, {"", "ben"})
    assert row.pictures[""].caption == "ada, frame 5, 0.20 s"
    assert row.pictures["ben"].caption == "distance 0.400"
    person = {"consent": {}, "licence": None, "num_faces": 1, "faceset": "x", "faceset_hash": "0"}
    card = {"identities": {"ada": person, "ben": person}, "crop": {"kind": "face", "size": 64}}
    row.restore(Swapper(Greyish(), card=card))  # type: ignore[arg-type]
    assert row.pictures["ada"].caption == "restored, SSIM 1.000"
    assert {picture.image.shape for picture in row.pictures.values()} == {(SIZE_PX, SIZE_PX, 3)}
    assert np.abs(row.pictures["ada"].image.astype(int) - row.pictures[""].image).mean() < 8  # it was enlarged


def test_the_pictures_stand_in_a_square_and_names_are_escaped() -> None:
    picture = Picture(np.full((16, 16, 3), 90, np.uint8), "<i>", "<u>")
    rows = [AsEverybody(name, SPEC, 64, 3, {"": picture, "<b>": picture}) for name in ("<b>", "ben")]
    shown = everybody_table(rows, ["<b>", "ben"])
    assert shown.count("<tr>") == 3
    assert shown.count("<img") == 4
    assert shown.count('class="own"') == 2
    assert not any(bad in shown for bad in ("<b>", "<i>", "<u>"))


def test_one_frame_alone_is_no_worst_one() -> None:
    picture = Picture(np.full((16, 16, 3), 90, np.uint8), "Footage", "alt")
    one, other = Moment(0.4, 3, 0.12, (picture,) * 3), Moment(0.5, 4, 0.16, (picture,) * 3)
    both = direction_pictures("ada>ben", [], {"pose_error_deg": (one, other)})
    assert "Best: 0.4" in both
    assert "Worst: 0.5" in both
    assert "frame 4, 0.16 s" in both
    assert both.count("<img") == 6
    assert "Worst:" not in direction_pictures("ada>ben", [], {"pose_error_deg": (one, one)})
