"""Many clips into one face set: in one process or several, broken ones left out, killed and gone on with."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.errors import FacesetError, FootageError, NoFaceError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces import extraction, extraction_many
from faceswap_lab.faces.clip_job import Choices, Parts
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.extraction_many import extract_many
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord

SPEC = CropSpec("face", 64)


@pytest.fixture
def clips(tmp_path: Path, write_pictures: Callable[..., Path]) -> list[Path]:
    """Three clips of four, three and two frames; one frame without a face."""
    levels = [[100, 110, 0, 120], [130, 140, 150], [160, 170]]
    return [write_pictures(tmp_path / "clips" / f"{place}", level) for place, level in enumerate(levels)]


@pytest.fixture
def run(
    tmp_path: Path, record: IdentityRecord, finder: FaceFinder, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    monkeypatch.setattr(extraction, "FRAMES_PER_COMMIT", 2)

    def run(clips: list[Path], faceset: str = "ada", **changes: Any) -> Any:
        options: dict[str, Any] = {"record": record, "crop_spec": SPEC, "workers": 1}
        options["make_parts"] = lambda: Parts(finder, SPEC, None, embedder)
        return extract_many(clips, tmp_path / faceset, **(options | changes))

    return run


def test_one_set_from_all(run: Callable[..., Any], clips: list[Path], tmp_path: Path) -> None:
    report = run(clips)
    assert (report.num_clips, report.num_unusable, report.num_frames, report.num_faces) == (3, 0, 9, 8)
    faceset = Faceset.open(tmp_path / "ada")
    assert [media.name for media in faceset.identity.media] == ["0", "1", "2"]
    assert all(faceset.crop(row).shape == (64, 64, 3) for row in faceset.rows())
    assert all(faceset.mask(row).shape == (64, 64) for row in faceset.rows())
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_same_as_clip_by_clip(
    run: Callable[..., Any],
    clips: list[Path],
    tmp_path: Path,
    record: IdentityRecord,
    finder: FaceFinder,
    embedder: Any,
) -> None:
    run(clips)
    for clip in clips:
        extract(clip, tmp_path / "single", record=record, finder=finder, crop_spec=SPEC, embedder=embedder)
    many, single = Faceset.open(tmp_path / "ada"), Faceset.open(tmp_path / "single")
    assert many.content_hash() == single.content_hash()
    assert many.identity == single.identity
    for one, other in zip(many.rows(), single.rows(), strict=True):
        np.testing.assert_array_equal(one.embedding, other.embedding)


def test_again_nothing_is_looked_at(run: Callable[..., Any], clips: list[Path], finder: FaceFinder) -> None:
    run(clips[:2])
    seen = finder.detector.num_seen  # type: ignore[attr-defined]
    assert run(clips[:2]).already_complete
    assert finder.detector.num_seen == seen  # type: ignore[attr-defined]
    report = run(clips)
    assert (report.num_faces, report.num_total, report.already_complete) == (2, 8, False)
    assert finder.detector.num_seen == seen + 2  # type: ignore[attr-defined]


def test_a_clip_given_twice_counts_once(run: Callable[..., Any], clips: list[Path], tmp_path: Path) -> None:
    shutil.copytree(clips[0], tmp_path / "copy")
    report = run([clips[0], tmp_path / "copy"])
    assert (report.num_faces, report.num_total) == (3, 3)
    assert len(Faceset.open(tmp_path / "ada").identity.media) == 1


def test_choices_hold_for_every_clip(run: Callable[..., Any], clips: list[Path], tmp_path: Path) -> None:
    run(clips, choices=Choices(ranges=FrameRange.parse("0:3"), every=2))
    assert [row.frame_index for row in Faceset.open(tmp_path / "ada").rows()].count(0) == 3
    assert len(Faceset.open(tmp_path / "ada")) == 4


def test_frames_that_are_there_stay_as_they_are(
    run: Callable[..., Any], clips: list[Path], tmp_path: Path, record: IdentityRecord, finder: FaceFinder
) -> None:
    first = FrameRange.parse("0:1")
    extract(clips[0], tmp_path / "ada", record=record, finder=finder, crop_spec=SPEC, ranges=first)
    before = Faceset.open(tmp_path / "ada").rows()[0]
    assert run(clips).num_total == 8
    rows = [row for row in Faceset.open(tmp_path / "ada").rows() if row.media == before.media]
    assert [row.frame_index for row in rows] == [0, 1, 3]
    assert rows[0].id == before.id


def test_broken_clips_are_left_out_with_a_warning(
    run: Callable[..., Any],
    clips: list[Path],
    tmp_path: Path,
    write_pictures: Callable[..., Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no clip")
    dark = write_pictures(tmp_path / "dark", [0, 0])
    with caplog.at_level(logging.WARNING):
        report = run([tmp_path / "broken.mp4", clips[0], dark, tmp_path / "gone.mp4"])
    assert (report.num_clips, report.num_unusable, report.num_total) == (1, 3, 3)
    assert caplog.text.count("this clip is left out") == 3


# killed -------------------------------------------------------------------------------------------------------------


class InterruptedRunError(Exception):
    """Stands for a kill."""


def _compare(tmp_path: Path) -> None:
    whole, resumed = Faceset.open(tmp_path / "whole"), Faceset.open(tmp_path / "ada")
    assert resumed.content_hash() == whole.content_hash()
    assert resumed.identity == whole.identity
    for one, other in zip(whole.rows(), resumed.rows(), strict=True):
        np.testing.assert_array_equal(one.embedding, other.embedding)
    assert sorted(path.name for path in (tmp_path / "ada" / "crops").iterdir()) == sorted(
        row.file_name for row in whole.rows()
    )
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("stop_at", range(9))
def test_interrupted_between_frames_it_ends_as_a_whole_run(
    run: Callable[..., Any], clips: list[Path], tmp_path: Path, interrupted: Callable[..., bool], stop_at: int
) -> None:
    run(clips, "whole")
    assert interrupted(stop_at, lambda: run(clips))
    run(clips)
    _compare(tmp_path)


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("step", ["absorb", "Staging.remove_shard", "Staging.remove"])
def test_interrupted_while_taking_over_it_ends_as_a_whole_run(
    run: Callable[..., Any], clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    run(clips, "whole")
    owner, name = (extraction_many, step) if "." not in step else (extraction_many.Staging, step.split(".")[1])
    real = getattr(owner, name)

    def stop(*arguments: Any, **options: Any) -> Any:
        if after:
            real(*arguments, **options)
        raise InterruptedRunError

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, stop)
        with pytest.raises(InterruptedRunError):
            run(clips)
    run(clips)
    _compare(tmp_path)


# processes ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_processes_change_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from functools import partial

    from faceswap_lab.commands.extract import GROUPS, build_parts
    from faceswap_lab.core.compose import compose_config
    from faceswap_lab.core.targets import plain

    cfg = compose_config("extract", ["crop.size=64", "detector=dlib_hog", "~embedder"])
    make_parts = partial(build_parts, {group: plain(cfg[group]) for group in GROUPS})
    clips = []
    for place in range(3):
        image = np.ascontiguousarray(skimage.data.astronaut()[: 300 + 4 * place, 60:400, ::-1])
        clips.append(tmp_path / f"{place}.png")
        cv2.imwrite(str(clips[-1]), image)
    (tmp_path / "broken.mp4").write_bytes(b"no clip")
    record = IdentityRecord("eileen", check_consent("self"))
    with caplog.at_level(logging.WARNING):
        for name, workers in (("serial", 1), ("pool", 2)):
            extract_many(
                [tmp_path / "broken.mp4", *clips],
                tmp_path / name,
                record=record,
                make_parts=make_parts,
                crop_spec=SPEC,
                workers=workers,
            )
    serial, pool = Faceset.open(tmp_path / "serial"), Faceset.open(tmp_path / "pool")
    assert len(pool) == 3
    assert pool.content_hash() == serial.content_hash()
    assert pool.identity == serial.identity
    assert caplog.text.count("broken.mp4") == 2


# errors -------------------------------------------------------------------------------------------------------------


def test_nothing_found_in_all_leaves_nothing(
    run: Callable[..., Any], tmp_path: Path, write_pictures: Callable[..., Path]
) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no clip")
    dark = [write_pictures(tmp_path / name, levels) for name, levels in (("dark", [0, 0]), ("darker", [0]))]
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(NoFaceError, match="none of 3 clips can be used; the first: "):
        run([tmp_path / "broken.mp4", *dark])
    with pytest.raises(FootageError, match="none of 2 clips"):
        run([tmp_path / "broken.mp4", tmp_path / "gone.mp4"])
    with pytest.raises(NoFaceError, match="no face in 2 frames"):
        run(dark[:1], "new/folders/ada")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_another_identity_is_refused_before_any_work(
    run: Callable[..., Any], clips: list[Path], finder: FaceFinder
) -> None:
    run(clips[:1])
    seen = finder.detector.num_seen  # type: ignore[attr-defined]
    with pytest.raises(FacesetError, match=r"identity\.name"):
        run(clips, record=IdentityRecord("bob", check_consent("self")))
    assert finder.detector.num_seen == seen  # type: ignore[attr-defined]
