"""Every way of writing in ``conf/writer``: all frames, at their times, in their size, close to what was given."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError, OutputError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.media import open_footage
from faceswap_lab.media.encoding import Encoding
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.joining import Segment, join
from faceswap_lab.media.pixels import to_16_bits
from faceswap_lab.media.video_writer import VIDEO_SUFFIXES
from faceswap_lab.media.writers.gif import Gif
from faceswap_lab.media.writers.images import Images
from faceswap_lab.media.writers.vp9 import Vp9
from faceswap_lab.media.writers.x264 import X264
from faceswap_lab.media.writers.x265 import X265

OPTIONS = sorted(path.stem for path in (conf_dir() / "writer").glob("*.yaml"))
EXACT = ("ffv1", "png", "tiff")
PTS = [0, 4, 8, 14, 20, 24, 27, 33, 40]  # hundredths of a second, which every container counts
MakeClip = Callable[..., Path]


def option(name: str, **changes: Any) -> Any:
    config = OmegaConf.load(conf_dir() / "writer" / f"{name}.yaml")
    quick = {"preset": "ultrafast"} if name.startswith("x26") else {"preset": 12} if name == "av1" else {}
    return build(OmegaConf.merge(config, quick, changes))


OUTPUTS = [(name, suffix) for name in OPTIONS for suffix in (option(name).suffixes or ("",))]


def write(chosen: Any, output: Path, footage: Any, **kwargs: Any) -> list[Frame]:
    frames = list(footage.frames(deep=True))
    with chosen(output, like=footage, **kwargs) as writer:
        for frame in frames:
            writer.write(frame.full_depth, frame)
    return frames


def smooth(number: int, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    return (255 * np.stack([0.2 + 0.6 * x, 0.2 + 0.6 * y, 0.7 - 0.4 * x + number / 40], -1)).round().astype(np.uint8)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory, make_clip: MakeClip) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return make_clip(path, pts=PTS, time_base=Fraction(1, 100), picture=smooth, options={"crf": "4"}, audio="aac")


@pytest.mark.parametrize(("name", "suffix"), OUTPUTS)
def test_frames_times_size_and_pixels(name: str, suffix: str, clip: Path, tmp_path: Path, caplog: Any) -> None:
    output = tmp_path / f"out{suffix}"
    given = write(option(name), output, open_footage(clip))
    read = list(open_footage(output).frames())
    assert len(read) == len(given)
    assert [frame.index for frame in read] == [frame.index for frame in given]
    if suffix:
        assert [frame.pts_s for frame in read] == pytest.approx([frame.pts_s for frame in given], abs=1e-6)
    error = max(np.abs(one.image.astype(int) - other.image).mean() for one, other in zip(read, given, strict=True))
    assert error <= (0 if name in EXACT else 5 if name == "gif" else 1.6), error
    assert sorted(path.name for path in tmp_path.iterdir()) == [output.name]
    assert all("rounded" not in record.message for record in caplog.records)


@pytest.mark.parametrize(("name", "suffix"), [(name, suffix) for name, suffix in OUTPUTS if suffix in VIDEO_SUFFIXES])
def test_segments_join(name: str, suffix: str, clip: Path, tmp_path: Path) -> None:
    footage, chosen = open_footage(clip), option(name)
    given, segments = list(footage.frames()), []
    for number, frames in enumerate((given[:4], given[4:7], given[7:])):
        path = tmp_path / f"segment{number}{suffix}"
        with chosen(path, like=footage, segment=number) as writer:
            for frame in frames:
                writer.write(frame.image, frame)
        segments.append(Segment(path, frames))
    join(segments, tmp_path / f"out{suffix}", like=footage, keeps=chosen.keeps)
    read = list(open_footage(tmp_path / f"out{suffix}").frames())
    assert [frame.pts_s for frame in read] == pytest.approx([frame.pts_s for frame in given], abs=1e-6)
    error = max(np.abs(one.image.astype(int) - other.image).mean() for one, other in zip(read, given, strict=True))
    assert error <= (0 if name in EXACT else 3.5), error  # encoders know little of clips of two frames
    assert sound_in(tmp_path / f"out{suffix}") == ["opus" if suffix == ".webm" else "aac"]


@pytest.mark.parametrize("name", OPTIONS)
def test_a_suffix_that_it_cannot_write_is_one_line(name: str, clip: Path, tmp_path: Path) -> None:
    chosen = option(name)
    for suffix in {".avi", ".webm", ".mp4", ".gif", ".mov"} - set(chosen.suffixes):
        with pytest.raises(OutputError, match=rf"out\{suffix}: writer={name} ") as error:
            chosen(tmp_path / f"out{suffix}", like=open_footage(clip))
        assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", OPTIONS)
def test_the_folder_of_the_output_is_looked_at_first(name: str, clip: Path) -> None:
    with pytest.raises(OutputError, match="a part of this path is a file"):
        option(name)(clip / f"out{(option(name).suffixes or ('',))[0]}", like=open_footage(clip))


def test_the_container_s_own_writers_are_named(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write \.webm; choose writer=vp9 or writer=av1 for it, or \.mp4"):
        X264()(tmp_path / "out.webm", like=open_footage(clip))


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("x264", "crf", 52),
        ("x264", "preset", "quick"),
        ("x264", "pix_fmt", "yuv420p12le"),
        ("x264", "audio", "off"),
        ("x265", "metadata", "off"),
        ("vp9", "crf", 64),
        ("vp9", "speed", 9),
        ("av1", "preset", 14),
        ("prores", "profile", "best"),
        ("ffv1", "pix_fmt", "rgb24"),
        ("gif", "dither", "some"),
        ("png", "image_format", "webp"),
        ("jpg", "quality", 101),
    ],
)
def test_a_setting_out_of_range_names_its_key(name: str, key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"writer\.{key}={value}: (choose one of|expected)"):
        option(name, **{key: value})


def test_a_profile_that_reads_as_a_number_is_one() -> None:
    """``writer.profile=4444`` comes as a number."""
    assert option("prores", profile=4444).encoding().pix_fmts == ("yuv444p10le",)


def ramp_10_bits(make_clip: MakeClip, path: Path) -> Path:
    """A clip of 10 bits whose red, green and blue alike rise from edge to edge in 900 steps."""

    def make(number: int) -> np.ndarray:
        return np.zeros((48, 1024, 3), np.uint8)  # its place is taken below

    clip = make_clip(path, pts=range(3), size=(1024, 48), pix_fmt="yuv420p10le", picture=make)
    footage = open_footage(clip)
    line = np.linspace(2000, 63000, 1024).round().astype(np.uint16)
    picture = np.repeat(np.tile(line, (48, 1))[..., None], 3, axis=2)
    other = path.with_name("ramp.mkv")
    with option("ffv1", pix_fmt="yuv420p10le")(other, like=footage) as writer:
        for frame in footage.frames():
            writer.write(picture, frame)
    return other


@pytest.mark.parametrize("name", OPTIONS)
def test_ten_bits_stay_ten_bits_where_the_codec_can(name: str, make_clip: MakeClip, tmp_path: Path) -> None:
    footage = open_footage(ramp_10_bits(make_clip, tmp_path / "clip.mp4"))
    chosen = option(name, **({"crf": 4} if name == "x264" else {}))
    output = tmp_path / f"out{(chosen.suffixes or ('',))[0]}"
    given = write(chosen, output, footage)[0]
    levels_given = len(np.unique(given.full_depth[..., 1]))
    assert levels_given > 700
    again = open_footage(output)
    read = next(iter(again.frames(deep=True)))
    levels = len(np.unique(read.full_depth[20:28, :, 1].mean(0).round()))
    if name in ("vp9", "gif", "jpg"):
        assert again.info.bit_depth == 8
        assert levels <= 256 or name == "gif"
    else:
        assert again.info.bit_depth in (10, 16)
        assert levels > 0.8 * levels_given
        error = np.abs(to_16_bits(read.full_depth).astype(int) - given.full_depth).mean() / 257
        assert error < 0.3  # of a step of 8 bits, of which rounding to 8 alone would take 0.25


def test_h264_of_10_bits_says_that_browsers_refuse_it(make_clip: MakeClip, tmp_path: Path, caplog: Any) -> None:
    footage = open_footage(make_clip(tmp_path / "deep.mp4", pts=range(2), pix_fmt="yuv420p10le"))
    write(X264(preset="ultrafast"), tmp_path / "out.mp4", footage)
    assert f"{tmp_path / 'deep.mp4'}: keeps the footage's 10 bits, which browsers cannot play" in caplog.text
    caplog.clear()
    write(X264(preset="ultrafast", pix_fmt="yuv420p"), tmp_path / "out.mp4", footage)
    assert caplog.records == []
    assert open_footage(tmp_path / "out.mp4").info.bit_depth == 8


@pytest.mark.parametrize(("make", "container"), [(X264, ".mkv"), (X265, ".mkv"), (Vp9, ".webm")])
def test_every_pixel_format_is_read_back(make: Any, container: str, clip: Path, tmp_path: Path) -> None:
    footage = open_footage(clip)
    quick = {"speed": 8} if make is Vp9 else {"preset": "ultrafast"}
    for pix_fmt in make().encoding().pix_fmts:
        write(make(pix_fmt=pix_fmt, **quick), tmp_path / f"out{container}", footage)
        again = open_footage(tmp_path / f"out{container}")
        assert again.info.pix_fmt == pix_fmt
        assert len(list(again.frames())) == len(PTS)


@pytest.mark.parametrize(("name", "suffix"), OUTPUTS)
def test_odd_sizes(name: str, suffix: str, make_clip: MakeClip, tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "odd.mp4", pts=range(3), size=(63, 47), pix_fmt="yuv444p", picture=lambda n: smooth(n, (63, 47))
    )
    given = write(option(name), tmp_path / f"out{suffix}", open_footage(clip))
    again = open_footage(tmp_path / f"out{suffix}")
    assert (again.info.width, again.info.height) == (63, 47)
    assert np.abs(next(iter(again.frames())).image.astype(int) - given[0].image).mean() < 3


def test_a_format_that_was_asked_for_is_refused_for_odd_sizes(make_clip: MakeClip, tmp_path: Path) -> None:
    footage = open_footage(make_clip(tmp_path / "odd.mp4", pts=range(3), size=(63, 47), pix_fmt="yuv444p"))
    with pytest.raises(OutputError, match=r"out\.mp4: 63x47 is odd, which writer\.pix_fmt=yuv420p refuses"):
        write(X264(pix_fmt="yuv420p"), tmp_path / "out.mp4", footage)
    assert [path.name for path in tmp_path.iterdir()] == ["odd.mp4"]


def sound_in(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [stream.codec_context.name for stream in container.streams.audio]


def test_sound_is_copied_encoded_or_left_out(clip: Path, tmp_path: Path, caplog: Any) -> None:
    footage = open_footage(clip)
    write(X264(preset="ultrafast"), tmp_path / "copy.mp4", footage)
    write(X264(preset="ultrafast", audio="none"), tmp_path / "none.mp4", footage)
    assert caplog.records == []
    write(Vp9(speed=8), tmp_path / "web.webm", footage)
    assert "encoded as Opus" in caplog.text
    names = ("copy.mp4", "none.mp4", "web.webm")
    assert [sound_in(tmp_path / name) for name in names] == [["aac"], [], ["opus"]]


def test_metadata_and_chapters_are_kept_or_left_out(make_clip: MakeClip, tmp_path: Path) -> None:
    plain = open_footage(make_clip(tmp_path / "clip.mkv", pts=range(5)))
    whole = tmp_path / "told.mkv"
    with av.open(str(plain.path)) as source, av.open(str(whole), "w") as told:
        stream = told.add_stream_from_template(source.streams.video[0])
        told.metadata.update({"title": "A day out", "comment": "of ours"})
        told.set_chapters(
            [{"id": 0, "start": 0, "end": 80, "time_base": Fraction(1, 1000), "metadata": {"title": "one"}}]
        )
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                told.mux(packet)
    footage = open_footage(whole)
    for suffix in (".mp4", ".mkv", ".mov"):
        write(X264(preset="ultrafast"), tmp_path / f"kept{suffix}", footage, tags={"comment": "made"})
        info = open_footage(tmp_path / f"kept{suffix}").info
        told_again = {key.lower(): value for key, value in info.metadata.items()}
        assert (told_again["title"], told_again["comment"]) == ("A day out", "made")
        assert [chapter["metadata"]["title"] for chapter in info.chapters] == ["one"]
    write(X264(preset="ultrafast", metadata="none"), tmp_path / "bare.mp4", footage)
    info = open_footage(tmp_path / "bare.mp4").info
    assert not {"title", "comment"} & set(info.metadata)
    assert len(info.chapters) == 0


def test_gif_leaves_out_what_it_cannot_time(make_clip: MakeClip, tmp_path: Path, caplog: Any) -> None:
    footage = open_footage(make_clip(tmp_path / "fast.mp4", pts=range(30), time_base=Fraction(1, 240)))
    write(Gif(), tmp_path / "out.gif", footage)
    frames = list(open_footage(tmp_path / "out.gif").frames())
    assert 12 <= len(frames) <= 14  # 29/240 s in hundredths
    assert all(one.pts_s < other.pts_s for one, other in pairwise(frames))
    assert f"{30 - len(frames)} frames follow within one step" in caplog.text


def test_images_of_a_folder_keep_their_names(drawn: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in (1, 2):
        with Images()(
            tmp_path / f"made{number}", like=open_footage(_image(tmp_path / "one.png", drawn(number)))
        ) as writer:
            writer.write(drawn(number), next(iter(open_footage(tmp_path / "one.png").frames())))
        (tmp_path / f"made{number}" / "one.png").rename(tmp_path / "in" / f"IMG_{number}.png")
    write(Images(image_format="jpg"), tmp_path / "out", open_footage(tmp_path / "in"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["IMG_1.jpg", "IMG_2.jpg"]


def test_quality_of_jpeg_tells(clip: Path, tmp_path: Path) -> None:
    sizes = []
    for quality in (30, 95):
        write(option("jpg", quality=quality), tmp_path / f"q{quality}", open_footage(clip))
        sizes.append(sum(path.stat().st_size for path in (tmp_path / f"q{quality}").iterdir()))
    assert sizes[0] < sizes[1]


def test_an_unknown_pixel_format_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"writer\.pix_fmt=pal8: choose one of auto, yuv420p"):
        Encoding(name="any", codec="any", suffixes=(".any",), pix_fmts=("yuv420p",), pix_fmt="pal8")


def _image(path: Path, picture: np.ndarray) -> Path:
    from faceswap_lab.media import write_image

    write_image(path, picture)
    return path
