"""The page: well-formed, escaped, self-contained, with the figures and what they are read against."""

import re
import shlex
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.markup import VOID, Html, join, tag
from faceswap_lab.evaluation.curves import choose, line_chart, read_curves, thin
from faceswap_lab.evaluation.page import write_page
from faceswap_lab.evaluation.pictures import Picture, close_up
from faceswap_lab.evaluation.protocol import Evaluation
from faceswap_lab.evaluation.report import Report, render, write_report
from faceswap_lab.evaluation.schema import GOALS, Goal, Metrics, PairMetrics
from faceswap_lab.media.images import write_image


class Checker(HTMLParser):
    """Follows the tags and remembers what a page loads and shows."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "iframe")
        if tag == "img":
            self.images.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def metrics() -> Metrics:
    pair: PairMetrics = {
        "frames": 250,
        "frames_swapped": 250,
        "frames_searched": 250,
        "frames_embedded": 64,
        "faces_found_ratio": 1.0,
        "identity_distance_target": 0.41,
        "identity_distance_footage": 0.8,
        "closer_to_target_ratio": 1.0,
        "mouth_opening_correlation": 0.71,
        "mouth_opening_std": 0.05,
        "pose_error_deg": 3.2,
        "sharpness_ratio": None,
        "mask_hull_ratio": 0.81,
        "ms_per_frame": 123.0,
    }
    consent = {"basis": "public-material", "scope": "demonstration", "reference": None, "expiry": None}
    return {
        "schema": 2,
        "checkpoint": "last.ckpt",
        "pairs": {"ada>ben": pair, "ben>ada": None},
        "intervals": {"ada>ben": {"pose_error_deg": [2.75, 3.625]}},
        "matrices": {"identity_distance_target": [[0.1234]]},
        "real": {},
        "restored": {"ada": {"frames": 50, "ssim": 0.88, "ms_ssim": 0.91, "psnr": 27.125, "l1": 0.03}},
        "identities": {
            "ada": {"consent": consent, "licence": "<script>alert(1)</script>", "num_faces": 200, "reference_faces": 60}
        },
        "footage": {},
        "gallery": [],
        "train_seconds": 400.0,
        "samples_per_s": 233.2,
        "parameters": 2_500_000,
        "steps": 3200,
        "notes": ["One take & one light."],
    }


@pytest.fixture
def curves_csv(tmp_path: Path) -> Path:
    lines = ["epoch,step,train/loss,val/loss,val/ssim"]
    for step in range(0, 1000, 10):
        lines.append(f"0,{step},{1.0 / (step + 1)},,")
        if step % 100 == 0:
            lines.append(f"0,{step},,{2.0 / (step + 1)},{step / 1000}")
    path = tmp_path / "metrics.csv"
    path.write_text("\n".join([*lines, "0,1000,nan,inf,"]), encoding="utf-8")
    return path


def parse(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    return checker


def test_page_is_whole_escaped_and_self_contained(metrics: Metrics, curves_csv: Path, tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    write_image(tmp_path / "preview.png", image)
    (tmp_path / "config.yaml").write_text("steps: <3200>", encoding="utf-8")
    metrics["footage"]["ada"] = {"name": "ada.mp4", "sha256": "5e" * 32, "range": "3:9"}
    metrics["identities"]["ada"]["faceset_hash"] = "d1" * 32
    report = Report(
        title="ada & ben",
        metrics=metrics,
        pictures={"ada>ben": [Picture(image, "footage", "ada's face")]},
        curves=curves_csv,
        preview=tmp_path / "preview.png",
        config=tmp_path / "config.yaml",
        commands={"Again": "faceswap-lab demo output='a b'"},
        clips={"swapped.mp4": "ada as ben"},
    )
    write_report(tmp_path / "report.html", report)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    checker = parse(page)
    assert page.startswith("<!doctype html>")
    assert "<script>" not in page
    assert "ada &amp; ben" in page
    assert [image["src"][:5] for image in checker.images if image["src"]] == ["data:", "data:"]
    assert all(image["alt"] for image in checker.images)
    assert not re.search(r"(src|href)=\"https?:", page)
    assert page.count("<svg") == 4  # each over steps and over minutes
    assert "Training loss over minutes of training" in page
    assert "<details><summary>Configuration of the training</summary>" in page
    assert "steps: &lt;3200&gt;" in page
    assert re.findall(r">([0-9a-f]{64})<", page) == ["d1" * 32, "5e" * 32]
    for words in (
        "met",
        "missed",
        "public-material",
        "One take & one light.",
        "faceswap-lab demo",
        "2,500,000",
        "2.75 to 3.625",
        "0.123",
        "27.125",
    ):
        assert words in checker.text


def test_page_without_extras(metrics: Metrics) -> None:
    checker = parse(render(Report(title="bare", metrics=metrics)))
    assert "Held-out footage" not in checker.text
    assert checker.images == []


def test_a_page_of_many_directions_folds_their_pictures_and_keeps_the_figures_near(metrics: Metrics) -> None:
    def page(*pairs: str) -> str:
        picture = Picture(np.full((16, 16, 3), 90, np.uint8), "Footage", "alt")
        report = Report(title="t", metrics=metrics, pictures={pair: [picture] * 3 for pair in pairs})
        text = render(report)
        assert parse(text).text.index("Held-out footage") < parse(text).text.index("Figures")
        return text

    opened = re.compile(r"<details><summary><h3>(\w+ as \w+)</h3></summary>")
    assert opened.findall(page("ada>ben", "ben>ada")) == []
    assert opened.findall(page("ada>ben", "ben>ada", "ada>cy")) == ["ada as ben", "ben as ada", "ada as cy"]


def test_curves_skip_empty_and_infinite_cells(curves_csv: Path) -> None:
    curves = read_curves(curves_csv)
    assert set(curves) == {"train/loss", "val/loss", "val/ssim"}
    assert len(curves["train/loss"]) == 100
    assert len(curves["val/loss"]) == 10
    assert list(choose({"train/loss_step": curves["train/loss"]}, "train/loss", "val/loss")) == ["train/loss"]


def test_thinning_averages_neighbours() -> None:
    assert thin([(0.0, 1.0), (2.0, 3.0), (4.0, 9.0)], 2) == [(1.0, 2.0), (4.0, 9.0)]


def test_chart_of_a_constant_is_drawn() -> None:
    chart = line_chart("Loss", {"train/loss": [(0.0, 1.0), (1.0, 1.0)]})
    assert "nan" not in chart
    assert 'role="img"' in chart


def test_markup_escapes_text_and_attributes() -> None:
    assert tag("p", "a < b", class_='"x"') == '<p class="&quot;x&quot;">a &lt; b</p>'
    assert join("&", Html("<b>")) == "&amp;<b>"


def test_goals() -> None:
    assert Goal(at_most=0.45).met(0.45) is True
    assert Goal(at_least=0.4, at_most=1.5).met(1.6) is False
    assert Goal(at_least=0.4).met(None) is None
    assert str(GOALS["sharpness_ratio"]) == "0.4 to 1.5"


def test_close_up_centres_the_face() -> None:
    frame = np.zeros((200, 300, 3), np.uint8)
    frame[80:121, 130:171] = 255
    landmarks = np.stack(np.meshgrid(np.linspace(130, 170, 17), [80, 93, 107, 120]), -1).reshape(68, 2)
    picture = close_up(frame, landmarks, margin=0.5, size=100)
    bright = np.argwhere(picture[..., 0] > 127)
    assert picture.shape == (100, 100, 3)
    assert bright.mean(axis=0) == pytest.approx([49.5, 49.5], abs=1.0)
    assert np.ptp(bright, axis=0) == pytest.approx([50, 50], abs=3)


def test_a_run_started_by_hydra_shows_the_command_that_trains_it_again(metrics: Metrics, tmp_path: Path) -> None:
    hydra = tmp_path / "run" / ".hydra"
    hydra.mkdir(parents=True)
    (hydra / "overrides.yaml").write_text("- seed=3\n- ++facesets.ada='a b'\n", encoding="utf-8")
    page = tmp_path / "report.html"
    checkpoint = tmp_path / "run" / "checkpoints" / "last.ckpt"
    report = write_page(page, Evaluation(metrics, tmp_path / "all.mp4"), title="t", checkpoint=checkpoint, commands={})
    words = shlex.split(report.commands["Repeat the training"])
    assert words == ["faceswap-lab", "train", "seed=3", "++facesets.ada='a b'"]
