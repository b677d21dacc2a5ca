"""`faceswap-lab faces VERB`: words in, one line out, and what it refuses."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from faceswap_lab.core.faces_schema import FACES_VERBS
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.faceset import Faceset

Run = Callable[[list[Any]], Any]


@pytest.fixture(scope="module")
def _drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "ada"
    drawn_faceset(path, "ada", 10, identity_seed=1, crop_spec=CropSpec("face", 32))
    return path


@pytest.fixture
def ada(_drawn: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(_drawn, tmp_path / "ada"))


def last(result: Any) -> str:
    assert result.code == 0, result.stderr
    return result.stdout.strip().splitlines()[-1]


def test_a_session(run_cli: Run, ada: Path, tmp_path: Path) -> None:
    given = f"faceset={ada}"
    assert last(run_cli(["faces", "show", given])) == f"wrote {ada / 'faces.html'}: 10 faces of ada"
    assert "sorted 10 faces" in last(run_cli(["faces", "sort", given, "by=sharpness", "descending=true"]))
    line = last(run_cli(["faces", "filter", given, "where=frame_index >= 2 and yaw > -90", "best=6"]))
    assert line == f"{ada}: rejected 2 by condition, 0 as repeats, 2 as more than enough; 6 of 10 are left"
    assert "took back: filter" in last(run_cli(["faces", "edit", given, "undo=true"]))
    assert last(run_cli(["faces", "edit", given, "reject=1,4:6"])) == f"{ada}: rejected 3 faces, 7 are in use"
    assert last(run_cli(["faces", "edit", given, "accept=1"])) == f"{ada}: accepted 1 faces, 8 are in use"
    assert last(run_cli(["faces", "check", given])) == f"{ada}: 10 faces, all is well"
    assert "wrote" in last(run_cli(["faces", "export", given, f"output={tmp_path / 'a.json'}"]))
    parts = tmp_path / "parts"
    assert "2 sets" in last(run_cli(["faces", "split", given, "by=time", "seconds=0.2", f"output={parts}"]))
    sets = [f"facesets.{name}={parts / name}" for name in ("part_0000", "part_0001")]
    assert "10 faces from 2 sets" in last(run_cli(["faces", "merge", *sets, f"output={tmp_path / 'all'}"]))
    assert Faceset.open(tmp_path / "all").content_hash() == Faceset.open(ada).content_hash()


def test_check_says_every_fault_and_repairs(run_cli: Run, ada: Path) -> None:
    rows = Faceset.open(ada).rows()
    (ada / "crops" / rows[0].file_name).unlink()
    (ada / "masks" / rows[1].file_name).unlink()
    result = run_cli(["faces", "check", f"faceset={ada}"])
    assert result.code == 2
    assert result.stderr.count("warning:") == 4  # crop, mask, the datasheet that counts it, and how many
    assert "repair=true draws them" in result.stderr
    result = run_cli(["faces", "check", f"faceset={ada}", "repair=true", "masker=hull"])
    assert last(result) == f"{ada}: 10 faces, all is well"
    assert len(Faceset.open(ada)) == 9


def test_masks_are_drawn_anew_or_taken_in(run_cli: Run, ada: Path, tmp_path: Path) -> None:
    row = Faceset.open(ada).rows()[3]
    before = Faceset.open(ada).mask(row)
    assert last(run_cli(["faces", "masks", f"faceset={ada}", "masker=ellipse"])) == f"{ada}: drew 10 masks"
    assert (Faceset.open(ada).mask(row) != before).any()
    mine = tmp_path / "mine"
    mine.mkdir()
    cv2.imwrite(str(mine / Path(row.file_name).with_suffix(".png").name), np.full((16, 16), 255, np.uint8))
    cv2.imwrite(str(mine / "other.png"), np.zeros((16, 16), np.uint8))
    result = run_cli(["faces", "masks", f"faceset={ada}", f"images={mine}"])
    assert last(result) == f"{ada}: took in 1 masks, 9 faces keep theirs"
    assert "1 images belong to no face, such as other.png" in result.stderr
    assert Faceset.open(ada).mask(row).min() == 255


def test_consent_is_shown_and_set_once(run_cli: Run, tmp_path: Path) -> None:
    somebody = tmp_path / "person_01"
    drawn_faceset(somebody, "person_01", 2, identity_seed=1, crop_spec=CropSpec("face", 32))
    text = (somebody / "identity.yaml").read_text()
    (somebody / "identity.yaml").write_text(text.replace("basis: synthetic", "basis: missing"))
    given = ["faces", "consent", f"faceset={somebody}"]
    assert last(run_cli(given)).startswith(f"{somebody}: person_01, basis missing")
    refused = run_cli([*given, "identity.consent.basis=written"])
    assert (refused.code, "identity.consent.reference is missing" in refused.stderr) == (2, True)
    words = ["identity.name=ada", "identity.consent.basis=written", "identity.consent.reference=contract 12"]
    assert last(run_cli([*given, *words])) == last(run_cli(given))
    assert "ada, basis written, reference contract 12" in last(run_cli(given))
    again = run_cli([*given, "identity.consent.basis=self"])
    assert (again.code, "has a consent already" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shwo", "faceset=x"], "faces shwo: no such verb; did you mean show?"),
        ([], "the first word is one of show, sort"),
        (["show"], "faces show: faceset is missing; give faceset=VALUE"),
        (["merge", "output=x"], "faces merge: facesets is missing; give facesets.NAME=VALUE"),
        (["show", "faceset=x", "where=yaw"], "faces show: where has no effect here; show takes faceset, other"),
        (["show", "faceset=nowhere"], "nowhere is not a face set"),
        (["sort", "faceset=ADA", "by=similarity"], "needs reference="),
        (["sort", "faceset=ADA", "by=yaw", "reference=x.png"], "reference has no effect"),
        (["edit", "faceset=ADA"], "give one of reject=, accept= and undo=true"),
        (["edit", "faceset=ADA", "reject=1", "undo=true"], "give one of"),
        (["edit", "faceset=ADA", "undo=true"], "no change to take back"),
        (["export", "faceset=ADA", "output=a.txt"], "the suffix means no format"),
        (["show", "faceset=ADA", "max_faces=0"], "max_faces=0"),
        (["masks", "faceset=ADA", "images=nowhere"], "nowhere is no folder"),
        (["masks", "faceset=ADA", "identity.name=x"], "faces masks: identity has no effect here"),
    ],
)
def test_a_mistake_is_one_line(
    run_cli: Run, ada: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(ada.parent)
    result = run_cli(["faces", *[word.replace("ADA", "ada") for word in words]])
    assert result.code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert [path.name for path in ada.parent.iterdir()] == ["ada"]


@pytest.mark.parametrize("verb", FACES_VERBS)
def test_every_verb_explains_itself(run_cli: Run, verb: str) -> None:
    shown = run_cli(["faces", verb, "--help"]).stdout
    assert f"usage: faceswap-lab faces {verb}" in shown
    assert all(f"faceswap-lab faces {example}" in shown for example in FACES_VERBS[verb].examples)
    assert all(f"  {name}" in shown for name in (*FACES_VERBS[verb].needs, *FACES_VERBS[verb].takes))
    assert f"  {verb} " in run_cli(["faces", "--help"]).stdout
