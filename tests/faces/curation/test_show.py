"""The page: whole, self-contained, true to the set."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.markup import VOID
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.curation.charts import coverage, degrees_of, gaps, histogram
from faceswap_lab.faces.curation.marks import mark
from faceswap_lab.faces.curation.order import sort_faces
from faceswap_lab.faces.curation.show import show
from faceswap_lab.faces.faceset import Faceset


class Page(HTMLParser):
    """Checks that tags nest, and collects what the page refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.values: list[int] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag == "input":
            self.values.append(int(found["value"] or 0))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_stands_alone(faceset: Faceset, tmp_path: Path) -> None:
    mark(faceset, [2], rejected=True, what="<b>odd & words</b>")
    faceset.crop_path(faceset.rows()[4]).unlink()
    assert show(faceset, tmp_path / "page.html") == 24
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert page.links
    assert all(link.startswith("data:image/jpeg;base64,") for link in page.links)
    assert not re.search(r"https?://|@import|url\(", text)
    assert "22 faces in use, 1 rejected, 1 whose crop was deleted" in text
    assert "&lt;b&gt;odd &amp; words" in text
    assert "prefers-color-scheme: dark" in text
    assert 'content="width=device-width' in text
    assert len(text) < 24 * 8000 + 40_000


def test_the_sheet_keeps_the_order_and_spreads(faceset: Faceset, tmp_path: Path) -> None:
    rows = sort_faces(faceset, "yaw")
    show(faceset, tmp_path / "page.html")
    assert Page((tmp_path / "page.html").read_text(encoding="utf-8")).values == [row.id for row in rows]
    assert show(faceset, tmp_path / "page.html", max_faces=5) == 5
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert Page(text).values == [rows[place].id for place in (0, 6, 12, 17, 23)]
    assert "5 of 24 faces, spread evenly, sorted by yaw" in text


def test_two_sets_side_by_side(faceset: Faceset, tmp_path: Path) -> None:
    other = drawn_faceset(tmp_path / "eve", "eve", 6, identity_seed=2, crop_spec=CropSpec("face", 32))
    show(faceset, tmp_path / "page.html", other=other)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'class="bar c1"' in text
    assert 'class="key c1"' in text


def test_gaps_are_what_the_other_shows_and_we_do_not() -> None:
    assert gaps({0: 5, 1: 1}, {0: 90, 1: 3, 2: 6, -3: 1}) == [2], "one face of a hundred is no gap"
    assert degrees_of(2) == "15° to 25°"
    assert degrees_of(0) == "-5° to 5°"


def test_bars_add_up() -> None:
    heights = [float(found) for found in re.findall(r'height="([\d.]+)"', histogram("x", [1, 1, 1, 2], "", num_bins=2))]
    assert heights[0] == pytest.approx(3 * heights[1], rel=0.01)
    assert "not known" in histogram("x", [float("nan")], "")
    assert histogram("x", [2.0], "").count("<rect") == 1
    assert coverage({"a": {0: 3, 4: 1}, "b": {}}).count("<rect") == 2


def test_an_empty_set_can_be_shown(faceset: Faceset, tmp_path: Path) -> None:
    mark(faceset, range(1, 25), rejected=True, what="all")
    assert show(faceset, tmp_path / "page.html") == 24
    assert "0 faces in use" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written(faceset: Faceset, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        show(faceset, tmp_path / "file" / "page.html")
