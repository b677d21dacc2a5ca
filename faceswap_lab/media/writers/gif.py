"""GIF: short and small, for places that show no video. 256 colours a frame, no sound."""

import os
from dataclasses import dataclass

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.encoding import Encoding, Keeps, check_choice
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.writers.opening import open_video
from faceswap_lab.media.writers.writer import Writer

_DITHERS = ("sierra2_4a", "floyd_steinberg", "bayer", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gif:
    """An animated GIF that repeats for ever; each frame has the 256 colours that fit it best.

    Attributes:
        dither: How the colours between are shown: ``sierra2_4a``, ``floyd_steinberg``, ``bayer`` (smaller
            files) or ``none``.

    Raises:
        ConfigError: There is no such way.
    """

    dither: str = _DITHERS[0]

    def __post_init__(self) -> None:
        self.encoding()  # refuses now rather than at the first picture

    def encoding(self) -> Encoding:
        """What the muxer needs to know."""
        return Encoding(
            name="gif",
            codec="gif",
            suffixes=(".gif",),
            pix_fmts=("pal8",),
            dither=check_choice("dither", self.dither, _DITHERS),
            keeps=Keeps(audio=False),
        )

    @property
    def suffixes(self) -> tuple[str, ...]:
        """As `ChosenWriter` says."""
        return self.encoding().suffixes

    @property
    def keeps(self) -> Keeps:
        """As `ChosenWriter` says."""
        return self.encoding().keeps

    def __call__(
        self,
        path: str | os.PathLike[str],
        *,
        like: Footage,
        ranges: FrameRange | None = None,
        tags: dict[str, str] | None = None,
        segment: int | None = None,
    ) -> Writer:
        """As `WriterFactory` says."""
        is_default = self == Gif()
        return open_video(
            path, self.encoding(), like=like, ranges=ranges, tags=tags, segment=segment, is_default=is_default
        )
