"""A real SIGKILL in the middle of a conversion: nothing half written, and the next run ends as a whole one; SIGINT."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from faceswap_lab.faces.face import Face
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.synth_writer import write_clip
from faceswap_lab.provenance.verify import verify

NUM_FRAMES, FPS = 160, 25


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    """A clip that moves, with a tone."""
    y, x = np.mgrid[0:240, 0:320]
    pictures = (
        np.stack([(x + 3 * k) % 256, (2 * y + k) % 256, (x + y) % 256], -1).astype(np.uint8) for k in range(NUM_FRAMES)
    )
    tone = np.sin(np.arange(44_100 * NUM_FRAMES // FPS) * 0.06).astype(np.float32) / 4
    write_clip(tmp_path / "clip.mp4", pictures, fps=FPS, samples=tone)
    return tmp_path / "clip.mp4"


@pytest.fixture
def command(
    tmp_path: Path,
    footage: Path,
    checkpoint: Path,
    make_face: Callable[..., Face],
    alignments: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., list[str]]:
    """The command line that converts the clip; where its faces are stands in a file."""
    places = [make_face((40 * np.sin(k / 9) + 40, 20)) for k in range(NUM_FRAMES)]
    file = alignments(footage, [face.landmarks_682 for face in places])
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")

    def words(output: str, *more: str) -> list[str]:
        options = ("writer.preset=ultrafast", "writer.crf=0", "segment_frames=16", "steady=track", "detail=[grain]")
        files = (f"footage={footage}", f"checkpoint={checkpoint}", f"alignments={file}")
        line = [sys.executable, "-m", "faceswap_lab", "convert", *files, "identity=ada", "device=cpu", "batch_size=4"]
        return [*line, *options, f"output={tmp_path / output}", *more]

    return words


def packets(path: Path) -> list[tuple[int | None, ...]]:
    with av.open(str(path)) as container:
        return [(p.stream_index, p.pts, p.dts, bytes(p)) for p in container.demux() if p.size]  # type: ignore[misc]


def finished_segments(folder: Path) -> int:
    return len(list(folder.glob("segment_*.json")))


def wait_for(worker: subprocess.Popen[str], folder: Path, num_segments: int) -> None:
    started = time.monotonic()
    while finished_segments(folder) < num_segments and worker.poll() is None and time.monotonic() - started < 120:
        time.sleep(0.002)


def manifest_of(path: Path) -> dict[str, Any]:
    """What the manifest says of a clip, but for its name, its time, the hash of signed bytes, and the signature."""
    manifest = json.loads(path.with_name(f"{path.name}.manifest.json").read_text())
    return {name: value for name, value in manifest.items() if name not in ("output", "created", "signature")}


@pytest.mark.crash
@pytest.mark.timeout(1800)
def test_killed_at_twenty_points_it_ends_as_a_whole_run(
    tmp_path: Path, command: Callable[..., list[str]], kill_loop: Callable[..., int]
) -> None:
    """Pictures, times and sound bit for bit, and what the manifest says; nothing else is left lying about."""
    whole = tmp_path / "whole.mp4"
    before = {path.name for path in tmp_path.iterdir()}

    def check(target: Path) -> None:
        assert packets(target) == packets(whole)
        for one, other in zip(open_footage(target).frames(), open_footage(whole).frames(), strict=True):
            assert one.pts_s == other.pts_s
            np.testing.assert_array_equal(one.image, other.image)
        assert manifest_of(target) == manifest_of(whole)
        assert verify(target).verdict == "intact"
        made = (f"{path.name}{more}" for path in (whole, target) for more in ("", ".manifest.json"))
        assert {path.name for path in tmp_path.iterdir()} - before == set(made)
        for path in (target, target.with_name(f"{target.name}.manifest.json")):
            path.unlink()

    targets = lambda number: tmp_path / f"killed_{number}.mp4"  # noqa: E731
    by_name = lambda target: command(target.name, "provenance.end_card.seconds=0.4")[3:]  # noqa: E731
    assert kill_loop(by_name, check, whole=whole, targets=targets, seed=3) >= 12
    assert len(list(open_footage(whole).frames())) == NUM_FRAMES + 10


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_killed_between_segments_it_goes_on_after_them(tmp_path: Path, command: Callable[..., list[str]]) -> None:
    folder, choose, num_killed = tmp_path / ".killed.mp4.segments", random.Random(3), 0
    for wanted in (0, 1, 1, 3, 4, 6, 8):
        worker = subprocess.Popen(command("killed.mp4"), stdout=subprocess.PIPE, text=True)
        wait_for(worker, folder, wanted)
        time.sleep(choose.random() * 0.1)
        num_killed += worker.poll() is None
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        assert (tmp_path / "killed.mp4").exists() == (worker.returncode == 0), "whole or not there"
    assert num_killed >= 5
    num_kept = finished_segments(folder) * 16
    done = subprocess.run(command("killed.mp4"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"goes on after {num_kept} frames" in done.stdout
    assert num_kept >= 16 * 6


def kill(worker: subprocess.Popen[str], *, when: Callable[[], bool]) -> None:
    """SIGKILL as soon as something has happened; the worker must still be at it."""
    started = time.monotonic()
    while not when() and worker.poll() is None and time.monotonic() - started < 120:
        time.sleep(0.002)
    assert worker.poll() is None, "it was too quick to be killed"
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_several_footages_go_on_with_all_that_lies_beside(
    tmp_path: Path, footage: Path, command: Callable[..., list[str]]
) -> None:
    """What was finished stays, the one under way goes on, and the end is that of a run that nobody killed."""
    clips, killed, whole = (tmp_path / name for name in ("clips", "killed", "whole"))
    clips.mkdir()
    for name in ("a.mp4", "b.mp4"):
        (clips / name).write_bytes(footage.read_bytes())
    more = (f"footage=[{clips / 'a.mp4'},{clips / 'b.mp4'}]", "also=[alpha,patches,side_by_side,slider]")
    worker = subprocess.Popen(command("killed", *more), stdout=subprocess.PIPE, text=True)
    kill(worker, when=lambda: finished_segments(killed / ".b.mp4.segments") >= 3)
    before = {path: path.stat().st_mtime_ns for path in killed.glob("a*")}
    assert len(before) == 10
    assert not (killed / "b.mp4").exists()
    num_kept = finished_segments(killed / ".b.mp4.segments") * 16
    for output in ("killed", "whole"):
        done = subprocess.run(command(output, *more), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        was_killed = output == "killed"
        assert (
            "a.mp4: an earlier run of the same options has finished it; it stays as it is" in done.stdout
        ) == was_killed
        assert (f"b.mp4: goes on after {num_kept} frames of an earlier run" in done.stdout) == was_killed
        assert ("2 of 2 footages, 1 of them in an earlier run" in done.stdout) == was_killed
    assert {path: path.stat().st_mtime_ns for path in killed.glob("a*")} == before
    assert sorted(os.listdir(killed)) == sorted(os.listdir(whole))
    for name in ("b.mp4", "b_side_by_side.mp4"):
        assert packets(killed / name) == packets(whole / name)
    for name in ("b_alpha", "b_patches"):
        ours, theirs = ({file.name: file.read_bytes() for file in (at / name).iterdir()} for at in (killed, whole))
        assert len(ours) >= NUM_FRAMES
        assert ours == theirs
    assert (killed / "b_slider.html").read_text() == (whole / "b_slider.html").read_text()


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_what_a_killed_run_left_of_a_folder_goes(tmp_path: Path, command: Callable[..., list[str]]) -> None:
    worker = subprocess.Popen(command("frames"), stdout=subprocess.PIPE, text=True)
    kill(worker, when=lambda: any(tmp_path.glob(".frames.*.part/*/*.png")))
    assert len(list(tmp_path.glob(".frames.*.part"))) == 1
    done = subprocess.run(command("frames"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "faces.json", "frames", "frames.manifest.json"]
    assert len(os.listdir(tmp_path / "frames")) == NUM_FRAMES


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_ctrl_c_says_in_one_line_what_is_left(tmp_path: Path, command: Callable[..., list[str]]) -> None:
    worker = subprocess.Popen(command("out.mp4"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(worker, tmp_path / ".out.mp4.segments", 2)
    worker.send_signal(signal.SIGINT)
    _, stderr = worker.communicate(timeout=120)
    assert worker.returncode == 130
    (line,) = stderr.strip().splitlines()
    partial = tmp_path / "out.partial.mp4"
    num_frames = len(list(open_footage(partial).frames()))
    assert 32 <= num_frames < NUM_FRAMES
    assert line.startswith(
        f"error: interrupted: {num_frames} of {NUM_FRAMES} frames are in {partial}; the same command"
    )
    assert (tmp_path / "out.partial.mp4.manifest.json").exists()
    assert not (tmp_path / "out.mp4").exists()
    done = subprocess.run(command("out.mp4"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "goes on after" in done.stdout
    assert len(list(open_footage(tmp_path / "out.mp4").frames())) == NUM_FRAMES
