"""ProRes: large files of 10 bits that every editor takes and cuts at any frame."""

from dataclasses import dataclass

from faceswap_lab.media.encoding import Encoding, Keeps, check_choice
from faceswap_lab.media.writers.encoded import Encoded

_PROFILES = ("proxy", "lt", "standard", "hq", "4444", "xq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prores(Encoded):
    """ProRes of 10 bits in MOV or Matroska.

    Attributes:
        profile: ``proxy``, ``lt``, ``standard`` or ``hq`` with half the chroma columns, ``4444`` or ``xq`` with all.
        audio: ``copy`` keeps the sound of the footage, ``none`` leaves it out.
        metadata: ``copy`` keeps title, date, place and chapters of the footage, ``none`` leaves them out.

    Raises:
        ConfigError: A setting is out of its range.
    """

    profile: str | int = "hq"
    audio: str = "copy"
    metadata: str = "copy"

    def encoding(self) -> Encoding:
        """As `Encoded` says."""
        name = str(self.profile)  # 4444 comes as a number from the command line
        profile = _PROFILES.index(check_choice("profile", name, _PROFILES))
        return Encoding(
            name="prores",
            codec="prores_ks",
            suffixes=(".mov", ".mkv"),
            pix_fmts=("yuv444p10le",) if name in ("4444", "xq") else ("yuv422p10le",),
            options={"profile": str(profile), "vendor": "apl0"},  # some editors refuse any other maker
            keeps=Keeps.parse(audio=self.audio, metadata=self.metadata),
        )
