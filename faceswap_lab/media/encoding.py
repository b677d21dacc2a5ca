"""How video is encoded."""

from dataclasses import dataclass

from faceswap_lab.core.errors import ConfigError

_CODECS = ("libx264", "libx265")
_PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """Settings of the encoder.

    Attributes:
        codec: ``libx264`` (H.264, opens everywhere) or ``libx265`` (H.265, smaller files).
        crf: Constant rate factor, 0 (lossless but for the colour subsampling) to 51; about 6 more halves the file.
        preset: Speed against size at the same quality, ``ultrafast`` to ``placebo``.

    Raises:
        ConfigError: A value is outside of these.
    """

    codec: str = "libx264"
    crf: float = 18
    preset: str = "medium"

    def __post_init__(self) -> None:
        if self.codec not in _CODECS:
            raise ConfigError(f"writer.codec={self.codec}: choose one of {', '.join(_CODECS)}")
        if not 0 <= self.crf <= 51:
            raise ConfigError(f"writer.crf={self.crf}: expected 0 (best) to 51 (smallest)")
        if self.preset not in _PRESETS:
            raise ConfigError(f"writer.preset={self.preset}: choose one of {', '.join(_PRESETS)}")

    def options(self) -> dict[str, str]:
        """Returns the options of the encoder as FFmpeg names them."""
        options = {"crf": str(self.crf), "preset": self.preset}
        return options | {"x265-params": "log-level=none"} if self.codec == "libx265" else options
