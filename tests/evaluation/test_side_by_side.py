"""The video of all clips: layout, length and captions."""

from pathlib import Path

import numpy as np

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.evaluation.caption import BAR_PX, caption_bar
from faceswap_lab.evaluation.side_by_side import TILE_HEIGHT_PX, Row, write_side_by_side
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.images import write_image


def folder_of(path: Path, colour: tuple[int, int, int], *, count: int, size: tuple[int, int] = (120, 90)) -> Path:
    path.mkdir()
    for index in range(count):
        write_image(path / f"{index:03d}.png", np.full((*size, 3), colour, np.uint8))
    return path


def test_rows_and_tiles(tmp_path: Path) -> None:
    red = folder_of(tmp_path / "red", (220, 30, 30), count=5)
    blue = folder_of(tmp_path / "blue", (30, 30, 220), count=3)
    rows = [
        Row(red, FrameRange.parse("2:5"), "footage: red", [("swapped: blue", blue)], num_frames=3),
        Row(blue, FrameRange.parse("0:2"), "footage: blue", [("swapped: red", red)], num_frames=2),
    ]
    write_side_by_side(tmp_path / "both.mp4", rows)
    frames = [frame.image for frame in open_footage(tmp_path / "both.mp4").frames()]
    assert len(frames) == 3
    last = frames[-1]  # the second row has ended and holds its last picture
    height = BAR_PX + TILE_HEIGHT_PX
    assert last.shape == (2 * height, 2 * 360, 3)
    colours = [last[y, x].argmax() for y in (300, height + 300) for x in (180, 540)]
    assert colours == [0, 2, 2, 0]


def test_caption_is_light_on_dark_and_cut_where_it_ends() -> None:
    bar = caption_bar("footage: Zoë", 200)
    assert bar.shape == (BAR_PX, 200, 3)
    assert bar.max() > 200
    assert bar[:, :8].max() < 40
    assert caption_bar("a very long caption " * 10, 60).shape == (BAR_PX, 60, 3)
