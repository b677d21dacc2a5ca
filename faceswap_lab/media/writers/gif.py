"""GIF: short and small, for places that show no video. 256 colours a frame, no sound."""

from dataclasses import dataclass

from faceswap_lab.media.encoding import Encoding, Keeps, check_choice
from faceswap_lab.media.writers.encoded import Encoded

_DITHERS = ("sierra2_4a", "floyd_steinberg", "bayer", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gif(Encoded):
    """An animated GIF that repeats for ever; each frame has the 256 colours that fit it best.

    Attributes:
        dither: How the colours between are shown: ``sierra2_4a``, ``floyd_steinberg``, ``bayer`` (smaller
            files) or ``none``.

    Raises:
        ConfigError: There is no such way.
    """

    dither: str = _DITHERS[0]

    def encoding(self) -> Encoding:
        """As `Encoded` says."""
        return Encoding(
            name="gif",
            codec="gif",
            suffixes=(".gif",),
            pix_fmts=("pal8",),
            dither=check_choice("dither", self.dither, _DITHERS),
            keeps=Keeps(audio=False),
        )
