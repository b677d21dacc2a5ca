"""`faceswap-lab extract`: from words to a face set, and what it refuses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data

from faceswap_lab.faces.faceset import Faceset

Run = Callable[[list[Any]], Any]


@pytest.fixture
def portraits(tmp_path: Path) -> Path:
    """Three pictures of one public-domain portrait, at different sizes of the face."""
    folder = tmp_path / "portraits"
    folder.mkdir()
    image = skimage.data.astronaut()[:300, 60:400, ::-1]
    for index, scale in enumerate((1.0, 0.9, 1.1)):
        scaled = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(folder / f"{index}.png"), cv2.resize(scaled, (340, 300)))
    return folder


def words(portraits: Path, faceset: Path, *more: str) -> list[Any]:
    return ["extract", f"footage={portraits}", f"faceset={faceset}", "identity.name=eileen", "~embedder", *more]


def test_smoke_and_again(run_cli: Run, portraits: Path, tmp_path: Path) -> None:
    faceset = tmp_path / "faces" / "eileen"
    line = words(portraits, faceset, "identity.consent.basis=public-material", "identity.licence=public-domain")
    result = run_cli(line)
    assert result.code == 0, result.stderr
    assert result.stdout.strip().splitlines()[-1] == f"wrote {faceset}: 3 faces of eileen from 3 frames, 3 in all"
    opened = Faceset.open(faceset)
    assert opened.identity.consent.scope == "demonstration", "an official portrait implies no consent"
    assert opened.crop(opened.rows()[0]).shape == (256, 256, 3)
    again = run_cli(line)
    assert again.code == 0
    assert f"{faceset} is complete already: 3 faces of eileen" in again.stdout


def test_options_reach_the_parts(run_cli: Run, portraits: Path, tmp_path: Path) -> None:
    options = ("crop=head", "crop.size=128", "range=1:3", "detector=dlib_hog")
    result = run_cli(words(portraits, tmp_path / "set", "identity.consent.basis=self", *options))
    assert result.code == 0, result.stderr
    faceset = Faceset.open(tmp_path / "set")
    assert [row.frame_index for row in faceset.rows()] == [1, 2]
    assert faceset.crop_spec.to_dict() == {"kind": "head", "size": 128}
    assert faceset.rows()[0].detector.startswith("dlib_hog (dlib-bin ")
    assert np.ptp(faceset.mask(faceset.rows()[0])) == 255


def test_several_clips_by_a_pattern_and_by_a_list(run_cli: Run, portraits: Path, tmp_path: Path) -> None:
    ground = ("identity.consent.basis=self", "workers=1")
    result = run_cli(words(portraits / "[01].png", tmp_path / "set", *ground))
    assert result.code == 0, result.stderr
    assert "2 faces of eileen from 2 clips, 2 frames, 2 in all" in result.stdout
    (tmp_path / "broken.mp4").touch()
    listed = f"[{portraits}/2.png, {portraits}/0.png, {tmp_path}/broken.mp4]"
    result = run_cli(words(listed, tmp_path / "set", *ground))  # type: ignore[arg-type]
    assert result.code == 0
    assert "1 faces of eileen from 2 clips, 1 frames, 3 in all" in result.stdout
    assert "1 of 3 clips gave no faces" in result.stderr
    assert len(Faceset.open(tmp_path / "set")) == 3


@pytest.mark.slow
def test_people_then_consent(run_cli: Run, portraits: Path, tmp_path: Path) -> None:
    people = tmp_path / "people"
    result = run_cli(["extract", f"footage={portraits}", f"faceset={people}", "people=cluster"])
    assert result.code == 0, result.stderr
    assert f"wrote {people}: 3 faces of people from 1 clips, 3 frames, 3 in all" in result.stdout
    assert sorted(path.name for path in people.iterdir()) == ["person_01", "person_01.png"]
    refused = run_cli(["train", f"facesets.a={people}/person_01", f"facesets.b={people}/person_01"])
    assert refused.code == 2
    assert "basis is 'missing'" in refused.stderr
    given = run_cli(words(portraits, people / "person_01", "identity.consent.basis=self"))
    assert given.code == 0, given.stderr
    identity = Faceset.open(people / "person_01").identity
    assert (identity.name, identity.consent.basis) == ("eileen", "self")
    assert len(Faceset.open(people / "person_01")) == 3


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "identity.consent.basis is missing"),
        (("identity.consent.basis=friends",), "identity.consent.basis is 'friends'"),
        (("identity.consent.basis=written",), "identity.consent.reference is missing"),
        (("identity.consent.basis=licensed-dataset",), "identity.consent.reference is missing"),
        (("identity.consent.basis=public-material", "identity.consent.scope=all"), "identity.consent.scope"),
        (("identity.consent.basis=self", "identity.consent.expiry=2020-01-01"), "ended on 2020-01-01"),
        (("identity.consent.basis=self", "identity.name=a/b"), "identity.name='a/b'"),
        (("identity.consent.basis=self", "crop.size=7"), "crop.size=7"),
        (("identity.consent.basis=self", "detector.min_face=3"), "detector.min_face=3"),
        (("identity.consent.basis=self", "every=0"), "every=0"),
        (("identity.consent.basis=self", "range=9:12"), "9:12"),
        (("identity.consent.basis=missing",), "basis is 'missing'"),
        (("identity.consent.basis=self", "identity.name=null"), "identity.name is missing"),
        (("identity.consent.basis=self", "people=cluster"), "says nothing of anybody's consent"),
        (("identity.name=null", "people=sort"), "people=sort"),
        (("identity.name=null", "people=cluster"), "needs an embedder"),
        (("identity.consent.basis=self", "only=refs"), "needs an embedder"),
        (("identity.consent.basis=self", "workers=0"), "workers=0"),
        (("identity.consent.basis=self", "footage=[a.mp4"), "footage=[a.mp4"),
        (("identity.consent.basis=self", "footage=*.none"), "footage=*.none: nothing matches"),
    ],
)
def test_refused_in_one_line_with_nothing_left(
    run_cli: Run, portraits: Path, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    result = run_cli(words(portraits, tmp_path / "set", *more))
    assert result.code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert said in result.stderr
    assert not (tmp_path / "set").exists()
