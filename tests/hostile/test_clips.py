"""Clips whose few bytes claim frames of absurd size or number."""

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from faceswap_lab.core.errors import OutputError
from faceswap_lab.media.container import MAX_FRAME_PIXELS
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.images import write_image
from faceswap_lab.media.writer import open_writer

Refused = Callable[..., str]
WIDTH, HEIGHT, NUM_FRAMES = 64, 48, 5


def clip(path: Path, codec: str, pix_fmt: str = "yuv420p", **options: str) -> bytes:
    """The bytes of a clip of a few grey frames."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pix_fmt
        for index in range(NUM_FRAMES):
            image = np.full((HEIGHT, WIDTH, 3), 20 * index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path.read_bytes()


def replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


class Bits:
    """Writes the fields of a parameter set of H.264."""

    def __init__(self, *head: int) -> None:
        self._bits = "".join(f"{byte:08b}" for byte in head)

    def put(self, *numbers: int) -> "Bits":
        """Exponential Golomb codes; ITU-T H.264 §9.1."""
        for number in numbers:
            code = f"{number + 1:b}"
            self._bits += "0" * (len(code) - 1) + code
        return self

    def flags(self, bits: str) -> "Bits":
        self._bits += bits
        return self

    def to_bytes(self) -> bytes:
        bits = self._bits + "1"
        bits += "0" * (-len(bits) % 8)
        content = int(bits, 2).to_bytes(len(bits) // 8, "big")
        while any(content[at : at + 3] == b"\0\0" + bytes([low]) for at in range(len(content)) for low in range(4)):
            raise AssertionError("this set would need emulation prevention")
        return content


def h264(path: Path, width: int, height: int) -> bytes:
    """A clip in which only the parameter set is another: it says that the frames are of this size, multiples of 16."""
    content = clip(path, "libx264", profile="baseline", preset="ultrafast", **{"x264-params": "annexb=1:ref=1"})
    units = [unit for part in content.split(b"\0\0\1") if (unit := part.rstrip(b"\0"))]
    sps = Bits(0x67, 66, 0xC0, 62).put(0, 0, 2, 1).flags("0").put(width // 16 - 1, height // 16 - 1).flags("1100")
    units = [sps.to_bytes() if unit[0] & 31 == 7 else unit for unit in units]
    return b"".join(b"\0\0\0\1" + unit for unit in units)


def gif(path: Path, width: int, height: int) -> bytes:
    content = clip(path, "gif", "rgb8")
    return replaced(content, struct.pack("<HH", WIDTH, HEIGHT), struct.pack("<HH", width, height))


def avi(path: Path, width: int, height: int, *, codec: str) -> bytes:
    content = clip(path, codec, "yuvj420p" if codec == "mjpeg" else "yuv420p")
    content = replaced(content, struct.pack("<ii", WIDTH, HEIGHT), struct.pack("<ii", width, height))
    return content.replace(struct.pack(">HH", HEIGHT, WIDTH), struct.pack(">HH", height, width))  # of each JPEG


def ivf(path: Path, width: int, height: int) -> bytes:
    content = clip(path, "libvpx")
    content = replaced(content, struct.pack("<HH", WIDTH, HEIGHT), struct.pack("<HH", width, height))
    return content


CLIPS: dict[str, Callable[[Path, int, int], bytes]] = {
    "a.h264": h264,
    "a.gif": gif,
    "ffv1.avi": partial(avi, codec="ffv1"),
    "raw.avi": partial(avi, codec="rawvideo"),
    "mjpeg.avi": partial(avi, codec="mjpeg"),
    "a.ivf": ivf,
}


@pytest.mark.parametrize("side", [16_000, 30_000])
@pytest.mark.parametrize("name", CLIPS)
def test_frames_of_absurd_size_are_refused(name: str, side: int, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / name
    path.write_bytes(CLIPS[name](path, side, 15_008 if side == 16_000 else side))
    assert path.stat().st_size < 60_000
    said = refused(["frames", f"footage={path}", f"output={tmp_path / 'out'}"], most_mb=100)
    if side == 16_000:
        assert said.startswith(f"{path}: its frames of 16000x15008 px are more than the 35.7 million that are read")
    else:  # beyond what FFmpeg gives a size to; VP8 has 14 bits for it
        assert "no frame can be decoded; the file is damaged" in said or "its frames of 13616x13616 px are more" in said


def test_a_frame_that_grows_within_a_clip_is_left_out(tmp_path: Path, run_apart: Callable[..., Any]) -> None:
    path = tmp_path / "grows.avi"
    content = bytearray(clip(path, "mjpeg", "yuvj420p"))
    at = content.rindex(struct.pack(">HH", HEIGHT, WIDTH))  # of the last JPEG
    content[at : at + 4] = struct.pack(">HH", 15_008, 16_000)
    path.write_bytes(content)
    done = run_apart(["frames", f"footage={path}", f"output={tmp_path / 'out'}"])
    assert done.code == 0, done.stderr
    assert f"{path}: damaged or cut off: 1 of 5 frames" in done.stderr
    assert len(list((tmp_path / "out").iterdir())) == NUM_FRAMES - 1
    assert done.more_mb < 100


def test_what_is_within_the_limit_is_read(tmp_path: Path, run_apart: Callable[..., Any]) -> None:
    path = tmp_path / "large.gif"
    path.write_bytes(gif(path, 8192, 4352))
    assert MAX_FRAME_PIXELS == 8192 * 4352
    done = run_apart(["frames", f"footage={path}", f"output={tmp_path / 'out'}", "range=0:1"])
    assert done.code == 0, done.stderr
    assert done.more_mb < 1500


def test_no_video_is_written_that_would_not_be_read(tmp_path: Path) -> None:
    write_image(tmp_path / "large.png", np.zeros((6000, 6000, 3), np.uint8))
    footage = open_footage(tmp_path / "large.png")
    output = tmp_path / "large.mp4"
    frame = next(footage.frames())
    said = r"6000x6000 px are more than the 35\.7 million"
    with pytest.raises(OutputError, match=said), open_writer(output, like=footage) as writer:
        writer.write(frame.image, frame)
    assert not output.exists()


def boxed(content: bytes, kind: bytes, *numbers: int, skip: int = 4) -> bytes:
    """An MP4 in which numbers of a box are others, from ``skip`` bytes behind its name on."""
    at = content.index(kind) + len(kind) + skip
    new = struct.pack(f">{len(numbers)}I", *numbers)
    return content[:at] + new + content[at + len(new) :]


def claiming(path: Path, num_frames: int) -> bytes:
    """An MP4 whose tables say that it has so many frames of as many bytes each as the first one has."""
    content = clip(path, "libx264")
    size = struct.unpack(">I", content[(at := content.index(b"stsz") + 16) : at + 4])[0]
    content = boxed(content, b"stsz", size, num_frames)
    content = boxed(content, b"stts", 1, num_frames, 512)
    return boxed(content, b"stsc", 1, 1, num_frames)


@pytest.mark.parametrize("num_frames", [2**32 - 1, 10**9, 10**6, 10**5])
def test_as_many_frames_as_there_are_come_of_a_milliard(
    num_frames: int, tmp_path: Path, run_apart: Callable[..., Any]
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(claiming(path, num_frames))
    done = run_apart(["frames", f"footage={path}", f"output={tmp_path / 'out'}"])
    assert done.code in (0, 2), done.stderr
    assert "Traceback" not in done.stderr
    assert done.more_mb < 300
    if done.code == 0:
        assert open_footage(path).info.num_frames is None
        assert 1 <= len(list((tmp_path / "out").iterdir())) <= NUM_FRAMES
    else:
        assert done.stderr.count("error: ") == 1
        assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_an_index_of_gigabytes_is_bounded(tmp_path: Path, run_apart: Callable[..., Any]) -> None:
    path = tmp_path / "a.mp4"
    for num_frames in (2 * 10**7, 6 * 10**7):
        path.write_bytes(claiming(path, num_frames))
        assert path.stat().st_size < 3000
        done = run_apart(["frames", f"footage={path}", f"output={tmp_path / f'out{num_frames}'}"])
        assert done.code in (0, 2), done.stderr
        assert done.more_mb < 2.2 * 1024


@pytest.mark.parametrize("suffix", [".avi", ".mkv", ".gif", ".ivf"])
def test_other_containers(suffix: str, tmp_path: Path, run_apart: Callable[..., Any]) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".avi":
        content = clip(path, "mpeg4")
        at = content.index(b"avih") + 8
        content = content[: at + 16] + struct.pack("<I", 10**9) + content[at + 20 :]
        at = content.index(b"strh") + 8
        content = content[: at + 32] + struct.pack("<I", 10**9) + content[at + 36 :]
    elif suffix == ".mkv":
        content = clip(path, "libx264")
        at = content.index(b"\x44\x89\x88") + 3
        content = content[:at] + struct.pack(">d", 4e10) + content[at + 8 :]  # ms
    elif suffix == ".ivf":
        content = clip(path, "libvpx")
        content = content[:24] + struct.pack("<I", 10**9) + content[28:]
    else:
        content = clip(path, "gif", "rgb8").removesuffix(b"\x3b") + b"\x21\xf9\x04" * 10**5  # announced, never there
    path.write_bytes(content)
    done = run_apart(["frames", f"footage={path}", f"output={tmp_path / 'out'}"])
    assert done.code == 0, done.stderr
    assert len(list((tmp_path / "out").iterdir())) >= NUM_FRAMES - 1
    assert open_footage(path).info.num_frames in (None, *range(NUM_FRAMES + 1))
    assert done.more_mb < 100


@pytest.mark.parametrize("timescale", [1, 2**31 - 1])
@pytest.mark.parametrize("duration", [0, 1, 2**31 - 1])
def test_times_that_are_none(
    timescale: int, duration: int, tmp_path: Path, run_apart: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mp4"
    content = clip(path, "libx264")
    path.write_bytes(boxed(boxed(content, b"mdhd", timescale, duration, skip=12), b"stts", 1, NUM_FRAMES, duration))
    done = run_apart(["frames", f"footage={path}", f"output={tmp_path / 'out'}"])
    assert done.code in (0, 2), done.stderr
    assert "Traceback" not in done.stderr
    assert done.more_mb < 100
