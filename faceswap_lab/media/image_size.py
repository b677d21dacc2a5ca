"""How many pixels an image file says it has, read from its first bytes: before a decoder makes room for them.

Source: PNG (ISO/IEC 15948) 11.2.2; JPEG (ITU-T T.81) B.2.2; WebP container specification; BMP (BITMAPCOREHEADER and
BITMAPINFOHEADER); TIFF 6.0, sections 2, 8 and 15, and BigTIFF.
"""

import struct
from typing import NamedTuple


class ImageSize(NamedTuple):
    """What has to be made room for, pixels; for tiled files at least one tile."""

    width: int
    height: int


_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 322, 323  # tags of a TIFF
_STARTS_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # in a JPEG, of any kind of coding
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


def image_size(content: bytes) -> ImageSize | None:
    """Returns the size that a PNG, JPEG, WebP, BMP or TIFF file states; None where it is none of these or cut short.

    Args:
        content: The file, or enough of its beginning; of a TIFF the whole, for its directory may lie at the end.
    """
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return ImageSize(*struct.unpack_from(">II", content, 16))
        if content.startswith(b"\xff\xd8"):
            return _of_jpeg(content)
        if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
            return _of_webp(content)
        if content.startswith(b"BM"):
            return _of_bmp(content)
        if content[:2] in (b"II", b"MM"):
            return _of_tiff(content)
    except struct.error:  # it ends before it says so
        return None
    return None


def _of_jpeg(content: bytes) -> ImageSize | None:
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            at += 1
            continue
        marker = content[at + 1]
        if marker in _STARTS_OF_FRAME:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return ImageSize(width, height)
        if marker == 0xFF:  # padding
            at += 1
        elif marker == 0x00 or marker in _WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + max(struct.unpack_from(">H", content, at + 2)[0], 2)
    return None


def _of_webp(content: bytes) -> ImageSize | None:
    kind = content[12:16]
    if kind == b"VP8X":
        low_x, high_x, low_y, high_y = struct.unpack_from("<HBHB", content, 24)
        return ImageSize((high_x << 16 | low_x) + 1, (high_y << 16 | low_y) + 1)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return ImageSize((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return ImageSize(width & 0x3FFF, height & 0x3FFF)
    return None


def _of_bmp(content: bytes) -> ImageSize:
    (header,) = struct.unpack_from("<I", content, 14)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", content, 18)
    return ImageSize(abs(width), abs(height))


def _of_tiff(content: bytes) -> ImageSize | None:
    order = "<" if content[:2] == b"II" else ">"
    (version,) = struct.unpack_from(f"{order}H", content, 2)
    if version == 42:
        (at,) = struct.unpack_from(f"{order}I", content, 4)
        (count,) = struct.unpack_from(f"{order}H", content, at)
        first, length, place = at + 2, 12, 8
    elif version == 43:
        (at,) = struct.unpack_from(f"{order}Q", content, 8)
        (count,) = struct.unpack_from(f"{order}Q", content, at)
        first, length, place = at + 8, 20, 12
    else:
        return None
    stated: dict[int, int] = {}
    for entry in range(first, min(first + length * count, len(content)), length):
        tag, kind = struct.unpack_from(f"{order}HH", content, entry)
        form = {1: "B", 3: "H", 4: "I", 16: "Q"}.get(kind)
        if form is not None and tag in (_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT):
            stated[tag] = struct.unpack_from(f"{order}{form}", content, entry + place)[0]
    if _WIDTH not in stated or _HEIGHT not in stated:
        return None
    width = max(stated[_WIDTH], stated.get(_TILE_WIDTH, 0))
    return ImageSize(width, max(stated[_HEIGHT], stated.get(_TILE_HEIGHT, 0)))
