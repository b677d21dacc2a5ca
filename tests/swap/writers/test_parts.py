"""What lies beside a clip that is written in segments: stopped and gone on with, it is as if nobody had stopped it."""

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from faceswap_lab.core.interruption import Interrupted
from faceswap_lab.faces.extraction import media_sha256
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.writers.x264 import X264
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper
from faceswap_lab.swap.writers.alpha import Alpha
from faceswap_lab.swap.writers.patches import Patches
from faceswap_lab.swap.writers.side_by_side import SideBySide
from faceswap_lab.swap.writers.slider import Slider

NUM_FRAMES = 12
Run = Callable[..., ConvertReport]


class PowerCutError(Exception):
    """Ends a run without a word, as a killed process does."""


def cut_power() -> None:
    raise PowerCutError


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def run(
    tmp_path: Path,
    clip: Path,
    checkpoint: Path,
    make_face: Callable[..., Face],
    make_finder: Callable[..., FaceFinder],
) -> Run:
    """Converts the clip in segments of five frames, and does something first in one of the frames."""

    def run(output: str = "out.mp4", *, at: int | None = None, do: Callable[[], Any] = int, **options: Any) -> Any:
        def found(call: int) -> list[Face]:
            if call == at:
                do()
            return [make_face()]

        defaults: dict[str, Any] = {
            "swapper": Swapper.from_checkpoint(checkpoint, device="cpu"),
            "identity": "ada",
            "finder": make_finder(found),
            "writer": X264(crf=0, preset="ultrafast"),
            "segment_frames": 5,
            "batch_size": 2,
            "overlap": False,
            "config": {"what": "all of these"},
        }
        return convert(clip, tmp_path / output, **(defaults | options))

    return run


def stop(run: Run, **options: Any) -> None:
    with pytest.raises(PowerCutError):
        run(do=cut_power, **options)


def contents(path: Path) -> Any:
    """A companion, to be compared: packets, the files of a folder, or the text."""
    if path.is_dir():
        return {file.name: file.read_bytes() for file in path.iterdir()}
    if path.suffix == ".html":
        return path.read_text()
    with av.open(str(path)) as container:
        return [(p.stream_index, p.pts, p.dts, p.is_keyframe, bytes(p)) for p in container.demux() if p.size]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "also",
    [
        SideBySide(),
        Alpha(),
        Alpha(layer_format="mov"),
        Alpha(layer_format="webm"),
        Patches(),
        Slider(num_frames=1),
        Slider(num_frames=2),
        Slider(num_frames=6),
    ],
    ids=lambda also: type(also).__name__,
)
def test_it_goes_on_where_it_was_stopped(run: Run, tmp_path: Path, also: Any) -> None:
    """It is that of a run that nobody stopped, and that one shows what a run in one piece shows."""
    for name in ("apart", "whole"):
        (tmp_path / name).mkdir()
    apart, whole = run("apart/out.mp4", also=[also], segment_frames=None), run("whole/out.mp4", also=[also])
    stop(run, also=[also], at=11)
    assert names(tmp_path) == [".out.mp4.segments", "apart", "whole"]
    report = run(also=[also])
    assert report.num_resumed == 10
    ours, theirs, expected = (one.beside[0] for one in (report, whole, apart))
    assert contents(report.output) == contents(whole.output)
    assert contents(ours) == contents(theirs)
    if ours.suffix in (".mp4", ".mov", ".webm"):
        shown, wanted = (list(frames_of(path)) for path in (ours, expected))
        assert [time for time, _ in shown] == [time for time, _ in wanted]
        for (_, one), (_, other) in zip(shown, wanted, strict=True):
            assert np.abs(one.astype(int) - other).mean() < (0.01 if ours.suffix == ".mp4" else 3)
    else:
        assert contents(ours) == contents(expected)
    manifest = json.loads(Path(f"{ours}.manifest.json").read_text())
    assert manifest["output"] == {"name": ours.name, "sha256": media_sha256(ours)}
    assert names(tmp_path) == ["apart", *names(tmp_path / "whole"), "whole"]


def frames_of(path: Path) -> Any:
    """Times and RGBA of a video's frames."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        is_webm = path.suffix == ".webm"  # FFmpeg's own decoder drops the alpha
        context = av.CodecContext.create("libvpx-vp9", "r") if is_webm else stream.codec_context
        for packet in container.demux(stream):
            for frame in context.decode(packet):
                yield frame.pts, frame.to_ndarray(format="rgba")


def test_the_sound_of_side_by_side_is_the_clip_s(run: Run) -> None:
    report = run(also=[SideBySide()])
    sounds = [[packet for packet in contents(path) if packet[0] == 1] for path in (report.output, report.beside[0])]
    assert sounds[0]
    assert sounds[0] == sounds[1]
    assert open_footage(report.beside[0]).info.width == 3 * open_footage(report.output).info.width


def test_a_part_that_is_gone_is_made_again(run: Run, tmp_path: Path) -> None:
    stop(run, also=[Patches()], at=11)
    shutil.rmtree(tmp_path / ".out.mp4.segments" / "segment_00001_0")
    report = run(also=[Patches()])
    assert report.num_resumed == 5
    assert len(list(report.beside[0].glob("*_face.png"))) == NUM_FRAMES


def test_ctrl_c_leaves_the_clip_and_what_lies_beside_comes_with_the_next_run(run: Run, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores Ctrl-C
    try:
        with pytest.raises(Interrupted):
            run(at=7, do=press_ctrl_c, also=[SideBySide()])
    finally:
        signal.signal(signal.SIGINT, before)
    assert names(tmp_path) == [".out.mp4.segments", "out.partial.mp4", "out.partial.mp4.manifest.json"]
    assert run(also=[SideBySide()]).num_resumed == 5
    assert "out_side_by_side.mp4" in names(tmp_path)
    assert ".out.mp4.segments" not in names(tmp_path)
