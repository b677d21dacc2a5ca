"""Sound is copied packet by packet, bit for bit; where a container cannot hold it, it is encoded and that is said."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media import open_footage
from faceswap_lab.media.writer import open_writer


def packets_in(path: Path) -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return [(packet.pts * packet.time_base, bytes(packet)) for packet in container.demux(stream) if packet.size]


def copy(source: Path, output: Path, ranges: FrameRange | None = None) -> None:
    footage = open_footage(source)
    with open_writer(output, like=footage, ranges=ranges, preset="ultrafast") as writer:
        for frame in footage.frames(ranges):
            writer.write(frame.image, frame)


@pytest.mark.parametrize(
    ("source", "audio", "output"),
    [
        ("clip.mp4", "aac", "out.mp4"),
        ("clip.mp4", "aac", "out.mov"),
        ("clip.mkv", "libopus", "out.mp4"),
        ("clip.mov", "pcm_s16le", "out.mov"),
        ("clip.mov", "pcm_mulaw", "out.mov"),
        ("clip.mkv", "libopus", "out.mkv"),
    ],
)
def test_packets_are_bit_identical_at_the_same_times(tmp_path, make_clip, source, audio, output, caplog):
    clip = make_clip(tmp_path / source, pts=range(30), audio=audio)
    copy(clip, tmp_path / output)
    before, after = packets_in(clip), packets_in(tmp_path / output)
    assert len(before) > 3
    assert b"".join(data for _, data in after) == b"".join(data for _, data in before)
    assert caplog.records == []
    if not audio.startswith("pcm"):  # MOV cuts raw sound into other packets
        assert [data for _, data in after] == [data for _, data in before]
        # Opus in Matroska is stored in milliseconds, in MP4 in samples.
        tolerance = Fraction(1, 1000) if source.endswith("mkv") else 0
        assert all(abs(a - b) <= tolerance for (a, _), (b, _) in zip(after, before, strict=True))


def test_pictures_do_not_move_where_sound_begins_before_zero(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(20), audio="aac")
    assert packets_in(clip)[0][0] < 0
    copy(clip, tmp_path / "out.mkv")
    assert [frame.pts_s for frame in open_footage(tmp_path / "out.mkv").frames()] == [index / 25 for index in range(20)]
    assert [data for _, data in packets_in(tmp_path / "out.mkv")] == [data for _, data in packets_in(clip)]


def test_sound_that_the_container_cannot_hold_is_encoded_with_a_warning(tmp_path, make_clip, caplog):
    clip = make_clip(tmp_path / "clip.mov", pts=range(50), audio="pcm_mulaw")
    copy(clip, tmp_path / "out.mp4")
    assert len(caplog.records) == 1
    assert "pcm_mulaw sound cannot be kept" in caplog.text
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.name == "aac"
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(stream)])
    assert len(sound) / 44100 == pytest.approx(2.0, abs=0.05)
    spectrum = np.abs(np.fft.rfft(sound))
    assert np.argmax(spectrum) * 44100 / len(sound) == pytest.approx(440, abs=2)


def test_a_range_has_the_sound_of_its_span(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(60), audio="aac")
    copy(clip, tmp_path / "out.mp4", FrameRange.parse("20:35"))
    start, end = Fraction(20, 25), Fraction(35, 25)
    expected = [(time - start, data) for time, data in packets_in(clip) if start <= time < end]
    cut = packets_in(tmp_path / "out.mp4")
    assert [data for _, data in cut] == [data for _, data in expected]
    assert all(abs(a - b) <= Fraction(1, 44100) for (a, _), (b, _) in zip(cut, expected, strict=True))


def test_the_sound_of_several_ranges_follows_the_pictures(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(60), audio="aac")
    copy(clip, tmp_path / "out.mp4", FrameRange.parse("0:10,40:50"))
    expected = []
    for start, end, shift in ((-1, 10, 0), (40, 50, 30)):
        span = Fraction(start, 25), Fraction(end, 25)
        expected += [(t - Fraction(shift, 25), data) for t, data in packets_in(clip) if span[0] <= t < span[1]]
    joined = packets_in(tmp_path / "out.mp4")
    assert [data for _, data in joined] == [data for _, data in expected]
    assert all(abs(a - b) <= Fraction(1, 44100) for (a, _), (b, _) in zip(joined, expected, strict=True))


def test_sound_goes_on_after_the_last_picture(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mkv", pts=[0, 1, 2, 60], audio="libopus")
    footage = open_footage(clip)
    with open_writer(tmp_path / "out.mkv", like=footage) as writer:
        for frame in footage.frames():
            if frame.index < 3:
                writer.write(frame.image, frame)
    assert len(packets_in(tmp_path / "out.mkv")) == len(packets_in(clip))
