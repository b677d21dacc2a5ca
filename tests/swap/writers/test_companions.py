"""Outputs beside the converted clip: what is in them, that none goes round the marks, and all or none of them."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from faceswap_lab.core.build import build
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.errors import ConfigError, OutputError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.images import read_image
from faceswap_lab.media.writers.x264 import X264
from faceswap_lab.provenance.keyring import watermark_keys
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.provenance.watermark import detect
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper
from faceswap_lab.swap.writers.alpha import Alpha
from faceswap_lab.swap.writers.patches import Patches
from faceswap_lab.swap.writers.side_by_side import SideBySide
from faceswap_lab.swap.writers.slider import SCRIPT, STYLE, Slider

OPTIONS = sorted(path.stem for path in (conf_dir() / "also").glob("*.yaml"))
WIDTH, HEIGHT = 160, 128
Run = Callable[..., ConvertReport]


def option(name: str) -> Any:
    return build(compose_config("convert", [f"also=[{name}]"]).also[name])


@pytest.fixture
def run(tmp_path: Path, clip: Path, checkpoint: Path, make_finder: Callable[..., FaceFinder]) -> Run:
    def run(output: str = "out.mp4", **options: Any) -> ConvertReport:
        defaults: dict[str, Any] = {
            "swapper": Swapper.from_checkpoint(checkpoint, device="cpu"),
            "identity": "ada",
            "finder": make_finder(),
            "writer": X264(crf=4, preset="ultrafast"),
            "ranges": FrameRange.parse("2:8"),
        }
        return convert(options.pop("footage", clip), tmp_path / output, **(defaults | options))

    return run


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_writes_and_is_signed(run: Run, tmp_path: Path, name: str) -> None:
    report = run(also=[option(name)])
    (beside,) = report.beside
    manifest = json.loads(Path(f"{beside}.manifest.json").read_text())
    assert manifest["output"]["name"] == beside.name
    assert manifest["marks"]["label"] == CornerLabel().text
    assert manifest["marks"]["note"]
    assert manifest["swap"]["frames"] == 6
    own = json.loads(report.manifest.read_text())
    assert manifest["marks"]["watermark"]["id"] == own["marks"]["watermark"]["id"]
    assert "note" not in own["marks"]
    expected = [report.output, report.manifest, beside, Path(f"{beside}.manifest.json")]
    assert sorted(tmp_path.iterdir()) == sorted(expected)


def test_the_clip_is_the_same_with_and_without(run: Run) -> None:
    plain, accompanied = run("one.mp4"), run("two.mp4", also=[option(name) for name in OPTIONS])
    for one, other in zip(*(open_footage(r.output).frames() for r in (plain, accompanied)), strict=True):
        np.testing.assert_array_equal(one.image, other.image)
    assert len(accompanied.beside) == len(OPTIONS)


def test_a_failure_leaves_none_of_them(run: Run, tmp_path: Path, make_finder: Callable[..., FaceFinder]) -> None:
    def found(call: int) -> list[Any]:
        if call == 3:
            raise RuntimeError
        return []

    with pytest.raises(RuntimeError):
        run(also=[option(name) for name in OPTIONS], finder=make_finder(found))
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_the_way_is_said_before_any_work(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out_alpha").mkdir()
    (tmp_path / "out_alpha" / "mine.txt").touch()
    with pytest.raises(OutputError, match="out_alpha: already holds files"):
        run(also=[Alpha()])
    assert [path.name for path in tmp_path.iterdir()] == ["out_alpha"]


@pytest.mark.parametrize(("companion", "name"), [(Alpha(), "alpha"), (Patches(), "patches")])
def test_a_layer_is_no_way_round_the_marks(run: Run, tmp_path: Path, companion: Any, name: str) -> None:
    with pytest.raises(ConfigError, match=f"also={name} needs the visible label"):
        run(also=[companion], marks=Marks(label=None))
    assert list(tmp_path.iterdir()) == []
    report = run(also=[companion], marks=Marks(label=None, watermark=None, reason="a study of ours"))
    manifest = json.loads(Path(f"{report.beside[0]}.manifest.json").read_text())
    assert manifest["marks"]["reason"] == "a study of ours"


def test_side_by_side_shows_three_panels(run: Run, clip: Path) -> None:
    report = run(also=[SideBySide()])
    footage = list(open_footage(clip).frames(FrameRange.parse("2:8")))
    clip_frames = list(open_footage(report.output).frames())
    frames = list(open_footage(report.beside[0]).frames())
    assert [frame.pts_s for frame in frames] == [frame.pts_s for frame in clip_frames]
    assert open_footage(report.beside[0]).info.has_audio
    for frame, before, after, swap in zip(frames, footage, clip_frames, report.swaps, strict=True):
        left, middle, right = np.split(frame.image.astype(int), 3, axis=1)
        assert np.abs(left - before.image).mean() < 3
        assert np.abs(middle - after.image).mean() < 3
        x, y = (swap.landmarks_682.mean(0)).astype(int)
        assert right[y, x].min() > 240
        assert right[:5, 8:].max() < 12  # the first columns share their chroma with the middle
    middles = [np.ascontiguousarray(np.split(frame.image, 3, axis=1)[1]) for frame in frames]
    assert detect(middles, watermark_keys()).found


def test_large_panels_shrink_to_half_at_most(run: Run) -> None:
    wide = open_footage(run("one.mp4", also=[SideBySide(max_side_px=120)]).beside[0]).info
    narrow = open_footage(run("two.mp4", also=[SideBySide(max_side_px=64)]).beside[0]).info
    assert (wide.width, wide.height) == (3 * 120, 96)
    assert (narrow.width, narrow.height) == (3 * 80, 64)


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_layer_over_the_footage_is_the_output(run: Run, clip: Path, scale: float) -> None:
    """With its label; and without its alpha it is the marked output."""
    report = run("frames", also=[Alpha()], scale=scale)
    outputs, layers = sorted(report.output.iterdir()), sorted(report.beside[0].iterdir())
    assert [path.name for path in layers] == [path.name for path in outputs]
    assert detect([read_image(path) for path in layers], watermark_keys()).found
    box = CornerLabel().box((round(HEIGHT * scale), round(WIDTH * scale)), "bottom right")
    for output, layer, swap in zip(outputs, layers, report.swaps, strict=True):
        bgra = cv2.imread(str(layer), cv2.IMREAD_UNCHANGED)
        assert bgra.shape[2] == 4
        np.testing.assert_array_equal(bgra[..., 2::-1], read_image(output))
        alpha = bgra[..., 3]
        assert (alpha[box[1] : box[3], box[0] : box[2]] == 255).all()
        x, y = (swap.landmarks_682.mean(0) * scale).astype(int)
        assert alpha[y, x] == 255
        assert alpha[: int(10 * scale)].max() == 0


@pytest.mark.parametrize(("layer_format", "decoder"), [("mov", None), ("webm", "libvpx-vp9")])
def test_layers_as_video_have_alpha(run: Run, layer_format: str, decoder: str | None) -> None:
    report = run(also=[Alpha(layer_format=layer_format)])
    x, y = report.swaps[0].landmarks_682.mean(0).astype(int)
    with av.open(str(report.beside[0])) as container:
        stream = container.streams.video[0]
        context = av.CodecContext.create(decoder, "r") if decoder else stream.codec_context
        frames = [frame for packet in container.demux(stream) for frame in context.decode(packet)]
    assert len(frames) == 6
    rgba = frames[0].to_ndarray(format="rgba")
    assert rgba[y, x, 3] > 245
    assert rgba[:8, :, 3].max() < 10


@pytest.mark.parametrize("face_scale", [1.0, 1.2])
def test_patches_go_back_to_where_they_were(run: Run, face_scale: float) -> None:
    report = run(
        also=[Patches()], face_scale=face_scale, marks=Marks(label=None, watermark=None, reason="pixels are compared")
    )
    index = json.loads((report.beside[0] / "patches.json").read_text())
    assert [face["frame"] for face in index["faces"]] == [2, 3, 4, 5, 6, 7]
    assert "AI-generated" in index["notice"]
    for face, swap in zip(index["faces"], report.swaps, strict=True):
        assert (face["identity"], tuple(face["box"])) == ("ada", swap.box)
        crop = read_image(report.beside[0] / face["face"])
        mask = read_image(report.beside[0] / face["mask"])[..., 0]
        assert crop.shape == (face["size"], face["size"], 3)
        matrix = np.array(face["frame_to_crop"])
        in_frame = cv2.warpAffine(mask, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        rows, columns = np.nonzero(in_frame > 8)
        left, top, right, bottom = swap.box
        assert left <= columns.min()
        assert columns.max() < right
        assert top <= rows.min()
        assert rows.max() < bottom
        x, y = swap.landmarks_682.mean(0).astype(int)
        assert in_frame[y, x] > 240
        # The box is the mask's, but for the rim that a cubic kernel reaches into.
        assert columns.max() - columns.min() > 0.85 * (right - left)


def test_every_crop_is_marked(run: Run) -> None:
    report = run(also=[Patches()], ranges=FrameRange.parse("2:5"))
    index = json.loads((report.beside[0] / "patches.json").read_text())
    crops = [read_image(report.beside[0] / face["face"]) for face in index["faces"]]
    assert detect(crops, watermark_keys()).found
    left, top, right, bottom = CornerLabel().box(crops[0].shape[:2], "bottom right")
    assert crops[0][top:bottom, left:right].max() > 200


def page_of(report: ConvertReport) -> str:
    return report.beside[0].read_text(encoding="utf-8")


def pictures_of(page: str) -> list[np.ndarray]:
    found = re.findall(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", page)
    coded = [np.frombuffer(base64.b64decode(text), np.uint8) for text in found]
    return [cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1] for data in coded]


def test_the_slider_loads_nothing_and_allows_its_own_lines_alone(run: Run) -> None:
    page = page_of(run(also=[Slider(num_frames=3)]))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src &#x27;none&#x27;; img-src data:;")
    assert "unsafe" not in page
    for text, element in ((STYLE, "style"), (SCRIPT, "script")):
        assert f"<{element}>{text}</{element}>" in page
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy[1]
    assert not re.search(r'(src|href)="(?!data:image/jpeg)', page)
    assert page.index("Content-Security-Policy") < page.index("<style>")


@pytest.mark.parametrize(
    ("num_frames", "shown"), [(1, [2]), (2, [2, 7]), (6, [2, 3, 4, 5, 6, 7]), (9, [2, 3, 4, 5, 6, 7])]
)
def test_the_slider_spreads_its_frames(run: Run, clip: Path, num_frames: int, shown: list[int]) -> None:
    page = page_of(run(also=[Slider(num_frames=num_frames)]))
    frames = [int(number) for number in re.findall(r"<figcaption>Frame (\d+),", page)]
    assert (frames[0], frames[-1]) == (shown[0], shown[-1]) if num_frames != 2 else frames[0] == 2
    assert len(frames) == len(shown)
    pictures = pictures_of(page)
    footage = {frame.index: frame.image for frame in open_footage(clip).frames()}
    for index, before in zip(frames, pictures[::2], strict=True):
        assert np.abs(before.astype(int) - footage[index]).mean() < 3
    if num_frames > 1:
        assert detect(pictures[1::2], watermark_keys()).found


def test_names_are_escaped(run: Run, clip: Path, tmp_path: Path) -> None:
    evil = tmp_path / "<img src=x onerror=alert(1)>.mp4"
    evil.write_bytes(clip.read_bytes())
    page = page_of(run(footage=evil, also=[Slider(num_frames=1)]))
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;.mp4 as ada" in page


def test_a_slider_without_faces_says_so(run: Run, make_finder: Callable[..., FaceFinder]) -> None:
    page = page_of(run(also=[Slider()], finder=make_finder(lambda call: [])))
    assert "No face was swapped." in page
    assert pictures_of(page) == []


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: SideBySide(max_side_px=10), "side_by_side.max_side_px=10"),
        (lambda: Slider(num_frames=0), "slider.num_frames=0"),
        (lambda: Slider(max_side_px=10), "slider.max_side_px=10"),
        (lambda: Alpha(layer_format="gif"), "alpha.layer_format=gif"),
    ],
)
def test_settings_out_of_range_name_their_key(make: Callable[[], Any], key: str) -> None:
    with pytest.raises(ConfigError, match=f"also.{key}: (give|choose)"):
        make()
