"""Runs side by side: found wherever they lie, told apart by their choices, over one clock, the best in bold."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.evaluation.better import best_of
from faceswap_lab.evaluation.compare import compare
from faceswap_lab.evaluation.differences import differences
from faceswap_lab.evaluation.found_runs import find_runs
from faceswap_lab.evaluation.same_frames import same_frames
from faceswap_lab.evaluation.wall_time import over_minutes
from faceswap_lab.faces.face import Face

Make = Callable[..., Path]


class NoFaces:
    """A finder for pictures of nobody."""

    def find(self, image: Any) -> list[Face]:
        return []


@pytest.fixture
def make_run(tmp_path: Path) -> Make:
    """``make_run(name, rate, distance, seconds_a_step)`` writes what `train` and `evaluate` leave, with drawn clips."""

    def make(name: str, rate: float, distance: float | None = None, *, pace_s: float = 1.0, grey: int = 90) -> Path:
        run = tmp_path / name
        run.mkdir(parents=True)
        config = {"optimizer": {"_target_": "torch.optim.Adam", "lr": rate}, "seed": 1, "output": str(run)}
        (run / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        rows = [f"{step},{1 / step},{pace_s * step},{step / 100}" for step in range(10, 70, 10)]
        (run / "metrics.csv").write_text("\n".join(["step,train/loss,train/seconds,val/ssim", *rows]), encoding="utf-8")
        (run / "status.json").write_text(json.dumps({"state": "done", "score": 0.6}), encoding="utf-8")
        if distance is None:
            return run
        evaluated = run / "evaluation"
        evaluated.mkdir()
        pair = {"frames": 8, "identity_distance_target": distance, "mouth_opening_correlation": 0.8}
        metrics = {
            "checkpoint": str(run / "checkpoints" / "last.ckpt"),
            "pairs": {"ada>ben": pair, "ben>ada": None},
            "intervals": {"ada>ben": {"identity_distance_target": [distance - 0.05, distance + 0.05]}},
            "footage": {"ada": {"name": "ada", "sha256": "0", "range": None}},
            "identities": {"ada": {}, "ben": {}},
            "clips": {"ada>ben": "swapped"},
        }
        (evaluated / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
        (evaluated / "swapped").mkdir()
        for frame in range(8):
            cv2.imwrite(str(evaluated / "swapped" / f"{frame}.png"), np.full((64, 64, 3), grey + frame, np.uint8))
        return run

    return make


def test_a_study_an_evaluation_and_a_run_are_found_once_each(make_run: Make, tmp_path: Path) -> None:
    one, two = make_run("study/lr=1,seed=1", 1.0, 0.5), make_run("study/lr=2,seed=1", 2.0)
    runs = find_runs([tmp_path / "study", one / "evaluation", two])
    assert [run.name for run in runs] == ["lr=1,seed=1", "lr=2,seed=1"]
    assert [run.evaluated for run in runs] == [one / "evaluation", None]


def test_the_page_has_differences_the_best_in_bold_and_a_common_clock(make_run: Make, tmp_path: Path) -> None:
    make_run("study/<b>fast", 0.1, 0.5), make_run("study/slow", 0.2, 0.4, pace_s=3.0)
    output = tmp_path / "compare.html"
    compare([tmp_path / "study"], output, command="faceswap-lab compare runs=study", finder=NoFaces())  # type: ignore[arg-type]
    page = output.read_text(encoding="utf-8")
    assert "optimizer.lr" in page
    assert ">seed<" not in page
    assert str(tmp_path) not in page
    assert "&lt;b&gt;fast" in page
    assert "<b>" not in page
    row = re.search(r"<tr><th scope=\"row\">Distance to the identity swapped in.*?</tr>", page)
    assert row
    assert "<strong>0.4</strong>" in row.group()
    assert "<strong>0.5</strong>" not in row.group()
    assert "0.35 to 0.45" in row.group()
    chart = re.search(r"train/loss over minutes of training: .*?\"", page)
    assert chart
    assert "slow" in chart.group()
    assert page.count("frame 2") == 3, "a headline, and a description in each run"


def test_the_same_frames_come_from_every_run(make_run: Make) -> None:
    runs = find_runs([make_run("dark", 1.0, 0.5, grey=10), make_run("bright", 1.0, 0.5, grey=200)])
    pictures = same_frames("ada>ben", runs, NoFaces())  # type: ignore[arg-type]
    assert list(pictures) == [2, 4, 5]
    assert all([picture.caption for picture in of] == ["dark", "bright"] for of in pictures.values())
    shades = [[int(picture.image.mean()) for picture in of] for of in pictures.values()]
    assert shades == [[12, 202], [14, 204], [15, 205]]


def test_a_sweep_of_eight_runs_has_all_of_them_in_every_table_chart_and_frame(make_run: Make, tmp_path: Path) -> None:
    for number in range(8):
        make_run(f"study/lr={number},seed=1", float(number), 0.5 - number / 100, pace_s=1.0 + number, grey=90 + number)
    output = tmp_path / "compare.html"
    runs = compare([tmp_path / "study"], output, finder=NoFaces())  # type: ignore[arg-type]
    page = output.read_text(encoding="utf-8")
    assert [run.name for run in runs] == [f"lr={number},seed=1" for number in range(8)]
    rows = re.findall(r"<tr><th scope=\"row\">(?:optimizer.lr|Distance to the identity swapped in).*?</tr>", page)
    assert [row.count("<td>") for row in rows] == [8, 8]
    assert re.findall(r"<strong>(.*?)</strong>", rows[1]) == ["0.43"]
    charts = re.findall(r"<svg.*?</svg>", page)
    assert [chart.count("<polyline") for chart in charts] == [8, 8]
    assert page.count("<img") == 3 * 8
    assert "lr=7,<wbr>seed=1" in page


def test_minutes_come_from_the_log_and_beyond_it_at_its_last_pace() -> None:
    curves = {"train/seconds": [(10.0, 60.0), (20.0, 180.0)]}
    minutes = over_minutes([(5.0, 1.0), (10.0, 2.0), (15.0, 3.0), (30.0, 4.0)], curves, None)
    assert minutes == [(0.5, 1.0), (1.0, 2.0), (2.0, 3.0), (5.0, 4.0)]
    assert over_minutes([(50.0, 1.0)], {}, (100, 600.0)) == [(5.0, 1.0)]
    assert over_minutes([(50.0, 1.0)], {}, None) is None
    stands = {"train/seconds": [(10.0, 60.0), (10.0, 60.0), (5.0, 90.0), (20.0, 180.0)]}  # a table that was changed
    assert over_minutes([(30.0, 4.0)], stands, None) == [(5.0, 4.0)]


def test_differences_are_told_key_by_key_and_places_are_none() -> None:
    one = {"encoder": {"_target_": "a.Light", "width": 3}, "output": "a", "seed": 1}
    other = {"encoder": {"_target_": "b.Original"}, "output": "b", "seed": 1}
    assert differences([one, other]) == {"encoder": ["Light", "Original"], "encoder.width": ["3", None]}
    assert differences([one, {}, one]) == {}
    assert differences([one, {}, other])["encoder"] == ["Light", None, "Original"]


@pytest.mark.parametrize(
    ("figure", "values", "best"),
    [
        ("identity_distance_target", [0.5, 0.4, None], {1}),
        ("mouth_opening_correlation", [0.5, 0.4], {0}),
        ("flicker_ratio", [0.7, 1.2, 2.0], {1}),
        ("frames", [3.0, 4.0], set()),
        ("ssim", [0.5, 0.5], set()),
        ("ssim", [0.5, None], set()),
    ],
)
def test_what_is_best_depends_on_the_figure(figure: str, values: list[float | None], best: set[int]) -> None:
    assert best_of(figure, values) == best


def test_every_mistake_names_the_folder_and_the_cure(make_run: Make, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run = make_run("broken", 1.0)
    with pytest.raises(ConfigError, match="empty holds no run; give a folder that train or evaluate wrote"):
        find_runs([tmp_path / "empty"])
    with pytest.raises(ConfigError, match="nowhere does not exist"):
        find_runs([tmp_path / "nowhere"])
    with pytest.raises(ConfigError, match="is a file; give the folder"):
        find_runs([run / "config.yaml"])
    (run / "metrics.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not what evaluate writes"):
        find_runs([run])
    (run / "metrics.json").unlink()
    (run / "status.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"status\.json is no status of a run; leave this run out"):
        find_runs([run])


def test_a_job_that_failed_before_it_began_is_told(
    make_run: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_run("study/lr=1", 1.0), make_run("study/lr=2", 2.0)
    failed = tmp_path / "study" / "lr=high"
    failed.mkdir()
    (failed / "status.json").write_text(json.dumps({"state": "failed", "error": "lr=high"}), encoding="utf-8")
    runs = compare([tmp_path / "study"], tmp_path / "page.html", finder=NoFaces())  # type: ignore[arg-type]
    assert [run.name for run in runs] == ["lr=1", "lr=2", "lr=high"]
    assert "lr=high is not at its end: failed: lr=high" in caplog.text
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "lr=high is not at its end" in page
    assert ">seed<" not in page


def test_the_command_takes_a_list_and_says_what_it_wrote(
    run_cli: Callable[..., Any], make_run: Make, tmp_path: Path
) -> None:
    one, two = make_run("lr=1,seed=1", 1.0), make_run("lr=2,seed=1", 2.0)
    output = tmp_path / "page.html"
    result = run_cli(["compare", f"runs=['{one}', '{two}']", f"output={output}"])
    assert (result.code, result.stdout) == (0, f"wrote {output}: 2 runs\n")
    assert "No run has been evaluated" in output.read_text(encoding="utf-8")
    refused = run_cli(["compare", f"runs={tmp_path / 'gone'}", f"output={output}"])
    assert refused.code == 2
    assert "gone does not exist" in refused.stderr
