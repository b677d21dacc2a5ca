"""VP9 through libvpx: for the web, free of licences."""

from dataclasses import dataclass

from faceswap_lab.media.encoding import AUTO, Encoding, Keeps, check_number
from faceswap_lab.media.writers.encoded import Encoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Vp9(Encoded):
    """VP9 in WebM, Matroska or MP4.

    Attributes:
        crf: Constant quality, 0 (best) to 63 (smallest).
        speed: 0 (smallest file) to 8 (fastest).
        pix_fmt: ``yuv420p``, ``yuv422p`` or ``yuv444p``: this libvpx is built for 8 bits.
        audio: ``copy`` keeps the sound of the footage, ``none`` leaves it out.
        metadata: ``copy`` keeps title, date, place and chapters of the footage, ``none`` leaves them out.

    Raises:
        ConfigError: A setting is out of its range.
    """

    crf: float = 24
    speed: int = 2
    pix_fmt: str = AUTO
    audio: str = "copy"
    metadata: str = "copy"

    def encoding(self) -> Encoding:
        """As `Encoded` says."""
        return Encoding(
            name="vp9",
            codec="libvpx-vp9",
            suffixes=(".webm", ".mkv", ".mp4"),
            pix_fmts=("yuv420p", "yuv422p", "yuv444p"),
            pix_fmt=self.pix_fmt,
            options={
                "crf": check_number("crf", self.crf, 63),
                "b": "0",  # without it crf is only a lower bound
                "deadline": "good",
                "cpu-used": check_number("speed", self.speed, 8),
                "row-mt": "1",
            },
            keeps=Keeps.parse(audio=self.audio, metadata=self.metadata),
        )
