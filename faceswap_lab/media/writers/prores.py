"""ProRes: large files of 10 bits that every editor takes and cuts at any frame."""

import os
from dataclasses import dataclass

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.encoding import Encoding, Keeps, check_choice
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.writers.opening import open_video
from faceswap_lab.media.writers.writer import Writer

_PROFILES = ("proxy", "lt", "standard", "hq", "4444", "xq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prores:
    """ProRes of 10 bits in MOV or Matroska.

    Attributes:
        profile: ``proxy``, ``lt``, ``standard`` or ``hq`` with half the chroma columns, ``4444`` or ``xq`` with all.
        audio: ``copy`` keeps the sound of the footage, ``none`` leaves it out.
        metadata: ``copy`` keeps title, date, place and chapters of the footage, ``none`` leaves them out.

    Raises:
        ConfigError: A setting is out of its range.
    """

    profile: str = "hq"
    audio: str = "copy"
    metadata: str = "copy"

    def __post_init__(self) -> None:
        self.encoding()  # refuses now rather than at the first picture

    def encoding(self) -> Encoding:
        """What the muxer needs to know."""
        profile = _PROFILES.index(check_choice("profile", self.profile, _PROFILES))
        return Encoding(
            name="prores",
            codec="prores_ks",
            suffixes=(".mov", ".mkv"),
            pix_fmts=("yuv444p10le",) if self.profile in ("4444", "xq") else ("yuv422p10le",),
            options={"profile": str(profile), "vendor": "apl0"},  # some editors refuse any other maker
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
        is_default = self == Prores()
        return open_video(
            path, self.encoding(), like=like, ranges=ranges, tags=tags, segment=segment, is_default=is_default
        )
