"""Reading video: numbers and times are exact, whatever the way to a frame."""

import os
from fractions import Fraction
from itertools import accumulate

import av
import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceswap_lab.core.errors import ConfigError, FootageError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media import open_footage
from faceswap_lab.media.info import FootageInfo
from faceswap_lab.media.seeking import find_seek_point


@pytest.mark.parametrize(
    ("fps", "rate"), [(None, 25), (1e-5, 25), (12.5, Fraction(25, 2)), (30000 / 1001, Fraction(30000, 1001))]
)
def test_a_rate_is_never_nothing(fps: float | None, rate: Fraction) -> None:
    assert FootageInfo("video", 2, 2, None, fps, None).rate == rate


def test_frames_come_in_order_with_numbers_and_times(tmp_path, make_clip, number_in):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(12), options={"bf": "3"})
    frames = list(open_footage(clip).frames())
    assert [frame.index for frame in frames] == list(range(12))
    assert [number_in(frame.image) for frame in frames] == list(range(12))
    assert [frame.pts_s for frame in frames] == [index / 25 for index in range(12)]
    assert all(frame.image.dtype == np.uint8 and frame.image.shape == (48, 64, 3) for frame in frames)


def test_number_of_frames_agrees_with_opencv(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(17))
    capture, num_frames = cv2.VideoCapture(str(clip)), 0
    while capture.read()[0]:
        num_frames += 1
    capture.release()
    footage = open_footage(clip)
    assert len(list(footage.frames())) == num_frames == footage.info.num_frames == 17


@given(steps=st.lists(st.integers(1, 5000), min_size=2, max_size=12), start=st.integers(0, 90_000))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_variable_times_are_read_exactly(tmp_path, make_clip, steps, start):
    pts = list(accumulate(steps, initial=start))
    clip = make_clip(tmp_path / "vfr.mov", pts=pts, time_base=Fraction(1, 90_000), options={"preset": "ultrafast"})
    frames = list(open_footage(clip).frames())
    times = [frame.pts * frame.time_base for frame in frames]
    assert [time - times[0] for time in times] == [Fraction(tick - start, 90_000) for tick in pts]
    assert times == sorted(set(times))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_range_gives_the_frames_that_a_whole_reading_gives(tmp_path, make_clip, number_in, suffix, codec):
    options = {"bf": "3", "x265-params": "log-level=none:keyint=6"} if codec == "libx265" else {"bf": "3"}
    clip = make_clip(tmp_path / f"clip{suffix}", pts=range(40), codec=codec, options=options)
    footage = open_footage(clip)
    whole = {frame.index: frame.pts for frame in footage.frames()}
    for start in range(0, 40, 3):
        frames = list(footage.frames(FrameRange(((start, start + 2),))))
        expected = [index for index in (start, start + 1) if index < 40]
        assert [frame.index for frame in frames] == expected
        assert [number_in(frame.image) for frame in frames] == expected
        assert [frame.pts for frame in frames] == [whole[index] for index in expected]
    point = find_seek_point(clip, 35)
    assert point is not None
    assert len(point.numbers) == 36


def test_seeking_is_not_trusted_where_a_packet_may_show_nothing(tmp_path, make_clip, number_in):
    clip = make_clip(tmp_path / "old.avi", pts=range(30), codec="mpeg4", options={"bf": "2"})
    assert find_seek_point(clip, 20) is None
    assert [number_in(frame.image) for frame in open_footage(clip).frames(FrameRange.parse("20:22"))] == [20, 21]


def test_several_ranges_and_every_nth(tmp_path, make_clip, number_in):
    footage = open_footage(make_clip(tmp_path / "clip.mp4", pts=range(30)))
    indices = [frame.index for frame in footage.frames(FrameRange.parse("2:5,20:23"))]
    assert indices == [2, 3, 4, 20, 21, 22]
    thinned = list(footage.frames(FrameRange.parse("3:"), every=10))
    assert [frame.index for frame in thinned] == [number_in(frame.image) for frame in thinned] == [3, 13, 23]


def test_bad_requests_say_what_to_do(tmp_path, make_clip):
    footage = open_footage(make_clip(tmp_path / "clip.mp4"))
    with pytest.raises(FootageError, match=r"clip\.mp4: range 50:60 holds none of its frames; .* 10 frames"):
        list(footage.frames(FrameRange.parse("50:60")))
    with pytest.raises(ConfigError, match="every=0"):
        footage.frames(every=0)


@pytest.mark.parametrize(
    ("degrees", "hflip", "vflip"), [(90, False, False), (-90, False, False), (180, False, False), (0, True, False),
                                    (0, False, True), (90, True, False), (-90, False, True)],
)  # fmt: skip
def test_display_rotation_is_applied(tmp_path, make_clip, drawn, degrees, hflip, vflip):
    def turn(stream):
        stream.set_display_rotation(degrees, hflip, vflip)

    clip = make_clip(tmp_path / "phone.mp4", pts=range(2), prepare=turn)
    footage = open_footage(clip)
    image = next(footage.frames()).image
    # FFmpeg turns the picture counter-clockwise by `degrees`, then flips it.
    expected = np.rot90(drawn(0), degrees // 90)
    expected = expected[:, ::-1] if hflip else expected
    expected = expected[::-1] if vflip else expected
    assert image.shape == expected.shape == (footage.info.height, footage.info.width, 3)
    assert np.abs(image.astype(int) - expected).mean() < 6
    assert image.flags.c_contiguous
    if not hflip and not vflip:
        assert footage.info.rotation == -degrees % 360


def test_files_are_closed_also_when_reading_stops_early(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(20))
    before = sorted(os.listdir("/proc/self/fd"))
    footage = open_footage(clip)
    list(footage.frames())
    for _ in footage.frames(FrameRange.parse("8:")):
        break
    reading = footage.frames()
    next(reading)
    reading.close()
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_a_cut_off_file_gives_its_whole_frames_and_one_warning(tmp_path, make_clip, number_in, caplog):
    clip = make_clip(tmp_path / "clip.mov", pts=range(60), size=(320, 240))
    # The index first, as a download that broke off has it.
    with (
        av.open(str(clip)) as source,
        av.open(str(tmp_path / "fast.mp4"), "w", container_options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    data = (tmp_path / "fast.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: len(data) * 2 // 3])
    footage = open_footage(cut)
    for _ in range(2):
        frames = list(footage.frames())
        assert 5 < len(frames) < 60
        assert [number_in(frame.image) for frame in frames] == list(range(len(frames)))
        assert [frame.pts_s for frame in frames] == pytest.approx([index / 25 for index in range(len(frames))])
    assert len(footage.problems) == len(caplog.records) == 1
    assert f"{60 - len(frames)} of 60 frames cannot be read" in caplog.text


def test_what_is_no_video_is_named(tmp_path, make_clip):
    whole = make_clip(tmp_path / "whole.mp4", pts=range(20))
    empty, text, cut, sound = (tmp_path / name for name in ("empty.mp4", "text.mp4", "cut.mp4", "sound.wav"))
    empty.touch()
    text.write_text("hello\n" * 200)
    cut.write_bytes(whole.read_bytes()[:500])
    with av.open(str(sound), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.int16), format="s16", layout="stereo")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    for path, what in (
        (tmp_path / "missing.mp4", "no such file"),
        (empty, "empty"),
        (text, "not a video"),
        (cut, "cut off"),
        (sound, "sound only"),
    ):
        with pytest.raises(FootageError) as error:
            open_footage(path)
        assert str(error.value).startswith(f"{path}: ")
        assert what in str(error.value)


def test_text_is_not_taken_for_a_terminal_picture(tmp_path):
    (tmp_path / "notes.txt").write_text("hello\n" * 200)
    with pytest.raises(FootageError, match="not a video"):
        open_footage(tmp_path / "notes.txt")


@pytest.mark.parametrize("name", ["ünïcode name (1).mp4", "a:b%03d[x].mp4", "-dash 'quote'.mp4"])
def test_any_file_name_is_taken(tmp_path, make_clip, name):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(2)).rename(tmp_path / name)
    assert len(list(open_footage(clip).frames())) == 2


def test_deep_and_grey_footage_is_read_as_rgb8(tmp_path, make_clip, drawn):
    deep = open_footage(make_clip(tmp_path / "deep.mkv", codec="ffv1", pix_fmt="yuv420p10le"))
    assert deep.info.bit_depth == 10
    assert next(deep.frames()).image.dtype == np.uint8
    grey = open_footage(make_clip(tmp_path / "grey.mkv", codec="ffv1", pix_fmt="gray"))
    image = next(grey.frames()).image
    assert image.shape == (48, 64, 3)
    assert np.abs(image.astype(int) - cv2.cvtColor(drawn(0), cv2.COLOR_RGB2GRAY)[..., None]).max() <= 2


def test_gif_keeps_its_delays(tmp_path, make_clip):
    clip = make_clip(tmp_path / "a.gif", pts=[0, 7, 30, 35], time_base=Fraction(1, 100), codec="gif", pix_fmt="rgb8")
    footage = open_footage(clip)
    assert [frame.pts_s for frame in footage.frames()] == [0.0, 0.07, 0.3, 0.35]
    assert footage.info.variable_frame_rate


def test_info_says_what_the_headers_say(tmp_path, make_clip):
    info = open_footage(make_clip(tmp_path / "clip.mp4", pts=range(10), audio="aac")).info
    assert (info.kind, info.width, info.height, info.num_frames, info.fps) == ("video", 64, 48, 10, 25.0)
    assert (info.has_audio, info.bit_depth, info.codec, info.rotation) == (True, 8, "h264", 0)
    assert info.variable_frame_rate is False
