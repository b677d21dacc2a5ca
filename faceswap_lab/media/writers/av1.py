"""AV1 through SVT-AV1: the smallest files, free of licences."""

import os
from dataclasses import dataclass

from faceswap_lab.media.encoding import AUTO, Encoding, Keeps, check_number
from faceswap_lab.media.writers.encoded import Encoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Av1(Encoded):
    """AV1 in MP4, WebM or Matroska.

    Attributes:
        crf: Constant quality, 0 (best) to 63 (smallest).
        preset: 0 (smallest file) to 13 (fastest).
        pix_fmt: ``yuv420p`` or ``yuv420p10le``; ``auto`` keeps 10 bits of deeper footage.
        audio: ``copy`` keeps the sound of the footage, ``none`` leaves it out.
        metadata: ``copy`` keeps title, date, place and chapters of the footage, ``none`` leaves them out.

    Raises:
        ConfigError: A setting is out of its range.
    """

    crf: float = 24
    preset: int = 8
    pix_fmt: str = AUTO
    audio: str = "copy"
    metadata: str = "copy"

    def __post_init__(self) -> None:
        os.environ.setdefault("SVT_LOG", "1")  # errors only; it has no other way to be told
        self.encoding()  # refuses now rather than at the first picture

    def encoding(self) -> Encoding:
        """As `Encoded` says."""
        return Encoding(
            name="av1",
            codec="libsvtav1",
            suffixes=(".mp4", ".webm", ".mkv"),
            pix_fmts=("yuv420p", "yuv420p10le"),
            pix_fmt=self.pix_fmt,
            options={
                "crf": check_number("crf", self.crf, 63),
                "preset": check_number("preset", self.preset, 13),
            },
            keeps=Keeps.parse(audio=self.audio, metadata=self.metadata),
        )
