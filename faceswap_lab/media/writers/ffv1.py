"""FFV1: without any loss, for archives and for further work."""

from dataclasses import dataclass

from faceswap_lab.media.encoding import AUTO, Encoding, Keeps
from faceswap_lab.media.writers.encoded import Encoded

_RGB = ("bgr0", "gbrp10le", "gbrp12le", "gbrp14le", "gbrp16le")
_YUV = tuple(f"yuv{chroma}p{bits}" for bits in ("", "10le", "12le", "16le") for chroma in ("420", "422", "444"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ffv1(Encoded):
    """Lossless video in Matroska.

    Attributes:
        pix_fmt: ``auto`` stores RGB as deep as the footage, so that what is read back from 8 bits is what was written;
            the YCbCr formats are smaller and round.
        audio: ``copy`` keeps the sound of the footage, ``none`` leaves it out.
        metadata: ``copy`` keeps title, date, place and chapters of the footage, ``none`` leaves them out.

    Raises:
        ConfigError: A setting is out of its range.
    """

    pix_fmt: str = AUTO
    audio: str = "copy"
    metadata: str = "copy"

    def encoding(self) -> Encoding:
        """As `Encoded` says."""
        return Encoding(
            name="ffv1",
            codec="ffv1",
            suffixes=(".mkv",),
            pix_fmts=(*_RGB, *_YUV),
            pix_fmt=self.pix_fmt,
            # Version 3 is the one that archives keep: with checksums, and slices that are decoded apart.
            options={"level": "3", "slicecrc": "1", "slices": "4", "g": "1"},
            keeps=Keeps.parse(audio=self.audio, metadata=self.metadata),
        )
