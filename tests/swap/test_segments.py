"""Conversions in segments: what a stopped one leaves, and what the next one makes of it."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError, OutputError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.interruption import Interrupted
from faceswap_lab.faces.face import Detection, Face
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.writer import open_writer
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.details.grain import Grain
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.segments import SegmentFolder
from faceswap_lab.swap.steady import Steady
from faceswap_lab.swap.swapper import Swapper

NUM_FRAMES = 12


class Seeing:
    """Finds the face where the picture's first pixel says, and does something first in one of the frames."""

    name = "stub"

    def __init__(self, make_face: Callable[..., Face], *, at: int | None = None, do: Callable[[], Any] = int) -> None:
        self._make_face, self._at, self._do, self.num_calls = make_face, at, do, 0

    def detect(self, image: np.ndarray) -> list[Detection]:
        if self.num_calls == self._at:
            self._do()
        self.num_calls += 1
        self._face = self._make_face((int(image[0, 0, 0]) / 4, 0))
        return [Detection(self._face.box_4, 0.9)]

    def landmarks(self, image: np.ndarray, detection: Detection) -> Face:
        return self._face


class PowerCutError(Exception):
    """Ends a run without a word, as a killed process does."""


def cut_power() -> None:
    raise PowerCutError


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def writer(path: Path, **options: Any) -> Any:
    """Lossless but for rounding, and the same whatever the number of threads."""
    return open_writer(path, crf=0, preset="ultrafast", **options)


Run = Callable[..., ConvertReport]


@pytest.fixture
def run(tmp_path: Path, clip: Path, checkpoint: Path, make_face: Callable[..., Face]) -> Run:
    """Converts the clip in segments of five frames with all that remembers: label, watermark, steadied colours."""

    def run(output: str = "out.mp4", *, at: int | None = None, do: Callable[[], Any] = int, **options: Any) -> Any:
        seeing = Seeing(make_face, at=at, do=do)
        run.seeing = seeing
        defaults: dict[str, Any] = {
            "swapper": Swapper.from_checkpoint(checkpoint, device="cpu"),
            "identity": "ada",
            "finder": FaceFinder(seeing, seeing),
            "marks": Marks(label=CornerLabel()),
            "details": [Grain()],
            "steady": Steady(colour=0.8, mask=0.5),
            "writer": writer,
            "segment_frames": 5,
            "batch_size": 2,
            "config": {"what": "all of these"},
        }
        return convert(options.pop("footage", clip), tmp_path / output, **(defaults | options))

    return run


def stop(run: Run, **options: Any) -> None:
    with pytest.raises(PowerCutError):
        run(do=cut_power, **options)


def packets(path: Path) -> list[tuple[Any, ...]]:
    """All of a file's pictures and sound, encoded as they are, with their times."""
    with av.open(str(path)) as container:
        return [(p.stream_index, p.pts, p.dts, p.is_keyframe, bytes(p)) for p in container.demux() if p.size]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


WHOLE = ["out.mp4", "out.mp4.manifest.json"]


@pytest.mark.parametrize("at", [5, 8, 11])
@pytest.mark.parametrize("overlap", [False, True])
def test_a_run_that_was_stopped_ends_as_one_that_was_not(run: Run, tmp_path: Path, at: int, overlap: bool) -> None:
    """Pictures, times and sound bit for bit, with everything that goes on from frame to frame."""
    whole = run("whole.mp4")
    stop(run, at=at, overlap=overlap)
    assert ".out.mp4.segments" in names(tmp_path)
    report = run(overlap=overlap)
    assert report.num_resumed in ((5,) if at < 11 else (5, 10))
    assert run.seeing.num_calls == NUM_FRAMES - report.num_resumed
    assert packets(report.output) == packets(whole.output)
    assert (report.num_frames, report.num_swapped) == (NUM_FRAMES, NUM_FRAMES)
    for one, other in zip(report.swaps, whole.swaps, strict=True):
        assert one.to_plain() == other.to_plain()
    manifest, expected = (json.loads(path.read_text()) for path in (report.manifest, whole.manifest))
    assert manifest["output"]["sha256"] == sha256_of(report.output)
    assert manifest["swap"] == expected["swap"]
    assert names(tmp_path) == sorted([*WHOLE, "whole.mp4", "whole.mp4.manifest.json"])


def test_segments_do_not_show(run: Run, clip: Path) -> None:
    """One piece and segments hold the same pictures, and each segment begins with a key frame."""
    whole, segments = run("whole.mp4", segment_frames=None), run()
    for one, other in zip(open_footage(whole.output).frames(), open_footage(segments.output).frames(), strict=True):
        assert (one.index, one.pts_s) == (other.index, other.pts_s)
        np.testing.assert_array_equal(one.image, other.image)
    keys = [pts for stream, pts, _, is_key, _ in packets(segments.output) if stream == 0 and is_key]
    assert len(keys) == 3


def test_ranges_and_several_stops(run: Run, tmp_path: Path) -> None:
    ranges = FrameRange.parse("1:4,6:12")
    whole = run("whole.mp4", ranges=ranges, segment_frames=2)
    for _ in range(3):
        stop(run, ranges=ranges, segment_frames=2, at=3, overlap=False)
    report = run(ranges=ranges, segment_frames=2)
    assert report.num_resumed == 6
    assert packets(report.output) == packets(whole.output)


def test_says_where_it_goes_on(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        stop(run, at=11, overlap=False)
        assert "out.mp4: 10 frames are kept; the same command goes on after them" in caplog.text
        run()
    assert "out.mp4: goes on after 10 frames of an earlier run" in caplog.text


@pytest.mark.parametrize("damage", ["other options", "cut-off json", "cut-off segment", "no key"])
def test_what_does_not_fit_is_made_again(
    run: Run, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    stop(run, at=11, overlap=False)
    folder, num_kept = tmp_path / ".out.mp4.segments", 5
    second = folder / "segment_00001.mp4"
    if damage == "other options":
        num_kept = 0
    elif damage == "cut-off json":
        second.with_suffix(".json").write_text(second.with_suffix(".json").read_text()[:-9])
    elif damage == "cut-off segment":
        second.write_bytes(second.read_bytes()[:-9])
    else:
        (folder / "key.json").unlink()
        num_kept = 0
    options = {"config": {"what": "something else"}} if damage == "other options" else {}
    report = run(**options)
    assert report.num_resumed == num_kept
    assert ("an earlier run left segments of other" in caplog.text) == (num_kept == 0)
    assert packets(report.output) == packets(run("whole.mp4", **options).output)


def test_ctrl_c_leaves_what_there_is(run: Run, tmp_path: Path) -> None:
    """A playable file with sound, label, watermark and manifest; the same command goes on."""
    with pytest.raises(Interrupted) as caught:
        run(at=7, do=press_ctrl_c, overlap=False)
    partial = tmp_path / "out.partial.mp4"
    frames = list(open_footage(partial).frames())
    assert 5 < len(frames) < NUM_FRAMES
    assert str(caught.value) == (
        f"interrupted: {len(frames)} of 12 frames are in {partial}; the same command goes on after 5 of them"
    )
    manifest = json.loads((tmp_path / "out.partial.mp4.manifest.json").read_text())
    assert manifest["output"] == {"name": "out.partial.mp4", "sha256": sha256_of(partial)}
    assert manifest["swap"]["frames"] == len(frames)
    assert f"interrupted: holds {len(frames)} of 12 frames" in manifest["swap"]["warnings"]
    whole = run("whole.mp4")
    for frame, expected in zip(frames, open_footage(whole.output).frames(), strict=False):
        assert frame.pts_s == expected.pts_s
        np.testing.assert_array_equal(frame.image, expected.image)
    sound = [packet for packet in packets(partial) if packet[0] == 1]
    all_sound = [packet for packet in packets(whole.output) if packet[0] == 1]
    assert sound == all_sound[: len(sound)]
    assert 0 < len(sound) < len(all_sound)
    report = run()
    assert report.num_resumed == 5
    assert packets(report.output) == packets(whole.output)


def test_ctrl_c_in_the_first_segment_begins_anew(run: Run, tmp_path: Path) -> None:
    with pytest.raises(Interrupted, match=r"frames are in .*out\.partial\.mp4; the same command begins anew"):
        run(at=0, do=press_ctrl_c, overlap=False)
    assert names(tmp_path) == ["out.partial.mp4", "out.partial.mp4.manifest.json"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_ends_at_once(run: Run, tmp_path: Path) -> None:
    def twice() -> None:
        press_ctrl_c()
        press_ctrl_c()

    with pytest.raises(KeyboardInterrupt) as caught:
        run(at=3, do=twice, overlap=False)
    assert not isinstance(caught.value, Interrupted)
    assert names(tmp_path) == []


def test_an_error_before_the_first_segment_is_whole_leaves_nothing(run: Run, tmp_path: Path) -> None:
    def fail() -> None:
        raise OutputError("the disk is full")

    with pytest.raises(OutputError, match="the disk is full"):
        run(at=3, do=fail)
    assert names(tmp_path) == []


def test_two_at_once_are_refused_and_messages_name_the_output(tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    with SegmentFolder(output, {}), pytest.raises(OutputError, match="another conversion is writing it"):
        SegmentFolder(output, {}).__enter__()
    with pytest.raises(OutputError) as caught, SegmentFolder(output, {}) as folder:
        raise OutputError(f"{folder.next_path()}: the disk is full")
    assert str(caught.value) == f"{output}: the disk is full"
    assert names(tmp_path) == []


def test_what_somebody_else_put_there_stays(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".out.mp4.segments").mkdir()
    (tmp_path / ".out.mp4.segments" / "notes.txt").write_text("mine")
    run()
    assert names(tmp_path / ".out.mp4.segments") == ["notes.txt"]


def test_images_are_written_in_one_piece(run: Run, tmp_path: Path) -> None:
    run("out")
    assert names(tmp_path) == ["out", "out.manifest.json"]


def test_what_cannot_be_known_again_is_refused(run: Run, tmp_path: Path) -> None:
    for options in ({"segment_frames": 0}, {"config": None}, {"on_face": print}):
        with pytest.raises(ConfigError, match="segment_frames"):
            run(**options)
    assert names(tmp_path) == []


@pytest.fixture(autouse=True)
def _ctrl_c_raises() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
