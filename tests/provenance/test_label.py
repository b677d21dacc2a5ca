"""The label: inside the picture, legible, clear of the face, and still."""

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.provenance.label import CORNERS, TEXT, CornerLabel

SIZES = [(1920, 1080), (2160, 3840), (512, 512), (256, 144), (144, 256), (90, 64), (24, 32)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("corner", CORNERS)
def test_lies_in_its_corner_and_changes_nothing_else(size: tuple[int, int], corner: str) -> None:
    label, image = CornerLabel(), np.full((*size, 3), 127, np.uint8)
    left, top, right, bottom = label.box(size, corner)
    assert 0 <= left < right <= size[1]
    assert 0 <= top < bottom <= size[0]
    if min(size) > 100:
        assert (left + right > size[1]) == corner.endswith("right")
        assert (top + bottom > size[0]) == corner.startswith("bottom")
        assert (right - left) * (bottom - top) < 0.12 * size[0] * size[1]
    label.draw(image, corner)
    inside = image[top:bottom, left:right].copy()
    image[top:bottom, left:right] = 127
    assert (image == 127).all()
    assert (inside != 127).mean() > 0.7


def test_a_picture_of_16_bits_gets_the_same_label() -> None:
    shallow = np.random.default_rng(0).integers(0, 256, (144, 256, 3)).astype(np.uint8)
    deep = shallow.astype(np.uint16) * np.uint16(257)
    CornerLabel().draw(shallow, "bottom left")
    CornerLabel().draw(deep, "bottom left")
    assert np.abs(deep / 257 - shallow).max() <= 0.51


@pytest.mark.parametrize("background", [0, 90, 255])
@pytest.mark.parametrize("size", SIZES[:6], ids=str)
def test_is_legible_on_any_background(size: tuple[int, int], background: int) -> None:
    """Letters of at least a few pixels that stand out from their plate."""
    label, image = CornerLabel(), np.full((*size, 3), background, np.uint8)
    label.draw(image, "bottom left")
    left, top, right, bottom = label.box(size, "bottom left")
    plate = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    assert plate.max() > 220
    assert plate.max() - np.percentile(plate, 20) > 100
    rows = np.flatnonzero((plate > 170).any(axis=1))
    assert np.ptp(rows) >= 6


def test_grows_with_the_picture() -> None:
    heights = [np.subtract(*CornerLabel().box(size, "top left")[3:0:-2]) for size in SIZES[:3]]
    assert heights[1] > heights[0] > heights[2]


def test_keeps_clear_of_the_face_and_stays_where_it_is() -> None:
    label, size = CornerLabel(), (480, 640)
    middle = (200, 150, 420, 400)
    first = label.choose_corner(size, [middle])
    assert label.choose_corner(size, [middle], first) == first
    for corner in CORNERS:  # whatever the corner, it stays as long as it hides nothing
        assert label.choose_corner(size, [middle], corner) == corner
    left, top, right, bottom = label.box(size, first)
    moved = label.choose_corner(size, [(left - 50, top - 50, right, bottom)], first)
    assert moved != first
    assert label.choose_corner(size, [middle], moved) == moved  # and does not jump back


def test_hides_least_where_a_face_fills_the_picture() -> None:
    label, size = CornerLabel(), (480, 640)
    assert label.choose_corner(size, [(0, 0, 640, 300), (100, 300, 640, 480)]) == "bottom left"


def test_errors() -> None:
    with pytest.raises(ConfigError, match="provenance=unlabelled"):
        CornerLabel(text="  ")
    with pytest.raises(ConfigError, match=r"height_ratio is 0\.5"):
        CornerLabel(height_ratio=0.5)


@pytest.mark.parametrize("size", [(144, 256), (240, 320), (720, 1280), (1920, 1080)], ids=str)
def test_can_still_be_read_after_strong_compression(size: tuple[int, int]) -> None:
    """Of all texts that differ in one letter, the one that was written is the nearest to what JPEG 40 leaves of it."""
    background = np.random.default_rng(1).integers(60, 200, (size[0] // 16, size[1] // 16, 3)).astype(np.uint8)
    background = np.asarray(cv2.resize(background, size[::-1], interpolation=cv2.INTER_CUBIC))

    top = CornerLabel().box(size, "bottom left")[1] - 8

    def written(text: str) -> np.ndarray:
        image = background.copy()
        CornerLabel(text=text).draw(image, "bottom left")
        return image

    encoded = cv2.imencode(".jpg", written(TEXT), [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
    seen = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), float)

    def distance(text: str) -> float:
        return float(np.square(seen[top:] - written(text)[top:]).mean())

    others = {TEXT[:n] + c + TEXT[n + 1 :] for n, letter in enumerate(TEXT) for c in "aeolt" if letter not in (c, " ")}
    assert distance(TEXT) < min(distance(other) for other in others)
