"""H.264 through x264: the one that opens everywhere, as long as it has 8 bits."""

from dataclasses import dataclass

from faceswap_lab.media.encoding import AUTO, Encoding, Keeps, check_choice, check_number
from faceswap_lab.media.writers.encoded import Encoded

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo")
_PIX_FMTS = ("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le")


@dataclass(frozen=True, slots=True, kw_only=True)
class X264(Encoded):
    """H.264 in MP4, MOV or Matroska.

    Attributes:
        crf: Constant rate factor, 0 (best) to 51 (smallest); about 6 more halve the file.
        preset: Speed against size at the same quality, ``ultrafast`` to ``placebo``.
        pix_fmt: ``yuv420p`` to ``yuv444p10le``; ``auto`` keeps 10 bits of deeper footage.
        audio: ``copy`` keeps the sound of the footage, ``none`` leaves it out.
        metadata: ``copy`` keeps title, date, place and chapters of the footage, ``none`` leaves them out.

    Raises:
        ConfigError: A setting is out of its range.
    """

    crf: float = 16
    preset: str = "medium"
    pix_fmt: str = AUTO
    audio: str = "copy"
    metadata: str = "copy"

    def encoding(self) -> Encoding:
        """As `Encoded` says."""
        return Encoding(
            name="x264",
            codec="libx264",
            suffixes=(".mp4", ".mkv", ".mov", ".m4v"),
            pix_fmts=_PIX_FMTS,
            pix_fmt=self.pix_fmt,
            options={
                "crf": check_number("crf", self.crf, 51),
                "preset": check_choice("preset", self.preset, PRESETS),
            },
            needs_even=True,
            keeps=Keeps.parse(audio=self.audio, metadata=self.metadata),
        )
