"""Between the stored YCbCr of a video and RGB, both ways with the matrix and the range of the stream.

swscale's default flags take a short cut that darkens luma by 1.2 of 219 steps on the way to RGB and back. With full
chroma interpolation and accurate rounding the mean error of that round trip is 0.001 steps (FFmpeg 8.1). The common
formats are read by ``planes`` instead, which is as exact and faster. Beyond 8 bits swscale takes 65283 for white, so
there ``planes``, ``to_planes`` and ``rgb_planes`` are the only way.
"""

from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from faceswap_lab.media.frame import Image, Picture
from faceswap_lab.media.orientation import Orientation
from faceswap_lab.media.pixels import Deferred, Pixels, as_picture, to_8_bits
from faceswap_lab.media.planes import has_planes, planes_to_rgb, sample_planes
from faceswap_lab.media.rgb_planes import has_rgb_planes, rgb_planes_to_rgb, rgb_to_rgb_planes
from faceswap_lab.media.to_planes import rgb_to_planes

UNSPECIFIED = 2
LIMITED, FULL = 1, 2
_BT709 = 1

# AVColorSpace (ITU-T H.273 matrix coefficients) to the matrices that swscale knows.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
}
_TO_RGB = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND
_FROM_RGB = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INP | Interpolation.ACCURATE_RND


@dataclass(frozen=True, slots=True)
class ColourTags:
    """How a stream says that its numbers mean colours.

    Attributes:
        primaries: Code of ITU-T H.273; 2 = unspecified.
        transfer: Code of ITU-T H.273; 2 = unspecified.
        matrix: Code of ITU-T H.273; 2 = unspecified, 0 = the stream holds RGB.
        range: 1 = limited (16-235), 2 = full (0-255), 0 = unspecified.
    """

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    range: int = 0


VIDEO_DEFAULT = ColourTags(_BT709, _BT709, _BT709, LIMITED)
"""What is written where the footage has no YCbCr of its own: GIF, images, RGB video."""


RGB_TAGS = ColourTags(_BT709, 13, 0, FULL)
"""What is written where a stream holds RGB: the primaries and the transfer curve of sRGB."""


def tags_of(frame: av.VideoFrame) -> ColourTags:
    """Returns the tags of a decoded frame; the ``yuvj`` formats of old JPEG video mean full range."""
    full = frame.format.name.startswith("yuvj")
    return ColourTags(
        int(frame.color_primaries),
        int(frame.color_trc),
        int(frame.colorspace),
        FULL if full else int(frame.color_range),
    )


def written_tags(stored: ColourTags | None, pix_fmt: str | None) -> ColourTags:
    """Returns the tags for a copy of the footage: its own, or BT.709 where it holds no YCbCr that can be copied."""
    if stored is None or pix_fmt is None or not _is_yuv(av.VideoFormat(pix_fmt)):
        return VIDEO_DEFAULT
    if stored.matrix != UNSPECIFIED and stored.matrix not in _MATRICES:
        return VIDEO_DEFAULT
    return stored


def matrix_of(tags: ColourTags, width: int, height: int) -> Colorspace:
    """Returns the matrix to convert with.

    Untagged footage is taken as BT.709 when it is HD and as BT.601 below that, as players do. Reading and writing guess
    alike, so that its colours survive even where the guess is wrong. Width and height may be swapped.
    """
    if tags.matrix in _MATRICES:
        return _MATRICES[tags.matrix]
    is_hd = max(width, height) >= 1280 or min(width, height) > 576
    return Colorspace.ITU709 if is_hd else Colorspace.ITU601


class RgbReader:
    """Turns decoded frames into RGB; keep one for a stream, it holds the set-up conversion."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def to_rgb(self, frame: av.VideoFrame) -> Image:
        """Returns the frame as stored (not rotated), RGB uint8, shape (H, W, 3); deeper footage is rounded."""
        return to_8_bits(self.to_deep_rgb(frame))

    def to_deep_rgb(self, frame: av.VideoFrame) -> Picture:
        """Returns the frame as stored, RGB uint8, or of more than 8 bits uint16 of full range, shape (H, W, 3)."""
        if frame.format.name in ("rgb24", "rgb48le"):
            return as_picture(frame.to_ndarray())
        if has_rgb_planes(frame):
            return rgb_planes_to_rgb(frame)
        matrix, range_ = _meaning(frame)
        if has_planes(frame):
            return planes_to_rgb(frame, matrix=matrix, full_range=range_ == FULL)
        is_deep = max(component.bits for component in frame.format.components) > 8 and not frame.format.has_palette
        converted = self._reformatter.reformat(
            frame,
            format="rgb48le" if is_deep else "rgb24",
            # RGB, palettes and grey: swscale knows their range; a matrix would be taken for a wish to convert.
            **({"src_colorspace": matrix, "src_color_range": range_} if _is_yuv(frame.format) else {}),
            interpolation=_TO_RGB,
        )
        return as_picture(converted.to_ndarray())

    def deferred(self, frame: av.VideoFrame, orientation: Orientation) -> Pixels:
        """The upright picture in 8 bits, made where it is looked at if the format allows, else at once."""
        if not has_planes(frame):
            return orientation.upright(self.to_rgb(frame))
        matrix, range_ = _meaning(frame)
        full_range = range_ == FULL

        def part(rows: slice, columns: slice) -> Image:
            rows, columns = orientation.as_stored(rows, columns, (frame.height, frame.width))
            stored = planes_to_rgb(frame, matrix=matrix, full_range=full_range, rows=rows, columns=columns)
            return orientation.upright(to_8_bits(stored))

        def sample(step: int) -> Image:
            return orientation.upright(sample_planes(frame, step, matrix=matrix, full_range=full_range))

        height, width = (frame.height, frame.width)[:: -1 if orientation.transposed else 1]
        return Deferred((height, width, 3), part=part, sample=sample)


def _meaning(frame: av.VideoFrame) -> tuple[Colorspace, int]:
    """The matrix to convert a frame with, and its range."""
    tags = tags_of(frame)
    return matrix_of(tags, frame.width, frame.height), tags.range or LIMITED


class RgbWriter:
    """Turns RGB into frames for an encoder.

    Args:
        tags: What the stream will say about its colours; the conversion follows it.
        pix_fmt: A planar YCbCr or RGB format, or ``bgr0``.
    """

    def __init__(self, tags: ColourTags, *, pix_fmt: str) -> None:
        self._tags, self._pix_fmt = tags, pix_fmt
        self._format = av.VideoFormat(pix_fmt)
        self._reformatter, self._rounder = VideoReformatter(), VideoReformatter()

    def from_rgb(self, image: Picture) -> av.VideoFrame:
        """Returns a new frame; the image is only read.

        Args:
            image: RGB uint8, or uint16 of full range, shape (H, W, 3); (H, W, 4) where the format has alpha.
        """
        if self._pix_fmt.startswith("gbr"):
            return rgb_to_rgb_planes(image, self._pix_fmt)
        if not _is_yuv(self._format):
            return self._reformatter.reformat(_packed(image), format=self._pix_fmt)  # moves bytes about, no more
        matrix, range_ = matrix_of(self._tags, *image.shape[1::-1]), self._tags.range or LIMITED
        if self._format.components[0].bits > 8 or len(self._format.components) == 4:
            return rgb_to_planes(image, self._pix_fmt, matrix=matrix, full_range=range_ == FULL)
        frame = self._reformatter.reformat(
            _packed(image),
            # Straight to 8 bits of full range swscale rounds chroma down by half a step; by way of 12 bits, not.
            format=f"{self._pix_fmt}12le" if range_ == FULL else self._pix_fmt,
            dst_colorspace=matrix,
            dst_color_range=range_,
            interpolation=_FROM_RGB,
        )
        if range_ != FULL:
            return frame
        return self._rounder.reformat(
            frame,
            format=self._pix_fmt,
            src_colorspace=matrix,
            dst_colorspace=matrix,
            src_color_range=range_,
            dst_color_range=range_,
            interpolation=_FROM_RGB,
        )


def _packed(image: Picture) -> av.VideoFrame:
    return av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(to_8_bits(image)), format="rgb24")


def _is_yuv(pixel_format: av.VideoFormat) -> bool:
    return not pixel_format.is_rgb and not pixel_format.has_palette and len(pixel_format.components) >= 3
