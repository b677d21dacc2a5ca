"""Times at which a clip's pictures are decoded, from those at which they are shown."""

from collections.abc import Sequence

import av


def time_decoding(packets: Sequence["av.Packet[av.VideoStream]"]) -> None:
    """Gives all packets of a clip, in order of decoding, times of decoding anew.

    x265 leaves them undefined in clips of fewer pictures than it reorders, such as a last segment of two: often a time
    three hundred years ago, which MP4 cannot hold.

    Args:
        packets: All of them, each with its ``pts``.
    """
    shown = sorted(packet.pts for packet in packets if packet.pts is not None)
    if len(shown) != len(packets):
        return
    times = list(zip(packets, shown, strict=True))
    delay = max((time - (packet.pts or 0) for packet, time in times), default=0)  # no picture is shown before that
    for packet, time in times:
        packet.dts = time - delay
