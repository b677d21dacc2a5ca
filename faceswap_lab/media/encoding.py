"""What the muxer needs to know of a video's encoder, whichever it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import av

from faceswap_lab.core.errors import ConfigError, OutputError

AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeps:
    """What of the footage goes into the output beside its pictures.

    Attributes:
        audio: The sound.
        metadata: Title, date, place and chapters.
    """

    audio: bool = True
    metadata: bool = True

    @classmethod
    def parse(cls, *, audio: str, metadata: str) -> "Keeps":
        """Returns what the two options say, each ``copy`` or ``none``.

        Raises:
            ConfigError: One says something else.
        """
        choices = ("copy", "none")
        return cls(
            audio=check_choice("audio", audio, choices) == "copy",
            metadata=check_choice("metadata", metadata, choices) == "copy",
        )


EVERYTHING = Keeps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """An encoder with its settings.

    Attributes:
        name: The option that chose it, ``writer=NAME``, for messages.
        codec: FFmpeg's name of the encoder.
        suffixes: Containers that hold its streams, the usual one first.
        pix_fmts: Pixel formats that may be asked for; of one depth, the one that is taken by itself first.
        pix_fmt: One of them; ``auto`` takes the first that is as deep as the footage, or else the deepest.
        options: Settings as FFmpeg names them.
        dither: How a format with a palette shows the colours between; not asked for by others.
        needs_even: Whether it refuses chroma of half a pixel; odd sizes are then written without subsampling.
        keeps: What of the footage goes into the output.

    Raises:
        ConfigError: ``pix_fmt`` is none of them.
    """

    name: str
    codec: str
    suffixes: tuple[str, ...]
    pix_fmts: tuple[str, ...]
    pix_fmt: str = AUTO
    options: Mapping[str, str] = field(default_factory=dict)
    dither: str = "none"
    needs_even: bool = False
    keeps: Keeps = EVERYTHING

    def __post_init__(self) -> None:
        if self.pix_fmt not in (AUTO, *self.pix_fmts):
            raise ConfigError(f"writer.pix_fmt={self.pix_fmt}: choose one of {', '.join((AUTO, *self.pix_fmts))}")

    def choose_pix_fmt(self, *, bits: int, width: int, height: int) -> str:
        """Returns the pixel format for pictures of this size.

        Args:
            bits: Of a channel of the footage.
            width: Of the pictures, px.
            height: The same.

        Raises:
            OutputError: The format that was asked for cannot hold an odd size.
        """
        if self.pix_fmt != AUTO:
            if not self._takes(self.pix_fmt, width, height):
                raise OutputError(
                    f"{width}x{height} is odd, which writer.pix_fmt={self.pix_fmt} refuses; leave it at {AUTO}"
                )
            return self.pix_fmt
        fitting = [name for name in self.pix_fmts if self._takes(name, width, height)]
        deep_enough = sorted({bits_of(name) for name in fitting if bits_of(name) >= bits})
        wanted = deep_enough[0] if deep_enough else max(bits_of(name) for name in fitting)
        return next(name for name in fitting if bits_of(name) == wanted)

    def _takes(self, pix_fmt: str, width: int, height: int) -> bool:
        chosen = av.VideoFormat(pix_fmt)
        across, down = 2 // chosen.chroma_width(2), 2 // chosen.chroma_height(2)
        return not self.needs_even or (width % across == 0 and height % down == 0)


def bits_of(pix_fmt: str) -> int:
    """Returns the bits of a channel."""
    return max(component.bits for component in av.VideoFormat(pix_fmt).components)


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    """Returns the value of an option.

    Raises:
        ConfigError: It is none of the choices.
    """
    if value not in choices:
        raise ConfigError(f"writer.{name}={value}: choose one of {', '.join(choices)}")
    return value


def check_number(name: str, value: float, most: float) -> str:
    """Returns the value of an option, from 0 to the most, as FFmpeg takes it.

    Raises:
        ConfigError: It is outside.
    """
    if not 0 <= value <= most:
        raise ConfigError(f"writer.{name}={value}: expected 0 to {most:g}")
    return f"{value:g}"
