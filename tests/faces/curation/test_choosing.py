"""Near-duplicates, even spread, selection and filter: properties and closed forms."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.faces.curation.columns import NAMES, value_of
from faceswap_lab.faces.curation.marks import mark, undo
from faceswap_lab.faces.curation.near_duplicates import difference_hash, hashes_of, near_duplicates
from faceswap_lab.faces.curation.pose_bins import best_spread, pose_bin, yaw_counts
from faceswap_lab.faces.curation.selection import select
from faceswap_lab.faces.curation.sift import sift
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow

ROW = FaceRow(
    *(0, "ab" * 32, 0, 0, 0.0, np.zeros(4), np.zeros((68, 2)), np.eye(2, 3), 1.0, 1.0, 0.0, 0.0, 0.0),
    *(None, None, None, "d", "l", "cd" * 32),
)


def rows_of(yaws: list[float], sharpness: list[float]) -> list[FaceRow]:
    return [
        replace(ROW, id=place, yaw=yaw, sharpness=value)
        for place, (yaw, value) in enumerate(zip(yaws, sharpness, strict=True))
    ]


@given(st.lists(st.tuples(st.floats(-80, 80), st.floats(0, 100)), max_size=60), st.integers(0, 70))
def test_best_is_spread_evenly_and_takes_the_sharpest(faces: list[tuple[float, float]], count: int) -> None:
    rows = rows_of([yaw for yaw, _ in faces], [sharp for _, sharp in faces])
    chosen = best_spread(rows, count)
    assert len(chosen) == min(count, len(rows))
    assert [row.id for row in chosen] == sorted({row.id for row in chosen})
    taken, there = yaw_counts(chosen), yaw_counts(rows)
    full = max(taken.values(), default=0)
    for step, available in there.items():
        assert taken.get(step, 0) >= min(available, full - 1), "a step gives way only when it is used up"
    left = {row.id for row in rows} - {row.id for row in chosen}
    for row in chosen:
        rivals = [other for other in rows if other.id in left and pose_bin(other.yaw) == pose_bin(row.yaw)]
        assert all(other.sharpness <= row.sharpness for other in rivals)


def test_steps_are_centred_on_straight_ahead() -> None:
    assert [pose_bin(angle) for angle in (-5.1, -5, 0, 4.9, 5, 14.9, 15)] == [-1, 0, 0, 0, 1, 1, 2]


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(0, 12))
def test_near_duplicates_leave_no_two_alike_and_take_none_too_many(seed: int, num_faces: int, threshold: int) -> None:
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2, (num_faces, 20)).astype(bool)
    quality = rng.integers(0, 4, num_faces).astype(float).tolist()
    dropped = set(near_duplicates(hashes, quality, threshold))
    kept = [place for place in range(num_faces) if place not in dropped]
    differing = (hashes[:, None] != hashes[None]).sum(-1)
    for one in kept:
        assert all(differing[one, other] > threshold for other in kept if other != one)
    for one in dropped:
        better = [k for k in kept if differing[one, k] <= threshold and quality[k] >= quality[one]]
        assert better, "what goes is like one that stays and is no worse"


def test_the_hash_sees_content_and_not_light(faceset: Faceset) -> None:
    crop = faceset.crop(faceset.rows()[0])
    darker = (crop * 0.5).astype(np.uint8)
    turned = np.ascontiguousarray(crop[:, ::-1])
    assert difference_hash(crop).shape == (256,)
    assert (difference_hash(crop) != difference_hash(darker)).sum() <= 16, "halving rounds away some small steps"
    assert (difference_hash(crop) != difference_hash(turned)).sum() > 60
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    assert (difference_hash(crop) == difference_hash(grey)).all()


# selection ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "frames"),
    [
        ("1", [0]),
        ("1,3 24", [0, 2, 23]),
        ("2:5", [2, 3, 4]),
        (":2,20:", [0, 1, 20, 21, 22, 23]),
        ("00000000_000007_0.png", [7]),
        ("00000000_000007_0, 8", [7]),
        ("3,2:4", [2, 3]),
    ],
)
def test_names_rows_and_frames(faceset: Faceset, words: str, frames: list[int]) -> None:
    assert [row.frame_index for row in select(faceset, words)] == frames


@pytest.mark.parametrize(
    ("words", "media", "error", "said"),
    [
        ("99", None, FacesetError, "no face 99"),
        ("100:120", None, FacesetError, "no face 100:120"),
        ("00000000_000099_0.png", None, FacesetError, "no face 00000000_000099_0.png"),
        ("nose", None, ConfigError, "nose is no face"),
        (" , ", None, ConfigError, "no face is named"),
        ("1", "other.mp4", FacesetError, "no footage other.mp4; it has drawn_ada"),
    ],
)
def test_what_names_no_face(faceset: Faceset, words: str, media: str | None, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        select(faceset, words, media=media)


def test_only_one_footage(faceset: Faceset) -> None:
    assert len(select(faceset, ":", media="drawn_ada")) == 24
    assert len(select(faceset, ":", media="00000000")) == 24


# filter -------------------------------------------------------------------------------------------------------------


def test_a_condition_rejects_what_fails_it(faceset: Faceset) -> None:
    middle = float(np.median([row.sharpness for row in faceset.rows()]))
    wanted = [row.id for row in faceset.rows() if row.sharpness > middle and abs(row.yaw) < 8]
    done = sift(faceset, where=f"sharpness > {middle} and abs(yaw) < 8")
    assert 0 < len(wanted) < 24
    assert [row.id for row in faceset.rows()] == wanted
    assert (done.num_before, done.by_condition, done.num_left) == (24, 24 - len(wanted), len(wanted))
    undo(faceset)
    assert len(faceset) == 24


def test_rejected_faces_stay_so(faceset: Faceset) -> None:
    mark(faceset, [1], rejected=True, what="test")
    assert sift(faceset, where="frame_index < 4").num_left == 3


def test_likeness_and_number_in_one_change(faceset: Faceset) -> None:
    hashes = hashes_of(faceset, faceset.rows())
    differing = (hashes[:, None] != hashes[None]).sum(-1)
    bits = int(np.median(differing[np.triu_indices(24, 1)])) // 2
    done = sift(faceset, near_duplicate_bits=bits, best=5)
    assert done.by_likeness > 0
    assert done.num_left == len(faceset) <= 5
    undo(faceset)
    assert len(faceset) == 24


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "give where="),
        ({"near_duplicate_bits": 129}, "near_duplicates=129"),
        ({"best": 0}, "best=0"),
        ({"where": "sharpness > 1e9"}, "would leave no face"),
    ],
)
def test_a_filter_that_is_none(faceset: Faceset, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        sift(faceset, **options)
    assert len(faceset) == 24


def test_every_column_has_a_value(faceset: Faceset) -> None:
    row = faceset.rows()[0]
    values = {name: value_of(faceset, row, name) for name in NAMES}
    assert values["name"] == row.file_name
    assert values["size"] == pytest.approx(64 / np.hypot(*row.frame_to_crop[0, :2]))
    assert values["brightness"] == row.brightness
    of_older_set = value_of(faceset, replace(row, brightness=None), "brightness")
    assert of_older_set == pytest.approx(float(cv2.cvtColor(faceset.crop(row), cv2.COLOR_RGB2GRAY).mean()))
    with pytest.raises(ConfigError, match="did you mean yaw"):
        value_of(faceset, row, "yow")
