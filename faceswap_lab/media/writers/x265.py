"""H.265 through x265: about half the size of H.264, several times slower."""

import os
from dataclasses import dataclass

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.encoding import AUTO, Encoding, Keeps, check_choice, check_number
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.writers.opening import open_video
from faceswap_lab.media.writers.writer import Writer
from faceswap_lab.media.writers.x264 import PRESETS

_PIX_FMTS = (
    *("yuv420p", "yuv422p", "yuv444p"),
    *("yuv420p10le", "yuv422p10le", "yuv444p10le"),
    *("yuv420p12le", "yuv422p12le", "yuv444p12le"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class X265:
    """H.265 in MP4, MOV or Matroska.

    Attributes:
        crf: Constant rate factor, 0 (best) to 51 (smallest); about 6 more halve the file.
        preset: Speed against size at the same quality, ``ultrafast`` to ``placebo``.
        pix_fmt: ``yuv420p`` to ``yuv444p12le``; ``auto`` is as deep as the footage, up to 12 bits.
        audio: ``copy`` keeps the sound of the footage, ``none`` leaves it out.
        metadata: ``copy`` keeps title, date, place and chapters of the footage, ``none`` leaves them out.

    Raises:
        ConfigError: A setting is out of its range.
    """

    crf: float = 20
    preset: str = "medium"
    pix_fmt: str = AUTO
    audio: str = "copy"
    metadata: str = "copy"

    def __post_init__(self) -> None:
        self.encoding()  # refuses now rather than at the first picture

    def encoding(self) -> Encoding:
        """What the muxer needs to know."""
        return Encoding(
            name="x265",
            codec="libx265",
            suffixes=(".mp4", ".mkv", ".mov"),
            pix_fmts=_PIX_FMTS,
            pix_fmt=self.pix_fmt,
            options={
                "crf": check_number("crf", self.crf, 51),
                "preset": check_choice("preset", self.preset, PRESETS),
                "x265-params": "log-level=none",
            },
            needs_even=True,
            keeps=Keeps.parse(audio=self.audio, metadata=self.metadata),
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
        is_default = self == X265()
        return open_video(
            path, self.encoding(), like=like, ranges=ranges, tags=tags, segment=segment, is_default=is_default
        )
