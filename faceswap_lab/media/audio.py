"""The sound of the footage on its way into the output: packets are copied as they are, not decoded and encoded."""

import logging
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError

from faceswap_lab.media.container import open_input

logger = logging.getLogger(__name__)

_BIT_RATE = 192_000  # bits per second and stream, for sound that must be encoded anew


class AudioCopy:
    """Reads the audio streams of the footage beside its pictures and writes them up to the time asked for.

    Args:
        path: The footage, opened a second time.
        output: Where the streams are added; its header must not be written yet.
    """

    def __init__(self, path: Path, *, output: OutputContainer) -> None:
        self._path = path
        self._input = open_input(path)
        self._tracks: dict[int, _Track] = {}
        for stream in self._input.streams.audio:
            track = _open_track(stream, output, path)
            if track is not None:
                self._tracks[stream.index] = track
        self._packets = self._demux()
        self._held: av.Packet[AudioStream] | None = None
        self._start_s: Fraction | None = None
        self._shift_s = Fraction(0)

    def start_steps(self, *, is_cut: bool) -> list[Fraction]:
        """Returns seconds of which the time when each stream begins will be a multiple, if that is after 0.

        Args:
            is_cut: Whether it will begin somewhere within the footage.
        """
        ticks = [(stream.start_time or 0, stream.time_base or Fraction(1)) for stream in self._input.streams.audio]
        return [base if is_cut else start * base for start, base in ticks if is_cut or start > 0]

    def cut(self, *, start_s: Fraction | None, shift_s: Fraction) -> None:
        """Begins a piece: sound before its start is dropped, and what follows moves towards 0.

        Args:
            start_s: Time in the footage; None: from the beginning.
            shift_s: Seconds by which the piece moves.
        """
        self._start_s, self._shift_s = start_s, shift_s

    def copy(self, *, until_s: Fraction | None) -> None:
        """Writes the sound that begins before a time of the footage; None: all that is left."""
        while (packet := self._next()) is not None:
            time = packet.pts if packet.pts is not None else packet.dts
            if time is None:
                continue
            time_s = time * packet.time_base
            if until_s is not None and time_s >= until_s:
                self._held = packet
                return
            if self._start_s is None or time_s >= self._start_s:
                self._tracks[packet.stream_index].write(packet, self._shift_s)

    def finish(self) -> None:
        """Writes what encoders hold back."""
        for track in self._tracks.values():
            track.finish()

    def close(self) -> None:
        """Closes the footage."""
        self._packets.close()
        self._input.close()

    def _next(self) -> "av.Packet[AudioStream] | None":
        held, self._held = self._held, None
        return held if held is not None else next(self._packets, None)

    def _demux(self) -> "Generator[av.Packet[AudioStream], None, None]":
        streams = tuple(stream for stream in self._input.streams.audio if stream.index in self._tracks)
        if not streams:
            return
        try:
            yield from self._input.demux(streams)
        except FFmpegError as error:
            logger.warning(
                "%s: the sound breaks off (%s); the rest of the output is silent", self._path, error.strerror
            )


class _Track(Protocol):
    def write(self, packet: "av.Packet[AudioStream]", shift_s: Fraction) -> None: ...

    def finish(self) -> None: ...


class _Copied:
    def __init__(self, output: OutputContainer, stream: AudioStream) -> None:
        self._output, self._stream = output, stream

    def write(self, packet: "av.Packet[AudioStream]", shift_s: Fraction) -> None:
        shift = round(shift_s / packet.time_base)
        if packet.pts is not None:
            packet.pts -= shift
        if packet.dts is not None:
            packet.dts -= shift
        packet.stream = self._stream
        self._output.mux(packet)

    def finish(self) -> None:
        pass  # nothing is held back


class _Transcoded:
    def __init__(self, output: OutputContainer, stream: AudioStream) -> None:
        self._output, self._stream = output, stream

    def write(self, packet: "av.Packet[AudioStream]", shift_s: Fraction) -> None:
        for frame in packet.decode():
            if frame.pts is not None and frame.time_base is not None:
                frame.pts -= round(shift_s / frame.time_base)
            self._output.mux(self._stream.encode(frame))

    def finish(self) -> None:
        self._output.mux(self._stream.encode(None))


def _open_track(stream: AudioStream, output: OutputContainer, path: Path) -> _Track | None:
    if stream.codec_context is None:
        logger.warning("%s: audio stream %d has no decoder and is left out", path, stream.index)
        return None
    name = stream.codec_context.codec.canonical_name
    try:
        track = _Copied(output, output.add_stream_from_template(stream))
    except ValueError:  # the container cannot hold this codec
        logger.warning(
            "%s: %s sound cannot be kept as it is in %s and is encoded as %s; .mkv or .mov may keep it",
            path, name, output.format.name, "Opus" if output.format.name == "webm" else "AAC",
        )  # fmt: skip
        return _Transcoded(output, _add_encoder(stream, output))
    return track


def _add_encoder(stream: AudioStream, output: OutputContainer) -> AudioStream:
    codec = "libopus" if output.format.name == "webm" else "aac"
    rates = av.Codec(codec, "w").audio_rates or []
    rate = stream.codec_context.sample_rate
    rate = rate if rate in rates else 48_000
    return output.add_stream(codec, rate=rate, layout=stream.codec_context.layout, bit_rate=_BIT_RATE)
