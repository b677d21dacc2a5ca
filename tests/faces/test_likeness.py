"""Reference pictures: who is near, who is not, and pictures that will not do."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError, FootageError, NoFaceError
from faceswap_lab.faces.finder import FaceFinder, build_finder, build_part
from faceswap_lab.faces.likeness import Likeness, References, distance, read_references

ADA = References(np.array([[0.0, 0], [10, 0]]), "ada")
BEN = References(np.array([[0.0, 2]]), "ben")


def test_distance_is_the_mean_to_the_nearest() -> None:
    assert distance(np.array([[1.0, 0], [10, 3]]), ADA.vectors_ND) == pytest.approx(2)


@pytest.mark.parametrize(
    ("only", "exclude", "kept"),
    [
        (None, None, [1, 1, 1]),
        (ADA, None, [1, 0, 0]),
        (None, ADA, [0, 1, 1]),
        (ADA, BEN, [0, 0, 0]),
        (BEN, ADA, [0, 1, 0]),
    ],
)
def test_near_is_kept_or_left_out(only: References | None, exclude: References | None, kept: list[int]) -> None:
    likeness = Likeness(only, exclude, threshold=1.1)
    faces = [np.array([[0.0, 1]]), np.array([[0.0, 3]]), np.array([[5.0, 5]])]
    assert [likeness.wants(face) for face in faces] == [bool(one) for one in kept]


def test_the_key_tells_choices_apart() -> None:
    keys = [Likeness(ADA).key, Likeness(BEN).key, Likeness(None, ADA).key, Likeness(ADA, threshold=0.5).key]
    assert all(one != other for place, one in enumerate(keys) for other in keys[:place])
    assert Likeness(ADA).key == {"only": "ada", "identity_threshold": 0.6}


def test_pictures_of_a_folder_or_one_picture(
    write_pictures: Callable[..., Path], tmp_path: Path, finder: FaceFinder, embedder: Any
) -> None:
    folder = write_pictures(tmp_path / "refs", [100, 200])
    (folder / "notes.txt").touch()
    both = read_references(folder, option="only", finder=finder, embedder=embedder)
    one = read_references(folder / "001.png", option="only", finder=finder, embedder=embedder)
    assert both.vectors_ND.shape == (2, 3)
    np.testing.assert_array_equal(one.vectors_ND[0], both.vectors_ND[1])
    assert one.digest != both.digest


def test_several_faces_in_a_picture_are_said(
    write_pictures: Callable[..., Path], tmp_path: Path, finder: FaceFinder, embedder: Any, caplog: Any
) -> None:
    finder.detector.num_faces = 2  # type: ignore[attr-defined]
    with caplog.at_level(logging.WARNING):
        read_references(write_pictures(tmp_path / "r", [100]), option="only", finder=finder, embedder=embedder)
    assert "000.png shows 2 faces; the largest counts" in caplog.text


def test_what_shows_no_face_is_named(
    write_pictures: Callable[..., Path], tmp_path: Path, finder: FaceFinder, embedder: Any
) -> None:
    def read(path: Path) -> None:
        read_references(path, option="exclude", finder=finder, embedder=embedder)

    with pytest.raises(NoFaceError, match=r"exclude=.*no face in 001\.png"):
        read(write_pictures(tmp_path / "refs", [100, 0]))
    (tmp_path / "empty").mkdir()
    for path, said in ((tmp_path / "empty", "holds no image"), (tmp_path / "none", "does not exist")):
        with pytest.raises(FootageError, match=rf"exclude=.*{said}"):
            read(path)
    (tmp_path / "clip.mp4").touch()
    with pytest.raises(FootageError, match="is not an image"):
        read(tmp_path / "clip.mp4")
    (tmp_path / "broken.png").write_bytes(b"no")
    with pytest.raises(FootageError, match=r"broken\.png"):
        read(tmp_path / "broken.png")
    with pytest.raises(ConfigError, match="identity_threshold=0"):
        Likeness(ADA, threshold=0)


@pytest.mark.hard
def test_portraits_of_two_people_are_told_apart(footage_dir: Path) -> None:
    finder, embedder = build_finder(), build_part("embedder", "dlib_resnet")
    gallery = footage_dir / "gallery"

    def read(name: str) -> References:
        return read_references(gallery / f"{name}.jpg", option="only", finder=finder, embedder=embedder)

    likeness = Likeness(read("obama_1"))
    assert all(likeness.wants(read(name).vectors_ND) for name in ("obama_2", "obama_3"))
    assert not any(likeness.wants(read(name).vectors_ND) for name in ("biden_1", "biden_2"))


@pytest.mark.hard
@pytest.mark.parametrize("name", ["h01_two_faces_sbs.mp4", "h02_cut_two_ids.mp4"])
def test_two_people_in_a_clip_are_told_apart(footage_dir: Path, tmp_path: Path, name: str) -> None:
    from faceswap_lab.core.consent import check_consent
    from faceswap_lab.faces.extraction import extract
    from faceswap_lab.faces.faceset import Faceset
    from faceswap_lab.faces.identity_record import IdentityRecord
    from faceswap_lab.media.footage import open_footage

    finder, embedder = build_finder(), build_part("embedder", "dlib_resnet")
    picture = next(open_footage(footage_dir / "clips" / "woman_outdoors.mp4").frames()).image
    cv2.imwrite(str(tmp_path / "woman.png"), picture[..., ::-1])
    woman = read_references(tmp_path / "woman.png", option="only", finder=finder, embedder=embedder)
    found = {}
    for option, likeness in (("only", Likeness(woman)), ("exclude", Likeness(None, woman))):
        extract(
            footage_dir / "hard" / name,
            tmp_path / option,
            record=IdentityRecord("someone", check_consent("self")),
            finder=finder,
            embedder=embedder,
            likeness=likeness,
            every=4,
        )
        found[option] = Faceset.open(tmp_path / option).rows()
    if name.startswith("h01"):
        assert len(found["only"]) == len(found["exclude"]) == 25
        assert all(row.landmarks_682[:, 0].mean() < 540 for row in found["only"])
        assert all(row.landmarks_682[:, 0].mean() > 540 for row in found["exclude"])
    else:
        assert [row.frame_index for row in found["only"]] == list(range(40, 80, 4))
        assert [row.frame_index for row in found["exclude"]] == [*range(0, 40, 4), *range(80, 100, 4)]
    assert sum(row.embedding is not None for row in found["only"]) <= 4
