"""Writing video: times, colours, metadata, and nothing half written."""

import gc
import os
import subprocess
import sys
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceswap_lab.core.errors import ConfigError, OutputError, ShapeError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media import open_footage
from faceswap_lab.media.writer import open_writer
from faceswap_lab.media.writers.x264 import X264
from faceswap_lab.media.writers.x265 import X265


def copy(source: Path, output: Path, *, ranges: FrameRange | None = None, **options) -> list:
    """Writes footage again as it is, and returns its frames without their pictures."""
    footage = open_footage(source)
    times = []
    tags = options.pop("tags", None)
    with X264(**({"preset": "ultrafast"} | options))(output, like=footage, ranges=ranges, tags=tags) as writer:
        for frame in footage.frames(ranges):
            writer.write(frame.image, frame)
            times.append(frame.pts * frame.time_base)
    return times


def times_in(path: Path) -> list[Fraction]:
    return [frame.pts * frame.time_base for frame in open_footage(path).frames()]


@given(steps=st.lists(st.integers(1, 4000), min_size=1, max_size=10), start=st.integers(0, 50_000))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_times_are_kept_exactly(tmp_path, make_clip, steps, start):
    pts = list(accumulate(steps, initial=start))
    clip = make_clip(tmp_path / "vfr.mp4", pts=pts, time_base=Fraction(1, 16_000), options={"preset": "ultrafast"})
    copy(clip, tmp_path / "out.mp4")
    assert times_in(tmp_path / "out.mp4") == times_in(clip)


def test_the_last_frame_is_shown_as_long_as_in_the_footage(tmp_path, make_clip):
    clip = make_clip(tmp_path / "a.gif", pts=[0, 7, 30, 35], time_base=Fraction(1, 100), codec="gif", pix_fmt="rgb8")
    copy(clip, tmp_path / "out.mp4")
    durations = [frame.duration * frame.time_base for frame in open_footage(tmp_path / "out.mp4").frames()]
    assert durations[-1] == [frame.duration * frame.time_base for frame in open_footage(clip).frames()][-1]


def test_a_clip_that_starts_late_stays_late(tmp_path, make_clip):
    pts = [3 * 90_000 + 1 + 3000 * index for index in range(5)]  # no whole millisecond
    clip = make_clip(tmp_path / "late.mkv", pts=[index * 40 + 5000 for index in range(5)], time_base=Fraction(1, 1000))
    copy(clip, tmp_path / "late.mp4")
    assert times_in(tmp_path / "late.mp4") == times_in(clip)
    assert times_in(clip)[0] == 5
    footage = open_footage(clip)
    with open_writer(tmp_path / "odd.mp4", like=footage) as writer:
        for frame, ticks in zip(footage.frames(), pts, strict=True):
            writer.write(frame.image, type(frame)(frame.image, frame.index, 0.0, ticks, Fraction(1, 90_000), 3000))
    assert times_in(tmp_path / "odd.mp4") == [Fraction(tick, 90_000) for tick in pts]


def test_a_range_begins_at_zero_and_ranges_follow_one_another(tmp_path, make_clip, number_in):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(30))
    copy(clip, tmp_path / "out.mp4", ranges=FrameRange.parse("4:8,20:23"))
    frames = list(open_footage(tmp_path / "out.mp4").frames())
    assert [number_in(frame.image) for frame in frames] == [4, 5, 6, 7, 20, 21, 22]
    assert [frame.pts_s for frame in frames] == [index / 25 for index in range(7)]


def test_matroska_says_that_it_rounds_times(tmp_path, make_clip, caplog):
    clip = make_clip(tmp_path / "vfr.mp4", pts=[0, 1001, 2002], time_base=Fraction(1, 30_000))
    copy(clip, tmp_path / "out.mkv")
    assert "rounded to 1/1000 s" in caplog.text
    assert len(caplog.records) == 1
    errors = [abs(a - b) for a, b in zip(times_in(tmp_path / "out.mkv"), times_in(clip), strict=True)]
    assert max(errors) <= Fraction(1, 2000)


def test_rotation_is_applied_and_not_written_again(tmp_path, make_clip):
    clip = make_clip(tmp_path / "phone.mp4", pts=range(3), prepare=lambda s: s.set_display_rotation(90))
    copy(clip, tmp_path / "out.mp4", crf=5)
    before, after = open_footage(clip), open_footage(tmp_path / "out.mp4")
    assert (before.info.rotation, after.info.rotation) == (270, 0)
    difference = next(before.frames()).image.astype(int) - next(after.frames()).image
    assert np.abs(difference).mean() < 4


def test_odd_sizes_are_written_with_one_notice(tmp_path, make_clip, caplog):
    clip = make_clip(tmp_path / "odd.mp4", size=(63, 47), pix_fmt="yuv444p", pts=range(4))
    copy(clip, tmp_path / "out.mp4")
    info = open_footage(tmp_path / "out.mp4").info
    assert (info.width, info.height, info.pix_fmt) == (63, 47, "yuv444p")
    assert len(caplog.records) == 1
    assert "63x47 is odd" in caplog.text


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_tags_land_in_the_container(tmp_path, make_clip, suffix):
    copy(make_clip(tmp_path / "clip.mp4"), tmp_path / f"out{suffix}", tags={"digital_source_type": "composite"})
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        assert {key.lower(): value for key, value in container.metadata.items()}["digital_source_type"] == "composite"


def test_pixels_that_are_not_square_stay_so(tmp_path, make_clip):
    def stretch(stream):
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)

    clip = make_clip(tmp_path / "wide.mkv", pts=range(3), prepare=stretch)
    copy(clip, tmp_path / "out.mp4")
    assert open_footage(tmp_path / "out.mp4").info.sample_aspect_ratio == Fraction(4, 3)


def test_hevc_is_written_for_all_players(tmp_path, make_clip):
    footage = open_footage(make_clip(tmp_path / "clip.mp4", pts=range(5)))
    with X265(preset="ultrafast")(tmp_path / "out.mp4", like=footage) as writer:
        for frame in footage.frames():
            writer.write(frame.image, frame)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"
    assert times_in(tmp_path / "out.mp4") == times_in(tmp_path / "clip.mp4")


def test_a_failure_leaves_nothing_and_keeps_the_old_output(tmp_path, make_clip):
    footage = open_footage(make_clip(tmp_path / "clip.mp4", audio="aac"))
    output = tmp_path / "results" / "out.mp4"
    output.parent.mkdir()
    output.write_text("of before")

    class ElsewhereError(OSError):
        pass

    def fail_half_way() -> None:
        with open_writer(output, like=footage) as writer:
            for frame in footage.frames():
                writer.write(frame.image, frame)
                if frame.index == 5:
                    raise ElsewhereError

    with pytest.raises(ElsewhereError):
        fail_half_way()
    assert [path.name for path in output.parent.iterdir()] == ["out.mp4"]
    assert output.read_text() == "of before"


def test_errors_name_the_file_and_the_cure(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4")
    footage = open_footage(clip)
    with pytest.raises(OutputError, match=r"same as the input"):
        open_writer(clip, like=footage)
    with pytest.raises(OutputError, match=r"out\.avi: writer=x264 cannot write \.avi; choose \.mp4, \.mkv"):
        open_writer(tmp_path / "out.avi", like=footage)
    with pytest.raises(OutputError, match=r"a part of this path is a file"):
        open_writer(clip / "out.mp4", like=footage)
    with pytest.raises(OutputError, match="no frame was written"), open_writer(tmp_path / "no.mp4", like=footage):
        pass
    for setting in ({"crf": 60}, {"preset": "quick"}):
        with pytest.raises(ConfigError, match=rf"writer\.{next(iter(setting))}="):
            open_writer(tmp_path / "out.mp4", like=footage, **setting)
    first, second = footage.frames(FrameRange.parse("0:2"))
    with open_writer(tmp_path / "out.mp4", like=footage) as writer:
        writer.write(first.image, first)
        with pytest.raises(ShapeError, match=r"out\.mp4: frame 1 has shape \(24, 64, 3\)"):
            writer.write(second.image[:24], second)
    (tmp_path / "out.mp4").unlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4"]


def test_a_full_disk_is_one_line(tmp_path, make_clip):
    # A limit on the size of files stands in for a full disk: it needs neither root nor a mount.
    make_clip(tmp_path / "clip.mp4", pts=range(30), size=(320, 240), audio="aac")
    script = """
import resource, signal, sys
from faceswap_lab.core.errors import OutputError
from faceswap_lab.media import open_footage
from faceswap_lab.media.writer import open_writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
footage = open_footage("clip.mp4")
try:
    with open_writer("full/out.mp4", like=footage, crf=1) as writer:
        for frame in footage.frames():
            writer.write(frame.image, frame)
except OutputError as error:
    print(error)
"""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("full/out.mp4: ")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    assert list((tmp_path / "full").iterdir()) == []


def test_files_are_closed_and_frames_are_not_kept(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(12), audio="aac")
    gc.collect()  # what other tests left open is not counted
    before = sorted(os.listdir("/proc/self/fd"))
    copy(clip, tmp_path / "out.mp4")
    gc.collect()
    assert sorted(os.listdir("/proc/self/fd")) == before
