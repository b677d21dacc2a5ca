"""Segments joined by copying packets: what one writer would have written, at its borders too."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media import open_footage
from faceswap_lab.media.joining import Segment, join
from faceswap_lab.media.writers.x264 import X264
from faceswap_lab.media.writers.x265 import X265

UNEVEN = [0, 700, 1100, 1101, 2500, 2600, 4000, 4400, 5000, 6100, 6200, 7000]


def write_segments(clip: Path, folder: Path, suffix: str, *, length: int, ranges=None, make=X264, **options):
    """Writes footage in segments of a length, and returns them."""
    footage, segments = open_footage(clip), []
    frames = list(footage.frames(ranges))
    for number, start in enumerate(range(0, len(frames), length)):
        path, some = folder / f"{number}{suffix}", frames[start : start + length]
        with make(**options)(path, like=footage, ranges=ranges, segment=number) as writer:
            for frame in some:
                writer.write(frame.image, frame)
        segments.append(Segment(path, some))
    return segments


def shown(path: Path) -> list[Fraction]:
    return [frame.pts * frame.time_base for frame in open_footage(path).frames()]


def sound(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        return [(packet.pts, bytes(packet)) for packet in container.demux(audio=0) if packet.size]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("make", [X264, X265])
@pytest.mark.parametrize("ranges", [None, "2:5,6:11"])
def test_joined_is_what_one_writer_writes(tmp_path, make_clip, number_in, suffix, make, ranges):
    """Uneven times, reordered pictures, sound, and segments that end within a range and across its end."""
    clip = make_clip(tmp_path / "clip.mp4", pts=UNEVEN, time_base=Fraction(1, 10_000), audio="aac")
    footage, wanted = open_footage(clip), None if ranges is None else FrameRange.parse(ranges)
    options = {"preset": "medium", "crf": 1}
    whole, joined = tmp_path / f"whole{suffix}", tmp_path / f"joined{suffix}"
    with make(**options)(whole, like=footage, ranges=wanted, tags={"comment": "tag"}) as writer:
        for frame in footage.frames(wanted):
            writer.write(frame.image, frame)
    segments = write_segments(clip, tmp_path, suffix, length=5, ranges=wanted, make=make, **options)
    join(segments, joined, like=footage, ranges=wanted, tags={"comment": "tag"})
    assert shown(joined) == shown(whole)
    assert sound(joined) == sound(whole)
    for one, other in zip(open_footage(joined).frames(), open_footage(whole).frames(), strict=True):
        assert number_in(one.image) == number_in(other.image)
        assert np.abs(one.image.astype(int) - other.image).mean() < 2  # each has spent its bits in its own way
    with av.open(str(joined)) as container, av.open(str(whole)) as other:
        assert container.metadata.get("comment", container.metadata.get("COMMENT")) == "tag"
        for name in ("pix_fmt", "codec_tag", "color_range", "colorspace", "color_primaries", "color_trc"):
            assert getattr(container.streams.video[0].codec_context, name) == getattr(
                other.streams.video[0].codec_context, name
            ), name


def test_pictures_that_are_not_square_keep_their_shape(tmp_path, make_clip):
    def wide(stream):
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)

    clip = make_clip(tmp_path / "clip.mp4", prepare=wide)
    assert open_footage(clip).info.sample_aspect_ratio == Fraction(4, 3)
    join(write_segments(clip, tmp_path, ".mp4", length=4), tmp_path / "out.mp4", like=open_footage(clip))
    assert open_footage(tmp_path / "out.mp4").info.sample_aspect_ratio == Fraction(4, 3)


def test_a_clip_that_starts_late_stays_late(tmp_path, make_clip):
    pts = [3 * 90_000 + 1 + 3000 * index for index in range(5)]
    clip = make_clip(tmp_path / "late.mp4", pts=pts, time_base=Fraction(1, 90_000), audio="aac")
    join(write_segments(clip, tmp_path, ".mp4", length=2), tmp_path / "out.mp4", like=open_footage(clip))
    assert shown(tmp_path / "out.mp4") == shown(clip)


def test_segments_that_do_not_fit_are_refused(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4")
    footage = open_footage(clip)
    one, two = (tmp_path / name for name in ("one", "two"))
    one.mkdir(), two.mkdir()
    segments = write_segments(clip, one, ".mp4", length=5)
    short = Segment(segments[1].path, segments[1].frames[:4])
    with pytest.raises(OutputError, match="holds 5 frames instead of 4"):
        join([segments[0], short], tmp_path / "out.mp4", like=footage)
    other = write_segments(clip, two, ".mp4", length=5, crf=30, preset="ultrafast")
    with pytest.raises(OutputError, match="encoded otherwise"):
        join([segments[0], other[1]], tmp_path / "out.mp4", like=footage)


def test_only_the_first_segment_says_what_is_unusual(tmp_path, make_clip, caplog):
    clip = make_clip(tmp_path / "odd.mkv", size=(63, 47), pix_fmt="yuv444p", pts=range(6))
    segments = write_segments(clip, tmp_path, ".mp4", length=2)
    join(segments, tmp_path / "out.mp4", like=open_footage(clip))
    assert [record.message.count("is odd") for record in caplog.records] == [1]
