"""Pages in a real browser: nothing is fetched, nothing complained of, nothing wider than a phone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from faceswap_lab.core.markup import Html, tag
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.evaluation.compare import compare
from faceswap_lab.evaluation.document import document
from faceswap_lab.evaluation.everybody import AsEverybody
from faceswap_lab.evaluation.extremes import Moment
from faceswap_lab.evaluation.pictures import Picture
from faceswap_lab.evaluation.report import Report, write_report
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.curation.marks import mark
from faceswap_lab.faces.curation.show import show
from faceswap_lab.faces.faceset import Faceset

EVIL = "<script>document.title='run'</script>_with_a_very_long_name_that_no_phone_is_wide_enough_for_at_all"

LONG_NAME = "ada_" + "m" * 96


@pytest.fixture
def report(tmp_path: Path) -> Path:
    figures: dict[str, Any] = {"frames": 9, "identity_distance_target": 0.41, "pose_error_deg": 3.2}
    consent = {"basis": "public-material", "scope": "demonstration"}
    metrics: Any = {
        "pairs": {"ada>ben": figures, "ben>ada": figures},
        "intervals": {"ada>ben": {"pose_error_deg": [2.75, 3.625]}},
        "matrices": {"identity_distance_target": [[0.1, 0.4], [0.5, 0.1]]},
        "restored": {"ada": {"frames": 50, "ssim": 0.88, "ms_ssim": 0.91, "psnr": 27.125, "l1": 0.03}},
        "identities": {name: {"consent": consent, "licence": EVIL, "num_faces": 9} for name in ("ada", "ben")},
        "footage": {"ada": {"name": EVIL, "sha256": "5e" * 32, "range": None}},
        "parameters": 2_500_000,
        "steps": 3200,
        "train_seconds": 400.0,
        "samples_per_s": 233.2,
        "notes": [EVIL],
    }
    curves = tmp_path / "metrics.csv"
    curves.write_text("step,train/loss\n" + "\n".join(f"{step},{1 / step}" for step in range(1, 50)), encoding="utf-8")
    picture = Picture(np.full((320, 320, 3), 120, np.uint8), "Footage: ada, frame 3", "ada")
    path = tmp_path / "report.html"
    moment = Moment(0.4321, 3, 0.12, (picture,) * 3)
    everybody = [
        AsEverybody(name, CropSpec("face", 64), 64, 3, {"": picture, "ada": picture, "ben": picture})
        for name in ("ada", "ben")
    ]
    shown = Report(
        title=EVIL,
        metrics=metrics,
        pictures={"ada>ben": [picture] * 3},
        extremes={"ada>ben": {"pose_error_deg": (moment, moment), "mouth_opening_error": (moment, moment)}},
        everybody=everybody,
        network={"Network": EVIL},
        curves=curves,
        commands={"Again": "x " * 99},
    )
    write_report(path, shown)
    return path


@pytest.fixture
def comparison(tmp_path: Path) -> Path:
    for number in range(8):
        run = tmp_path / "study" / f"encoder=timm_convnextv2_atto,seed={number}"
        run.mkdir(parents=True)
        (run / "config.yaml").write_text(f'seed: {number}\nname: "{EVIL}"\n', encoding="utf-8")
        rows = "\n".join(f"{step},{number / step},{step * 3}" for step in range(1, 50))
        (run / "metrics.csv").write_text(f"step,train/loss,train/seconds\n{rows}", encoding="utf-8")
    path = tmp_path / "compare.html"
    compare([tmp_path / "study"], path)
    return path


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    faceset = drawn_faceset(tmp_path / "ada", LONG_NAME, 12, identity_seed=1, crop_spec=CropSpec("face", 64))
    mark(faceset, [2], rejected=True, what=EVIL)
    record = faceset.path / "identity.yaml"
    content = yaml.safe_load(record.read_text(encoding="utf-8"))
    content["media"][0]["name"] = EVIL + "\u202e\x07.mp4"
    record.write_text(yaml.safe_dump(content), encoding="utf-8")
    faceset = Faceset.open(faceset.path)
    path = tmp_path / "faces.html"
    show(faceset, path)
    return path


def test_the_script_of_a_page_of_faces_runs_under_its_policy(browser: Any, faces: Path) -> None:
    ticked = "document.querySelector('main input').click() || document.getElementById('basket').textContent"
    opened = browser.open(faces, width=1280, dark=False, ask=("document.title", ticked))
    assert (opened.requested, opened.complaints) == ([], [])
    assert opened.values[0] == f"Faces of {LONG_NAME}"
    assert "1 ticked" in opened.values[1]


@pytest.mark.parametrize("page", ["report", "comparison", "faces"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_page_opens_quietly_and_fits(
    browser: Any, request: pytest.FixtureRequest, page: str, dark: bool, width: int
) -> None:
    smallest = "Math.min(...[...document.querySelectorAll('p, td, small, label, figcaption')].map(size))"
    small = f"{{const size = one => parseFloat(getComputedStyle(one).fontSize); {smallest}}}"
    opened = browser.open(request.getfixturevalue(page), width=width, dark=dark, ask=("document.title", small))
    assert opened.requested == []
    assert opened.complaints == []
    assert opened.overflow_px == 0
    assert opened.values[0] != "run", "a script in a name ran"
    assert opened.values[1] >= 11, "px, the smallest text"
    assert opened.background == ("rgb(21, 24, 27)" if dark else "rgb(252, 252, 251)")


def test_the_check_sees_what_a_page_must_not_do(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    script = tag("script", Html("document.title = 'run'"))
    wide = tag("pre", "x" * 999, class_="lead")
    path.write_text(document("bad", script, tag("img", src="http://127.0.0.1:9/x.png"), wide), encoding="utf-8")
    opened = browser.open(path, width=360, dark=False, ask=("document.title",))
    assert opened.values == ["bad"], "the policy lets no script run"
    assert len(opened.complaints) >= 2, "the script and the picture were refused"
