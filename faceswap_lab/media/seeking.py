"""Where to start decoding so that a frame of a given number comes out, without decoding all that lies before it."""

from dataclasses import dataclass
from pathlib import Path

from faceswap_lab.media.container import open_container, video_stream
from faceswap_lab.media.probe import has_one_frame_a_packet

_MAX_REORDER = 64  # packets; H.264 and HEVC allow a frame to be at most 16 away from its place


@dataclass(frozen=True, slots=True)
class SeekPoint:
    """A keyframe at or before the frame that is wanted.

    Attributes:
        timestamp: Where to seek to, ticks.
        target_pts: Time of the wanted frame, ticks.
        numbers: Frame number by pts, for frames up to the wanted one.
    """

    timestamp: int
    target_pts: int
    numbers: dict[int, int]


def find_seek_point(path: Path, number: int) -> SeekPoint | None:
    """Finds the keyframe to start from by reading packets, without decoding, up to the wanted frame.

    Args:
        path: Video file.
        number: Frame wanted, counted from 0 in order of display.

    Returns:
        None where decoding from the start is as good, or is the only way to number the frames with certainty.
    """
    packets: list[tuple[int, int, bool]] = []
    with open_container(path) as container:
        stream = video_stream(container, path)
        if not has_one_frame_a_packet(stream):
            return None
        for packet in container.demux(stream):
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.pts is None or packet.is_corrupt:
                return None
            # By dts, where there is one: an index sorted by dts (MP4) gives exactly this keyframe. Matroska's is sorted
            # by pts and gives it or one before.
            packets.append((packet.pts, packet.pts if packet.dts is None else packet.dts, packet.is_keyframe))
            if len(packets) > number + _MAX_REORDER:
                break
    packets.sort()
    if len({pts for pts, _, _ in packets}) != len(packets) or len(packets) <= number:
        return None
    keyframes = [place for place in range(number + 1) if packets[place][2]]
    if not keyframes or keyframes[-1] == 0:
        return None
    numbers = {pts: place for place, (pts, _, _) in enumerate(packets[: number + 1])}
    return SeekPoint(packets[keyframes[-1]][1], packets[number][0], numbers)
