"""Pictures whose few bytes promise gigabytes."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import FootageError
from faceswap_lab.media.images import read_picture

Refused = Callable[..., str]


def png(width: int, height: int, *, depth: int = 8, packed: bytes = b"") -> bytes:
    """A PNG of any size; its pixels are left out or as given."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def tiff(width: int, height: int, **tags: int) -> bytes:
    """A TIFF of any size whose one strip is empty; ``tile`` makes it one of tiles of that side."""
    entries = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 277: 1}
    if "tile" in tags:
        entries |= {322: tags["tile"], 323: tags["tile"], 324: 8, 325: 64}
    else:
        entries |= {273: 8, 278: height, 279: 64}
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(entries.items()))
    return b"II*\x00" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", 0)


def jpeg(width: int, height: int) -> bytes:
    """A JPEG of any size, by another one whose frame header is changed."""
    whole = bytearray(cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1].tobytes())
    at = whole.index(b"\xff\xc0")
    whole[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def webp(width: int, height: int) -> bytes:
    """The head of an extended WebP."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + b"\x00" * 4 + canvas
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def bmp(width: int, height: int) -> bytes:
    """The head of a BMP."""
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + info


BOMBS = {
    "a.png": (png(100_000, 100_000), "100000x100000 px"),
    "deep.png": (png(30_000, 30_000, depth=16), "30000x30000 px"),
    "a.jpg": (jpeg(65_500, 65_500), "65500x65500 px"),
    "a.tif": (tiff(100_000, 100_000), "100000x100000 px"),
    "tiles.tif": (tiff(100, 100, tile=32_768), "32768x32768 px"),
    "a.webp": (webp(16_000, 16_000), "16000x16000 px"),
    "a.bmp": (bmp(100_000, -100_000), "100000x100000 px"),
    "other.png": (bmp(100_000, 100_000), "100000x100000 px"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_of_absurd_size_is_refused_before_it_is_decoded(name: str, tmp_path: Path, refused: Refused) -> None:
    content, size = BOMBS[name]
    path = tmp_path / name
    path.write_bytes(content)
    assert len(content) < 2000
    said = refused(["frames", f"footage={path}", f"output={tmp_path / 'out'}"], most_mb=100)
    assert name in said
    assert size in said
    assert "200 million" in said


def test_in_a_folder_it_is_left_out(tmp_path: Path, run_apart: Callable) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "1.png").write_bytes(cv2.imencode(".png", np.full((8, 8, 3), 7, np.uint8))[1].tobytes())
    (folder / "2.png").write_bytes(png(100_000, 100_000))
    done = run_apart(["frames", f"footage={folder}", f"output={tmp_path / 'out'}"])
    assert done.code == 0
    assert "2.png: its 100000x100000 px" in done.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["frame_000000.png"]
    assert done.more_mb < 100


def test_a_damaged_tiff_is_refused_in_one_line(tmp_path: Path, run_apart: Callable) -> None:
    """Its library has lines of its own to say."""
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    content = bytearray(cv2.imencode(".tiff", picture)[1].tobytes()[:600])
    content[40:400] = b"\xff" * 360
    path = tmp_path / "damaged.tiff"
    path.write_bytes(content)
    done = run_apart(["frames", f"footage={path}", f"output={tmp_path / 'out'}"])
    assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"error: {path}: it is not an image that can be decoded")


def test_what_is_within_the_limit_is_read_within_its_memory(tmp_path: Path, run_apart: Callable) -> None:
    path = tmp_path / "flat.png"
    path.write_bytes(png(4000, 4000, packed=zlib.compress(b"\x00" * (4000 * 3 + 1) * 4000, 9)))
    assert path.stat().st_size < 100_000  # a five-hundredth of what it unpacks to
    done = run_apart(["verify", path])
    assert done.code == 1
    assert done.more_mb < 500


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (0, 0)])
def test_no_pixels_are_no_picture(width: int, height: int, tmp_path: Path) -> None:
    for name, content in (("a.png", png(width, height)), ("a.tif", tiff(width, height)), ("a.bmp", bmp(width, height))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FootageError, match="not an image"):
            read_picture(tmp_path / name)


def test_other_formats_than_the_ones_named_are_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"P6\n100000 100000\n255\n" + b"\x00" * 300)  # OpenCV would take it for a PPM
    with pytest.raises(FootageError, match="not an image"):
        read_picture(path)
