"""Decoding that survives damaged files, and counts what was lost."""

from collections.abc import Iterator

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream


class Decoder:
    """Decodes the frames of a stream in order of display, past broken packets.

    After a broken packet, frames still inside the decoder are handed out only if nothing that is missing could belong
    before them (their pts is below the packet's dts): a rule that does not depend on the number of decoding threads.
    Decoding goes on at the next keyframe, because what lies between refers to lost pictures. Lost frames are counted,
    so that the frames after them keep their numbers.

    Args:
        container: Open file, placed where decoding is to start.
        stream: Its video stream.

    Attributes:
        num_read: Frames handed out so far.
        num_lost: Frames known to be lost so far.
        reached_end: Whether the file was read to its end.
    """

    def __init__(self, container: InputContainer, *, stream: VideoStream) -> None:
        self._container, self._stream = container, stream
        self.num_read = 0
        self.num_lost = 0
        self.reached_end = False

    def frames(self) -> Iterator[tuple[int, av.VideoFrame]]:
        """Yields (number, frame), counted from 0 where decoding started, lost frames included."""
        num_seen = 0
        waits_for_keyframe = False
        for packet in self._packets():
            is_data = packet.size > 0
            num_seen += is_data and not packet.is_discard
            if is_data and packet.is_corrupt:
                for frame in self._drain(packet.dts):
                    yield self._numbered(frame)
                self.num_lost = num_seen - self.num_read
                waits_for_keyframe = True
            elif is_data and waits_for_keyframe and not packet.is_keyframe:
                self.num_lost += 1
            else:
                waits_for_keyframe = False
                for frame in self._decode(packet):
                    yield self._numbered(frame)
        self.reached_end = True

    def _numbered(self, frame: av.VideoFrame) -> tuple[int, av.VideoFrame]:
        number = self.num_read + self.num_lost
        self.num_read += 1
        return number, frame

    def _packets(self) -> "Iterator[av.Packet[VideoStream]]":
        try:
            yield from self._container.demux(self._stream)
        except FFmpegError:  # the file breaks off inside a packet's header: what was read is all there is
            self.num_lost += 1

    def _decode(self, packet: "av.Packet[VideoStream]") -> list[av.VideoFrame]:
        try:
            return packet.decode()
        except FFmpegError:
            self.num_lost += 1
            return []

    def _drain(self, before_dts: int | None) -> list[av.VideoFrame]:
        context = self._stream.codec_context
        try:
            frames = context.decode(None)
        except FFmpegError:
            frames = []
        context.flush_buffers()
        if before_dts is None:
            return frames
        return [frame for frame in frames if frame.pts is None or frame.pts < before_dts]
