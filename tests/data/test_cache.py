"""The decoded crops beside a face set: right pixels, made once, made again when the set changes."""

import os
import pickle
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.data.cache import open_cache
from faceswap_lab.data.regions import FEATURES, features_mask, pack_regions
from faceswap_lab.faces.curation.marks import mark, undo
from faceswap_lab.faces.faceset import Faceset

MakeFaceset = Callable[..., Faceset]


def files(faceset: Faceset) -> list[str]:
    return sorted(path.name for path in (faceset.path / ".cache").iterdir())


def test_it_holds_crops_and_masks_in_the_order_of_rows(make_faceset: MakeFaceset) -> None:
    faceset = make_faceset("alice", 18)
    cache = open_cache(faceset, size=40)
    assert len(cache) == 18
    for place, row in enumerate(faceset.rows()):
        np.testing.assert_array_equal(cache[place][..., :3], faceset.crop(row))
        regions = pack_regions(faceset.mask(row), features_mask(row, 40))
        np.testing.assert_array_equal(cache[place][1:-1, 1:-1, 3], regions[1:-1, 1:-1])
        assert regions.max() > 250, "an eye or the mouth"
        assert cache[place][0, :, 3].max() == 0


def test_a_second_opening_makes_nothing(make_faceset: MakeFaceset) -> None:
    faceset = make_faceset("alice", 18)
    path = open_cache(faceset, size=32).path
    written = path.stat().st_mtime_ns
    assert open_cache(Faceset.open(faceset.path), size=32).path.stat().st_mtime_ns == written
    assert open_cache(faceset, size=32)[0].shape == (32, 32, 4)


def test_a_changed_set_is_decoded_again_and_the_old_file_goes(make_faceset: MakeFaceset) -> None:
    faceset = make_faceset("alice", 18)
    before = open_cache(faceset, size=32).path
    with sqlite3.connect(faceset.path / "faces.sqlite") as database:
        database.execute("DELETE FROM faces WHERE frame_index = 3")
    cache = open_cache(Faceset.open(faceset.path), size=32)
    assert cache.path != before
    assert len(cache) == 17
    assert files(faceset) == [cache.path.name]


def test_a_changed_mask_is_read_again(make_faceset: MakeFaceset) -> None:
    faceset = make_faceset("alice", 18)
    before = open_cache(faceset, size=32)
    os.utime(faceset.mask_path(faceset.rows()[4]), (0, 0))
    assert open_cache(faceset, size=32).path != before.path


def test_it_never_enlarges(make_faceset: MakeFaceset) -> None:
    assert open_cache(make_faceset("alice", 18), size=400)[0].shape == (40, 40, 4)


def test_a_failed_build_leaves_nothing(make_faceset: MakeFaceset, monkeypatch: pytest.MonkeyPatch) -> None:
    faceset = make_faceset("alice", 18)
    monkeypatch.setattr(Faceset, "mask", lambda self, row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_cache(faceset, size=32)
    assert files(faceset) == []


def test_a_read_only_set_is_cached_in_the_users_folder(
    make_faceset: MakeFaceset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(os, "access", lambda *_: False)  # tests may run as root, who may write anywhere
    faceset = make_faceset("alice", 18)
    assert tmp_path / "home" in open_cache(faceset, size=32).path.parents
    assert not (faceset.path / ".cache").exists()


def test_it_travels_to_a_worker_without_its_pixels(make_faceset: MakeFaceset) -> None:
    cache = open_cache(make_faceset("alice", 18), size=32)
    first = cache[0]
    packed = pickle.dumps(cache)
    assert len(packed) < 1000
    np.testing.assert_array_equal(pickle.loads(packed)[0], first)


def test_rejected_faces_and_deleted_crops_are_not_cached(make_faceset: MakeFaceset) -> None:
    faceset = make_faceset("alice", 18)
    num_faces = len(open_cache(faceset, size=32))
    mark(faceset, [1], rejected=True, what="test")
    faceset.crop_path(faceset.rows()[0]).unlink()
    opened = Faceset.open(faceset.path)
    cache = open_cache(opened, size=32)
    assert len(cache) == len(opened.rows()) == num_faces - 2
    undo(opened)
    assert len(open_cache(opened, size=32)) == num_faces - 1


def test_eyes_nostrils_and_mouth_count_for_what_each_is_given(make_faceset: MakeFaceset) -> None:
    faceset = make_faceset("alice", 18)
    row = faceset.rows()[0]
    alone = {
        part: features_mask(row, 40, {name: float(name == part) for name in FEATURES}).astype(int) for part in FEATURES
    }
    assert all(mask.max() > 200 for mask in alone.values())
    rows = {part: np.average(np.arange(40), weights=mask.sum(1)) for part, mask in alone.items()}
    assert rows["eyes"] < rows["nostrils"] < rows["mouth"]
    weighed = open_cache(faceset, size=40, features={"eyes": 0.5, "mouth": 1.0, "nostrils": 0.0})
    expected = np.maximum(np.rint(alone["eyes"] * 0.5), alone["mouth"]).astype(np.uint8)
    packed = pack_regions(faceset.mask(row), expected)
    np.testing.assert_array_equal(weighed[0][1:-1, 1:-1, 3], packed[1:-1, 1:-1])
    np.testing.assert_array_equal(weighed[0][..., :3], open_cache(faceset, size=40)[0][..., :3])


def test_all_counting_fully_is_the_cache_of_those_who_say_nothing(make_faceset: MakeFaceset) -> None:
    faceset = make_faceset("alice", 18)
    path = open_cache(faceset, size=40).path
    assert open_cache(faceset, size=40, features=dict.fromkeys(FEATURES, 1)).path == path
    assert open_cache(faceset, size=40, features={"mouth": 0.5}).path != path
