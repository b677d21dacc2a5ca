"""Extraction without networks: what is kept, what goes on, what is refused."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.errors import ConfigError, FacesetError, FootageError, NoFaceError, OutputError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces import extraction
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction import extract, media_sha256
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord

WritePictures = Callable[[Path, list[int]], Path]


@pytest.fixture(autouse=True)
def _commit_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "FRAMES_PER_COMMIT", 2)


@pytest.fixture
def run(tmp_path: Path, pictures: Path, record: IdentityRecord, finder: FaceFinder) -> Callable[..., Any]:
    def run(**changes: Any) -> Any:
        arguments: dict[str, Any] = {"record": record, "finder": finder, "crop_spec": CropSpec("face", 64)}
        arguments |= {"footage_path": pictures, "faceset_path": tmp_path / "ada"} | changes
        return extract(arguments.pop("footage_path"), arguments.pop("faceset_path"), **arguments)

    return run


def test_smoke(run: Callable[..., Any], tmp_path: Path, pictures: Path) -> None:
    report = run()
    assert (report.num_frames, report.num_faces, report.num_without_face, report.num_total) == (6, 5, 1, 5)
    faceset = Faceset.open(tmp_path / "ada")
    assert [row.frame_index for row in faceset.rows()] == [0, 1, 3, 4, 5]
    assert {row.detector for row in faceset.rows()} == {"fixed (1)"}
    (media,) = faceset.identity.media
    assert (media.sha256, media.name, media.width, media.height) == (media_sha256(pictures), "pictures", 160, 120)
    crop = faceset.crop(faceset.rows()[0])
    assert crop.shape == (64, 64, 3)
    assert 100 <= crop.mean() <= 140
    assert len(list((tmp_path / "ada" / "masks").iterdir())) == 5


def test_range_and_every(run: Callable[..., Any], tmp_path: Path) -> None:
    run(ranges=FrameRange.parse("1:6"), every=2)
    assert [row.frame_index for row in Faceset.open(tmp_path / "ada").rows()] == [1, 3, 5]


def test_more_faces_than_kept_are_counted_and_said(
    run: Callable[..., Any], finder: FaceFinder, caplog: pytest.LogCaptureFixture
) -> None:
    finder.detector.num_faces = 3  # type: ignore[attr-defined]
    with caplog.at_level(logging.WARNING, logger="faceswap_lab"):
        report = run()
    assert (report.num_faces, report.num_with_more) == (5, 5)
    assert "5 frames show more than 1 face(s); only the largest were kept" in caplog.text
    assert "no face in 1 frames" in caplog.text


def test_the_largest_is_kept(run: Callable[..., Any], finder: FaceFinder, tmp_path: Path) -> None:
    finder.detector.num_faces = 3  # type: ignore[attr-defined]
    run(max_faces=2)
    rows = Faceset.open(tmp_path / "ada").rows()
    assert [row.face_index for row in rows[:2]] == [0, 1]
    assert np.ptp(rows[0].box) > np.ptp(rows[1].box)


def test_same_request_again_does_nothing(
    run: Callable[..., Any], finder: FaceFinder, caplog: pytest.LogCaptureFixture
) -> None:
    run()
    seen = finder.detector.num_seen  # type: ignore[attr-defined]
    with caplog.at_level(logging.INFO, logger="faceswap_lab"):
        report = run()
    assert report.already_complete
    assert report.num_total == 5
    assert finder.detector.num_seen == seen  # type: ignore[attr-defined]
    assert "nothing to do" in caplog.text


def test_frames_that_are_in_the_set_are_not_looked_at_again(run: Callable[..., Any], finder: FaceFinder) -> None:
    run(ranges=FrameRange.parse("0:2"))
    seen = finder.detector.num_seen  # type: ignore[attr-defined]
    report = run()
    assert (report.num_faces, report.num_total) == (3, 5)
    assert finder.detector.num_seen == seen + 4  # type: ignore[attr-defined]


def test_several_footages_go_into_one_set(
    run: Callable[..., Any], tmp_path: Path, write_pictures: WritePictures
) -> None:
    run()
    report = run(footage_path=write_pictures(tmp_path / "more", [90, 95]))
    assert report.num_total == 7
    faceset = Faceset.open(tmp_path / "ada")
    assert [media.name for media in faceset.identity.media] == ["pictures", "more"]


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("stop_at", [1, 2, 3, 4])
def test_an_interrupted_run_goes_on_and_equals_a_whole_one(
    run: Callable[..., Any],
    interrupted: Callable[..., bool],
    tmp_path: Path,
    every: int,
    stop_at: int,
) -> None:
    run(faceset_path=tmp_path / "whole", every=every)
    if interrupted(stop_at, lambda: run(every=every)):
        assert not (tmp_path / "ada").exists(), "frames are held until their faces are final"
    run(every=every)
    whole, resumed = Faceset.open(tmp_path / "whole"), Faceset.open(tmp_path / "ada")
    assert resumed.content_hash() == whole.content_hash()
    assert sorted(path.name for path in (tmp_path / "ada" / "crops").iterdir()) == [r.file_name for r in whole.rows()]


@pytest.mark.parametrize("stop_at", [9, 12, 17, 25, 37, 38])
def test_an_interrupted_run_goes_on_exactly_where_its_last_commit_was(
    run: Callable[..., Any],
    tmp_path: Path,
    write_pictures: WritePictures,
    interrupted: Callable[..., bool],
    stop_at: int,
) -> None:
    brightness = [0 if index in (14, 15) or 30 <= index < 38 else 100 + index for index in range(40)]
    clip = write_pictures(tmp_path / "long", brightness)
    run(footage_path=clip, faceset_path=tmp_path / "whole")
    assert interrupted(stop_at, lambda: run(footage_path=clip))
    if (tmp_path / "ada").exists():
        assert all(row.track is not None for row in Faceset.open(tmp_path / "ada", may_be_empty=True).rows())
    run(footage_path=clip)
    whole, resumed = Faceset.open(tmp_path / "whole"), Faceset.open(tmp_path / "ada")
    assert resumed.content_hash() == whole.content_hash()
    assert [(row.track, row.interpolated) for row in resumed.rows()] == [
        (r.track, r.interpolated) for r in whole.rows()
    ]


def test_pictures_without_a_row_are_overwritten(run: Callable[..., Any], tmp_path: Path, pictures: Path) -> None:
    run(ranges=FrameRange.parse("0:1"))
    orphan = tmp_path / "ada" / "crops" / f"{media_sha256(pictures)[:8]}_000004_0.png"
    orphan.write_bytes(b"half of a PNG")
    run()
    faceset = Faceset.open(tmp_path / "ada")
    assert faceset.crop(faceset.rows()[3]).shape == (64, 64, 3)


def test_vectors_are_spread_over_the_footage(run: Callable[..., Any], embedder: Any, tmp_path: Path) -> None:
    run(embedder=embedder, num_embedded=3)
    rows = Faceset.open(tmp_path / "ada").rows()
    assert [row.frame_index for row in rows if row.embedding is not None] == [0, 3, 5]
    np.testing.assert_allclose(rows[0].embedding, 119.5, atol=1)  # of the whole frame


def test_a_folder_is_hashed_by_names_and_contents(tmp_path: Path, write_pictures: WritePictures) -> None:
    one, same = write_pictures(tmp_path / "a", [90, 95]), write_pictures(tmp_path / "b", [90, 95])
    other = write_pictures(tmp_path / "c", [90, 96])
    assert media_sha256(one) == media_sha256(same) != media_sha256(other)
    (same / "000.png").rename(same / "zzz.png")
    assert media_sha256(one) != media_sha256(same)


# errors -------------------------------------------------------------------------------------------------------------


def test_without_any_face_nothing_is_left(
    run: Callable[..., Any], tmp_path: Path, write_pictures: WritePictures
) -> None:
    dark = write_pictures(tmp_path / "dark", [0, 0, 0])
    with pytest.raises(NoFaceError, match="no face in 3 frames"):
        run(footage_path=dark)
    assert not (tmp_path / "ada").exists()
    run()
    before = sorted(path.name for path in (tmp_path / "ada").rglob("*"))
    with pytest.raises(NoFaceError):
        run(footage_path=dark)
    assert sorted(path.name for path in (tmp_path / "ada").rglob("*")) == before
    assert len(Faceset.open(tmp_path / "ada").identity.media) == 1


def test_another_identity_consent_or_crop_is_refused(run: Callable[..., Any], record: IdentityRecord) -> None:
    run()
    for other, said in (
        (replace(record, name="bob"), r"identity\.name"),
        (replace(record, consent=check_consent("self")), r"identity\.consent"),
        (replace(record, licence=None), r"identity\.licence"),
    ):
        with pytest.raises(FacesetError, match=said):
            run(record=other)
    with pytest.raises(FacesetError, match="face at 64 px, asked for head at 64 px"):
        run(crop_spec=CropSpec("head", 64))


def test_errors_of_arguments_and_paths(run: Callable[..., Any], tmp_path: Path, pictures: Path) -> None:
    for arguments in ({"every": 0}, {"max_faces": 0}):
        with pytest.raises(ConfigError, match="1 or more"):
            run(**arguments)
    with pytest.raises(FootageError):
        run(footage_path=tmp_path / "none.mp4")
    with pytest.raises(OutputError, match="same as the input"):
        run(faceset_path=pictures)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        run(faceset_path=tmp_path / "file" / "set")
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.txt").touch()
    with pytest.raises(FacesetError, match="other files"):
        run(faceset_path=tmp_path / "holiday")
