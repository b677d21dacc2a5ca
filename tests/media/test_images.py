"""Images: folders in natural order, single files, any file name, whole or not at all."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import FootageError, OutputError, ShapeError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media import Footage, open_footage, probe, read_image, write_image
from faceswap_lab.media.writer import open_writer


def copy(footage: Footage, output: Path) -> None:
    with open_writer(output, like=footage) as writer:
        for frame in footage.frames():
            writer.write(frame.image, frame)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".jpg", ".webp", ".PNG"])
def test_an_image_comes_back_as_rgb(tmp_path, drawn, suffix):
    path = tmp_path / f"ünï [1] %d{suffix}"
    write_image(path, drawn(3))
    image = read_image(path)
    assert np.abs(image.astype(int) - drawn(3)).mean() <= (0 if suffix.lower() in (".png", ".bmp", ".tif") else 3)


def test_opencv_reads_the_same_colours(tmp_path, drawn):
    write_image(tmp_path / "a.png", drawn(5))
    assert (cv2.imread(str(tmp_path / "a.png"))[..., ::-1] == drawn(5)).all()


def test_grey_and_deep_images_become_rgb8(tmp_path):
    write_image(tmp_path / "grey.png", np.full((8, 8), 77, np.uint8))
    assert (read_image(tmp_path / "grey.png") == 77).all()
    cv2.imwrite(str(tmp_path / "deep.png"), np.full((8, 8, 3), 77 * 257, np.uint16))
    assert (read_image(tmp_path / "deep.png") == 77).all()


def test_a_folder_is_footage_in_natural_order(tmp_path, drawn, number_in):
    for number in (10, 2, 1):
        write_image(tmp_path / f"frame{number}.png", drawn(number))
    (tmp_path / "notes.txt").write_text("not an image")
    footage = open_footage(tmp_path)
    frames = list(footage.frames())
    assert [number_in(frame.image) for frame in frames] == [1, 2, 10]
    assert [(frame.index, frame.pts_s) for frame in frames] == [(0, 0.0), (1, 0.04), (2, 0.08)]
    assert (footage.info.kind, footage.info.num_frames, footage.info.fps) == ("folder", 3, 25.0)
    assert [frame.index for frame in footage.frames(FrameRange.parse("1:"), every=2)] == [1]


def test_a_broken_image_is_left_out_with_one_warning(tmp_path, drawn, caplog):
    for number in (0, 1, 2):
        write_image(tmp_path / f"{number}.png", drawn(number))
    (tmp_path / "0.png").write_bytes(b"broken")
    footage = open_footage(tmp_path)
    for _ in range(2):
        assert [frame.index for frame in footage.frames()] == [1, 2]
    assert len(caplog.records) == len(footage.problems) == 1
    assert "0.png" in caplog.text


def test_what_is_no_image_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "zero.png").touch()
    for path in (tmp_path / "empty", tmp_path / "text.jpg", tmp_path / "zero.png", tmp_path / "missing.png"):
        with pytest.raises(FootageError) as error:
            open_footage(path)
        assert str(path) in str(error.value)


def test_a_single_image_is_footage_and_output(tmp_path, drawn):
    write_image(tmp_path / "in.png", drawn(9))
    footage = open_footage(tmp_path / "in.png")
    assert (probe(tmp_path / "in.png").kind, footage.info.num_frames) == ("image", 1)
    (frame,) = footage.frames()
    with open_writer(tmp_path / "out.png", like=footage) as writer:
        writer.write(frame.image, frame)
    assert (read_image(tmp_path / "out.png") == drawn(9)).all()
    with open_writer(tmp_path / "out.mp4", like=footage) as writer:
        writer.write(frame.image, frame)
    assert len(list(open_footage(tmp_path / "out.mp4").frames())) == 1


def test_one_image_cannot_hold_a_clip(tmp_path, make_clip):
    with pytest.raises(OutputError, match=r"out\.png: one image cannot hold several frames"):
        copy(open_footage(make_clip(tmp_path / "clip.mp4")), tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_a_folder_output_keeps_the_names_of_a_folder(tmp_path, drawn, number_in):
    (tmp_path / "in").mkdir()
    for number in (1, 2):
        write_image(tmp_path / "in" / f"IMG_{number}.png", drawn(number))
    footage = open_footage(tmp_path / "in")
    with open_writer(tmp_path / "out", like=footage) as writer:
        for frame in footage.frames():
            writer.write(frame.image, frame)
        assert not (tmp_path / "out").exists()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["IMG_1.png", "IMG_2.png"]
    assert number_in(read_image(tmp_path / "out" / "IMG_2.png")) == 2
    with pytest.raises(OutputError, match="already holds files"):
        open_writer(tmp_path / "out", like=footage)


def test_a_folder_of_one_size_becomes_a_video_and_of_two_does_not(tmp_path, drawn):
    (tmp_path / "in").mkdir()
    write_image(tmp_path / "in" / "1.png", drawn(1))
    write_image(tmp_path / "in" / "2.png", drawn(2))
    footage = open_footage(tmp_path / "in")
    copy(footage, tmp_path / "out.mp4")
    assert [frame.pts_s for frame in open_footage(tmp_path / "out.mp4").frames()] == [0.0, 0.04]
    write_image(tmp_path / "in" / "2.png", drawn(2, 32, 32))
    with pytest.raises(ShapeError):
        copy(footage, tmp_path / "out.mp4")


def test_a_failure_leaves_no_folder(tmp_path, make_clip):
    footage = open_footage(make_clip(tmp_path / "clip.mp4"))
    writer = open_writer(tmp_path / "out", like=footage)
    with pytest.raises(RuntimeError), writer:
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
