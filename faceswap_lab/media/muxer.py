"""One video with its sound, written front to back: pictures that are encoded, or packets that were."""

import logging
from fractions import Fraction
from math import lcm
from pathlib import Path

import av
from av.error import FFmpegError
from av.video.stream import VideoStream

from faceswap_lab.core.errors import OutputError, ShapeError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.audio import AudioCopy
from faceswap_lab.media.colour import RGB_TAGS, RgbWriter, written_tags
from faceswap_lab.media.container import url_of
from faceswap_lab.media.decode_times import time_decoding
from faceswap_lab.media.encoding import AUTO, Encoding, Keeps, bits_of
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import FrameTime, Picture
from faceswap_lab.media.palette import PaletteMaker
from faceswap_lab.media.ticks import Ticks
from faceswap_lab.media.timeline import Timeline

_MAX_TIMESCALE = 2**31 - 1  # the field of MP4's movie header is a signed 32-bit number

logger = logging.getLogger(__name__)


class Muxer:
    """Opens an output that fits the first picture, and writes pictures and sound to it.

    Args:
        path: File to write; its suffix chooses the container.
        name: The file as the user knows it, for messages.
        like: The footage whose times, colours and sound the output has.
        encoding: Settings of the encoder; None where packets are copied.
        keeps: What of the footage goes into the output beside its pictures.
        ranges: The frames that will be written; None: all.
        tags: Metadata of the container.
        size: Width and height of the pictures that will be written.
        is_deep: Whether they have more than 8 bits.
        first: The first of the frames that they are made from.
        segment: As `VideoWriter`; such a file has no sound.
        template: Stream whose packets will be copied, instead of pictures that are encoded.

    Raises:
        FFmpegError: The file cannot be opened, or the encoder refuses.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: Path,
        like: Footage,
        encoding: Encoding | None,
        keeps: Keeps,
        ranges: FrameRange | None,
        tags: dict[str, str],
        size: tuple[int, int],
        first: FrameTime,
        is_deep: bool = False,
        segment: int | None = None,
        template: VideoStream | None = None,
    ) -> None:
        self._name, self._like = name, like
        self._fps = like.info.rate
        self._time_base = first.time_base or 1 / self._fps
        self._ranges = ranges
        self._timeline = self.new_timeline()
        self._durations: dict[int, int] = {}
        self._num_muxed = 0
        self._is_quiet = bool(segment) or template is not None
        self._width, self._height = size
        self._bits = like.info.bit_depth if is_deep else 8
        self._audio: AudioCopy | None = None
        self._container = av.open(url_of(path), "w")
        try:
            if keeps.metadata:
                self._container.metadata.update(like.info.metadata)
            if keeps.metadata and ranges is None:
                self._container.set_chapters(list(like.info.chapters))
            self._container.metadata.update(tags)
            self._video, self._rgb = self._add_video(encoding) if encoding else self._copy_video(template)
            if like.info.has_audio and keeps.audio and segment is None:
                self._audio = AudioCopy(like.path, output=self._container)
            self._container.container_options.update(self._header_options(path, first))
            self._container.start_encoding()
            self._ticks = Ticks(
                name,
                self._video.time_base or self._time_base,
                takes_equal=self._container.format.name != "gif",
                is_quiet=self._is_quiet,
            )
        except BaseException:
            self.abandon()
            raise

    def new_timeline(self) -> Timeline:
        """What will place the frames, before any of them is placed."""
        frame_ticks = max(1, round(1 / self._fps / self._time_base))
        return Timeline(self._ranges, time_base=self._time_base, frame_ticks=frame_ticks)

    def write(self, image: Picture, frame: FrameTime) -> None:
        """Appends a picture, and the sound up to it.

        Raises:
            ShapeError: The size changes within the clip.
            FFmpegError: The file cannot be written, or the encoder refuses.
        """
        if image.shape[:2] != (self._height, self._width):
            raise ShapeError(
                f"{self._name}: frame {frame.index} has shape {image.shape}, the clip began with "
                f"{(self._height, self._width, 3)}; a video has one size throughout"
            )
        assert self._rgb is not None, "packets are copied here"
        pts = self._place(frame)
        if self._ticks.takes(pts * self._time_base):
            picture = self._rgb.from_rgb(image)
            picture.pts, picture.time_base = pts, self._time_base
            if frame.duration:
                self._durations[pts] = frame.duration
            self._mux(self._video.encode(picture))
        self._copy_sound(frame)

    def copy(self, packet: "av.Packet[VideoStream]", frame: FrameTime) -> None:
        """Appends a packet of the template's stream, its times set in ``Frame.time_base``, and the sound up to a frame.

        Args:
            packet: The next one, in the order of decoding.
            frame: The next one, in the order of display.

        Raises:
            FFmpegError: The file cannot be written.
        """
        self._place(frame)
        packet.time_base, packet.stream = self._time_base, self._video
        self._container.mux(packet)
        self._copy_sound(frame)

    def _place(self, frame: FrameTime) -> int:
        """Returns the time of a frame in the output; where it begins a range, the sound is cut there."""
        begins_piece = self._timeline.begins_piece(frame.index) and not frame.is_added
        if begins_piece and self._audio is not None and self._timeline.end_s is not None:
            self._audio.copy(until_s=self._timeline.end_s)
        pts = self._timeline.place(frame.index, _source_pts(frame), frame.duration, is_added=frame.is_added)
        if begins_piece and self._audio is not None:
            self._audio.cut(start_s=self._timeline.start_s, shift_s=self._timeline.shift_s)
        return pts

    def _copy_sound(self, frame: FrameTime) -> None:
        if self._audio is None:
            return
        if frame.is_added:  # the sound ends with the footage
            self._audio.copy(until_s=self._timeline.end_s if self._timeline.is_cut else None)
        else:
            self._audio.copy(until_s=_source_pts(frame) * self._time_base)

    def finish(self, *, is_whole: bool = True) -> None:
        """Writes what is held back and closes the file.

        Args:
            is_whole: Whether all frames were written; else the sound ends with the last one.

        Raises:
            FFmpegError: The file cannot be written.
        """
        if self._rgb is not None:
            self._mux(self._flushed())
            self._ticks.report()
        if self._audio is not None:
            self._audio.copy(until_s=self._timeline.end_s if self._timeline.is_cut or not is_whole else None)
            self._audio.finish()
            self._audio.close()
        self._container.close()

    def abandon(self) -> None:
        """Closes the files after a failure; what was written is of no use."""
        if self._audio is not None:
            self._audio.close()
        try:
            self._container.close()
        except FFmpegError:  # the failure that led here, a second time
            logger.debug("%s: closing after a failure failed, too", self._name)

    def _flushed(self) -> list["av.Packet[VideoStream]"]:
        """What the encoder still holds; where that is all there is, with times of decoding that can be relied on."""
        packets = self._video.encode(None)
        if self._num_muxed == 0 and self._video.codec_context.name == "libx265":
            time_decoding(packets)
        return packets

    def _mux(self, packets: list["av.Packet[VideoStream]"]) -> None:
        self._num_muxed += len(packets)
        for packet in packets:
            if packet.pts is not None and packet.pts in self._durations:
                # The encoder forgets how long a picture is shown; of the last one nothing else tells it.
                packet.duration = self._durations.pop(packet.pts)
            self._container.mux(packet)

    def _copy_video(self, template: VideoStream | None) -> tuple[VideoStream, None]:
        assert template is not None
        codec = template.codec_context.codec
        is_foreign = codec.name != codec.canonical_name  # a decoder such as libdav1d, for which there is no encoder
        stream = self._container.add_stream_from_template(template, opaque=is_foreign, time_base=self._time_base)
        if template.codec_context.codec.canonical_name == "hevc" and self._container.format.name != "matroska":
            stream.codec_context.codec_tag = "hvc1"
        return stream, None

    def _add_video(self, encoding: Encoding) -> tuple[VideoStream, RgbWriter | PaletteMaker]:
        info = self._like.info
        pix_fmt = self._choose_pix_fmt(encoding)
        stream = self._container.add_stream(
            encoding.codec,
            rate=self._fps,
            time_base=self._time_base,
            width=self._width,
            height=self._height,
            pix_fmt=pix_fmt,
            options=dict(encoding.options),
        )
        assert isinstance(stream, VideoStream)
        tags = RGB_TAGS if av.VideoFormat(pix_fmt).is_rgb else written_tags(info.colour, info.pix_fmt)
        stream.color_primaries, stream.color_trc = tags.primaries, tags.transfer
        stream.colorspace, stream.color_range = tags.matrix, tags.range
        if info.sample_aspect_ratio is not None:
            stream.codec_context.sample_aspect_ratio = info.sample_aspect_ratio
        if encoding.codec == "libx265" and self._container.format.name != "matroska":
            stream.codec_context.codec_tag = "hvc1"  # Apple's players know no other
        if av.VideoFormat(pix_fmt).has_palette:
            return stream, PaletteMaker(self._width, self._height, dither=encoding.dither)
        return stream, RgbWriter(tags, pix_fmt=pix_fmt)

    def _choose_pix_fmt(self, encoding: Encoding) -> str:
        try:
            pix_fmt = encoding.choose_pix_fmt(bits=self._bits, width=self._width, height=self._height)
        except OutputError as error:
            raise OutputError(f"{self._name}: {error}") from error
        if encoding.pix_fmt != AUTO or self._is_quiet:
            return pix_fmt
        if encoding.needs_even and (self._width % 2 or self._height % 2):
            logger.warning(
                "%s: %dx%d is odd, which yuv420p refuses; written as %s, which some players cannot show",
                self._like.path, self._width, self._height, pix_fmt,
            )  # fmt: skip
        elif encoding.codec == "libx264" and bits_of(pix_fmt) > 8:
            logger.warning(
                "%s: keeps the footage's 10 bits, which browsers cannot play as H.264; writer=x265 or writer=av1 they "
                "can, and writer.pix_fmt=yuv420p rounds to 8 bits",
                self._like.path,  # the output has yet another name than its own
            )
        return pix_fmt

    def _header_options(self, path: Path, first: FrameTime) -> dict[str, str]:
        if path.suffix.lower() in (".mkv", ".webm"):
            # Sound begins before 0 by its encoder's delay; by default everything would move by that, pictures too.
            return {"avoid_negative_ts": "disabled"}
        options = {"movflags": "use_metadata_tags+faststart"}
        # A stream that starts late gets an empty edit before it, counted in the movie's time scale: by default
        # milliseconds, so that its start would be rounded.
        starts = [0 if self._timeline.is_cut else (first.pts or 0) * self._time_base]
        if self._audio is not None:
            starts += self._audio.start_steps(is_cut=self._timeline.is_cut)
        timescale = lcm(1000, *(Fraction(start).denominator for start in starts))
        return options | {"movie_timescale": str(timescale)} if timescale <= _MAX_TIMESCALE else options


def _source_pts(frame: FrameTime) -> int:
    return frame.pts if frame.pts is not None else frame.index
