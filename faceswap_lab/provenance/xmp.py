"""XMP in pictures: IPTC's digital source type, where any program that shows metadata looks for it.

An XMP packet is a chunk of a PNG, a segment of a JPEG, a tag of a TIFF; each is put in without touching a pixel.

Source: Adobe, XMP Specification Part 3 (Storage in Files), sections 1.1.3, 1.1.5 and 1.1.8; IPTC Photo Metadata
Standard 2023.2, Digital Source Type.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from faceswap_lab.core.files import atomic_write_bytes
from faceswap_lab.core.foreign_files import read_bytes

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""Of pictures that can carry it."""

_MOST_BYTES = 2**30  # of a file that is looked at; a packet is a thousandth of a thousandth of that
_PNG, _KEYWORD = b"\x89PNG\r\n\x1a\n", b"XML:com.adobe.xmp"
_JPEG, _APP1 = b"\xff\xd8", b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_TAG, _BYTES = 700, 1
_SOURCE_TYPE = re.compile(rb"""DigitalSourceType\s*(?:=\s*["']|>\s*)([^"'<]{1,200})""")


def packet(source_type: str) -> bytes:
    """The XMP packet that states a digital source type.

    Args:
        source_type: URI of IPTC's vocabulary.
    """
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'Iptc4xmpExt:DigitalSourceType="{source_type}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def state_source_type(path: Path, source_type: str) -> bool:
    """Writes a digital source type into a picture that has no XMP yet; returns whether its format can carry one.

    Args:
        path: A finished picture; it is replaced as a whole.
        source_type: URI of IPTC's vocabulary.

    Raises:
        OutputError: It cannot be written.
    """
    put = _PUT.get(path.suffix.lower())
    if put is None:
        return False
    tagged = put(path.read_bytes(), packet(source_type))
    if tagged is None:
        return False
    atomic_write_bytes(path, tagged)
    return True


def stated_source_type(path: Path) -> str | None:
    """The digital source type that a picture's XMP states; None where it has none or cannot be read."""
    if path.suffix.lower() not in SUFFIXES:
        return None
    try:
        content = read_bytes(path, at_most=_MOST_BYTES)
    except OSError:
        return None
    for stored in _packets(content):
        if (found := _SOURCE_TYPE.search(stored)) is not None:
            return found[1].decode("utf-8", "replace").strip()
    return None


def _packets(content: bytes) -> Iterator[bytes]:
    if content.startswith(_PNG):
        for kind, data, _ in _png_chunks(content):
            if kind == b"iTXt" and data.startswith(_KEYWORD + b"\x00\x00"):  # plain, as XMP has to be
                yield data
    elif content.startswith(_JPEG):
        for marker, data in _jpeg_segments(content):
            if marker == 0xE1 and data.startswith(_APP1):
                yield data
    elif (tiff := _tiff(content)) is not None:
        order, _, entries, _ = tiff
        for entry in entries:
            tag, _, count, offset = struct.unpack(f"{order}HHII", entry)
            if tag == _XMP_TAG:
                yield content[offset : offset + count]


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Kind, data and end of each chunk, as far as they are whole."""
    at = len(_PNG)
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        end = at + 12 + length
        if end > len(content):
            return
        yield content[at + 4 : at + 8], content[at + 8 : end - 4], end
        at = end


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and data of each segment before the picture itself."""
    at = len(_JPEG)
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, length = struct.unpack_from(">xBH", content, at)
        if marker == 0xDA or length < 2:
            return
        yield marker, content[at + 4 : at + 2 + length]
        at += 2 + length


def _tiff(content: bytes) -> tuple[str, int, list[bytes], bytes] | None:
    """Byte order, place, entries and successor of the first directory; None where there is none."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(content[:4])
    if order is None or len(content) < 8:
        return None
    (at,) = struct.unpack_from(f"{order}I", content, 4)
    if at + 2 > len(content):
        return None
    (count,) = struct.unpack_from(f"{order}H", content, at)
    end = at + 2 + 12 * count
    if end + 4 > len(content):
        return None
    entries = [content[place : place + 12] for place in range(at + 2, end, 12)]
    return order, at, entries, content[end : end + 4]


def _put_in_png(content: bytes, xmp: bytes) -> bytes | None:
    first = next(_png_chunks(content), None) if content.startswith(_PNG) else None
    if first is None or first[0] != b"IHDR":
        return None
    data = b"iTXt" + _KEYWORD + b"\x00" * 5 + xmp  # not compressed, no language, no translated keyword
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return content[: first[2]] + chunk + content[first[2] :]


def _put_in_jpeg(content: bytes, xmp: bytes) -> bytes | None:
    if not content.startswith(_JPEG):
        return None
    at = len(_JPEG)
    for marker, data in _jpeg_segments(content):  # JFIF and Exif stay in front
        if marker not in (0xE0, 0xE1):
            break
        at += 4 + len(data)
    data = _APP1 + xmp
    return content[:at] + b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data + content[at:]


def _put_in_tiff(content: bytes, xmp: bytes) -> bytes | None:
    """A new first directory at the end of the file; the old one is left where it is, and no longer pointed to."""
    tiff = _tiff(content)
    if tiff is None:
        return None
    order, _, entries, successor = tiff
    padded = content + b"\x00" * (len(content) % 2)
    entry = struct.pack(f"{order}HHII", _XMP_TAG, _BYTES, len(xmp), len(padded))
    all_entries = sorted(
        [*(one for one in entries if struct.unpack(f"{order}H", one[:2])[0] != _XMP_TAG), entry],
        key=lambda one: struct.unpack(f"{order}H", one[:2])[0],
    )
    padded += xmp + b"\x00" * (len(xmp) % 2)
    at = len(padded)
    directory = struct.pack(f"{order}H", len(all_entries)) + b"".join(all_entries) + successor
    return padded[:4] + struct.pack(f"{order}I", at) + padded[8:] + directory


_PUT: dict[str, Callable[[bytes, bytes], bytes | None]] = {
    ".png": _put_in_png,
    ".jpg": _put_in_jpeg,
    ".jpeg": _put_in_jpeg,
    ".tif": _put_in_tiff,
    ".tiff": _put_in_tiff,
}
