"""Times of decoding: rising, never after a picture is shown, and as late as the order allows."""

import av
import pytest

from faceswap_lab.media.decode_times import time_decoding


def packet(pts: int | None, dts: int) -> av.Packet:
    made = av.Packet(b"x")
    made.pts, made.dts = pts, dts
    return made


@pytest.mark.parametrize(
    ("shown", "decoded"),
    [([0, 800], [0, 800]), ([0, 700, 400], [-300, 100, 400]), ([7], [7]), ([], [])],
)
def test_undefined_times_are_replaced(shown: list[int], decoded: list[int]) -> None:
    packets = [packet(pts, -(2**62)) for pts in shown]
    time_decoding(packets)
    assert [one.dts for one in packets] == decoded
    assert all(one.dts <= one.pts for one in packets)


def test_packets_without_a_time_are_left_alone() -> None:
    packets = [packet(None, 5), packet(0, 6)]
    time_decoding(packets)
    assert [one.dts for one in packets] == [5, 6]
