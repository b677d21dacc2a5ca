"""RGB in the 256 colours that fit a picture best."""

from fractions import Fraction

import av
import numpy as np
from av.filter import Graph

from faceswap_lab.media.frame import Picture
from faceswap_lab.media.pixels import to_8_bits


class PaletteMaker:
    """Turns pictures of one size into frames with a palette of their own each.

    Args:
        width: Of the pictures, px.
        height: The same.
        dither: One of FFmpeg's ways to show the colours between.
    """

    def __init__(self, width: int, height: int, *, dither: str) -> None:
        self._graph = Graph()
        picture = self._graph.add_buffer(
            width=width, height=height, format=av.VideoFormat("rgb24"), time_base=Fraction(1, 1000)
        )
        split = self._graph.add("split")
        # Without a transparent entry: pixels that stayed alike are the encoder's business.
        colours = self._graph.add("palettegen", stats_mode="single", reserve_transparent="0")
        painted = self._graph.add("paletteuse", dither=dither, new="1")
        sink = self._graph.add("buffersink")
        picture.link_to(split)
        split.link_to(painted, 0, 0)
        split.link_to(colours, 1, 0)
        colours.link_to(painted, 0, 1)
        painted.link_to(sink)
        self._graph.configure()
        self._num_made = 0

    def from_rgb(self, image: Picture) -> av.VideoFrame:
        """Returns a new frame; the image is RGB uint8, or uint16 of full range, shape (H, W, 3), and only read."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(to_8_bits(image)), format="rgb24")
        frame.pts = self._num_made  # the filters wait where time stands still
        self._num_made += 1
        self._graph.vpush(frame)
        return self._graph.vpull()
