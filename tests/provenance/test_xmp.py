"""The digital source type in pictures: stated, read back, by other readers too, and no pixel touched."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from faceswap_lab.media.images import read_picture, write_image
from faceswap_lab.provenance.manifest import COMPOSITE
from faceswap_lab.provenance.xmp import packet, state_source_type, stated_source_type

PICTURE = (np.mgrid[:40, :60].sum(0)[..., None] * [2, 1, 3]).astype(np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".tif", ".tiff"])
def test_it_is_stated_and_the_picture_stays(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture{suffix}"
    write_image(path, PICTURE)
    before = read_picture(path)
    assert stated_source_type(path) is None
    assert state_source_type(path, COMPOSITE)
    assert stated_source_type(path) == COMPOSITE
    np.testing.assert_array_equal(read_picture(path), before)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_another_reader_finds_it(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture{suffix}"
    write_image(path, PICTURE)
    state_source_type(path, COMPOSITE)
    with Image.open(path) as image:
        image.load()
        xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or image.tag_v2[700]  # type: ignore[attr-defined]
    assert COMPOSITE in (xmp if isinstance(xmp, str) else bytes(xmp).decode())


def test_deep_tiffs_stay_deep(tmp_path: Path) -> None:
    path, deep = tmp_path / "deep.tiff", PICTURE.astype(np.uint16) * 257
    write_image(path, deep)
    state_source_type(path, COMPOSITE)
    np.testing.assert_array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1], deep)


@pytest.mark.parametrize("name", ["picture.bmp", "picture.webp"])
def test_formats_that_cannot_carry_it_are_left_alone(tmp_path: Path, name: str) -> None:
    write_image(tmp_path / name, PICTURE)
    before = (tmp_path / name).read_bytes()
    assert not state_source_type(tmp_path / name, COMPOSITE)
    assert (tmp_path / name).read_bytes() == before


@given(
    content=st.binary(max_size=300), start=st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"II*\x00", b"MM\x00*"])
)
@settings(deadline=None, max_examples=200)
def test_any_bytes_can_be_looked_at(content: bytes, start: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.png"
    path.write_bytes(start + content)
    assert stated_source_type(path) is None or b"DigitalSourceType" in content
    state_source_type(path, COMPOSITE)


def test_a_cut_file_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    write_image(path, PICTURE)
    state_source_type(path, COMPOSITE)
    whole = path.read_bytes()
    at = whole.index(packet(COMPOSITE))
    path.write_bytes(whole[: at + 40])
    assert stated_source_type(path) is None
