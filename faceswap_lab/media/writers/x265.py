"""H.265 through x265: about half the size of H.264, several times slower."""

from dataclasses import dataclass

from faceswap_lab.media.encoding import AUTO, Encoding, Keeps, check_choice, check_number
from faceswap_lab.media.writers.encoded import Encoded
from faceswap_lab.media.writers.x264 import PRESETS

_PIX_FMTS = (
    *("yuv420p", "yuv422p", "yuv444p"),
    *("yuv420p10le", "yuv422p10le", "yuv444p10le"),
    *("yuv420p12le", "yuv422p12le", "yuv444p12le"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class X265(Encoded):
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

    def encoding(self) -> Encoding:
        """As `Encoded` says."""
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
