"""Colours mean the same before and after, whatever the matrix and the range of the stream."""

import av
import numpy as np
import pytest

from faceswap_lab.media import open_footage
from faceswap_lab.media.colour import FULL, LIMITED, ColourTags, RgbReader, RgbWriter, written_tags
from faceswap_lab.media.writer import open_writer

# Kr and Kb of ITU-R BT.709, BT.601 and BT.2020, by code of ITU-T H.273.
WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def reference_rgb(yuv: np.ndarray, matrix: int, *, full: bool) -> np.ndarray:
    """The definition: ITU-R BT.709-6 item 3, with the weights of the matrix."""
    kr, kb = WEIGHTS[matrix]
    y, u, v = (yuv - (0, 128, 128)) / 255 if full else (yuv - (16, 128, 128)) / (219, 224, 224)
    red, blue = y + 2 * (1 - kr) * v, y + 2 * (1 - kb) * u
    return 255 * np.array([red, (y - kr * red - kb * blue) / (1 - kr - kb), blue])


def flat_frame(yuv: np.ndarray, pix_fmt: str, matrix: int, *, full: bool) -> av.VideoFrame:
    frame = av.VideoFrame(64, 64, pix_fmt)
    for plane, value in zip(frame.planes, yuv, strict=True):
        plane.update(bytes([int(value)]) * plane.buffer_size)
    frame.colorspace, frame.color_range = matrix, FULL if full else LIMITED
    return frame


@pytest.mark.parametrize("matrix", sorted(WEIGHTS))
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p"])
def test_both_ways_follow_the_definition(matrix, full, pix_fmt):
    generator = np.random.default_rng(0)
    errors = []
    reader, writer = RgbReader(), RgbWriter(ColourTags(1, 1, matrix, FULL if full else LIMITED), pix_fmt=pix_fmt)
    for _ in range(60):
        yuv = np.array([generator.integers(60, 190), *generator.integers(110, 146, 2)])
        rgb = reader.to_rgb(flat_frame(yuv, pix_fmt, matrix, full=full))
        assert np.abs(rgb[32, 32] - reference_rgb(yuv, matrix, full=full)).max() <= 0.6
        back = writer.from_rgb(rgb)
        errors.append([np.frombuffer(plane, np.uint8)[plane.line_size * 10 + 10] for plane in back.planes] - yuv)
    assert np.abs(errors).max() <= 1
    assert np.abs(np.mean(errors, axis=0)).max() < 0.15  # no drift of brightness or hue


@pytest.mark.parametrize(
    "tags",
    [ColourTags(1, 1, 1, LIMITED), ColourTags(6, 6, 6, LIMITED), ColourTags(1, 1, 1, FULL), ColourTags()],
    ids=["bt709", "bt601", "full range", "untagged"],
)
@pytest.mark.parametrize("size", [(64, 48), (1280, 720)], ids=["small", "hd"])
def test_colours_and_tags_survive_reading_and_writing(tmp_path, make_clip, drawn, tags, size):
    def tag(stream):
        stream.color_primaries, stream.color_trc = tags.primaries, tags.transfer
        stream.colorspace, stream.color_range = tags.matrix, tags.range

    clip = make_clip(tmp_path / "clip.mkv", pts=range(2), size=size, prepare=tag, options={"crf": "10"})
    footage = open_footage(clip)
    assert footage.info.colour == tags
    with open_writer(tmp_path / "out.mp4", like=footage, crf=10, preset="ultrafast") as writer:
        for frame in footage.frames():
            writer.write(frame.image, frame)
    again = open_footage(tmp_path / "out.mp4")
    assert again.info.colour == tags
    before, after = next(footage.frames()).image.astype(int), next(again.frames()).image.astype(int)
    assert np.abs(after - before).mean() < 1.5
    assert np.abs((after - before).mean(axis=(0, 1))).max() < 0.6


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p"])
@pytest.mark.parametrize("size", [(320, 240), (319, 239)])
def test_planes_agree_with_swscale(drawn, pix_fmt, size):
    frame = av.VideoFrame.from_ndarray(drawn(7, *size), format="rgb24").reformat(format=pix_fmt)
    deep = av.VideoFrame(*size, f"{pix_fmt}10le")  # which is read through swscale
    for plane, deep_plane in zip(frame.planes, deep.planes, strict=True):
        values = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width].astype(np.uint16) * 4
        padded = np.zeros((plane.height, deep_plane.line_size // 2), np.uint16)
        padded[:, : plane.width] = values
        deep_plane.update(padded.tobytes())
    difference = RgbReader().to_rgb(frame).astype(int) - RgbReader().to_rgb(deep)
    assert np.abs(difference).mean() < 0.6
    assert np.abs(difference.mean(axis=(0, 1))).max() < 0.2


def test_rgb_footage_is_tagged_as_what_was_made_of_it():
    assert written_tags(None, None) == ColourTags(1, 1, 1, LIMITED)
    assert written_tags(ColourTags(2, 2, 0, FULL), "gbrp") == ColourTags(1, 1, 1, LIMITED)
    assert written_tags(ColourTags(9, 16, 9, LIMITED), "yuv420p10le") == ColourTags(9, 16, 9, LIMITED)
    assert written_tags(ColourTags(2, 2, 8, LIMITED), "yuv420p") == ColourTags(1, 1, 1, LIMITED)  # YCgCo


def test_jpeg_video_is_full_range(drawn):
    frame = av.VideoFrame.from_ndarray(drawn(0), format="rgb24").reformat(format="yuvj420p")
    assert np.abs(RgbReader().to_rgb(frame).astype(int) - drawn(0))[24:].mean() < 2


def test_a_view_is_written_like_a_copy(drawn):
    view = drawn(3)[:, ::-1]
    tags = ColourTags(1, 1, 1, LIMITED)
    frames = [RgbWriter(tags, pix_fmt="yuv420p").from_rgb(image) for image in (view, view.copy())]
    assert (frames[0].to_ndarray() == frames[1].to_ndarray()).all()
