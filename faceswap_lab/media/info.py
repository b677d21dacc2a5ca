"""What is known about footage before its frames are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from faceswap_lab.media.colour import ColourTags

_DEFAULT_RATE = Fraction(25)


@dataclass(frozen=True, slots=True)
class FootageInfo:
    """Facts from the headers and the first frame; nothing else is decoded for them.

    Attributes:
        kind: ``video`` (also GIF), ``folder`` of images, or a single ``image``.
        width: Pixels of the upright frame.
        height: Pixels of the upright frame.
        num_frames: As the container states it, or duration times rate; a damaged file holds fewer. None: unknown.
        fps: Mean frames per second; None for a single image.
        duration_s: Length of the pictures, seconds; None: unknown.
        rotation: Degrees clockwise that turn the stored picture upright (0, 90, 180 or 270); already applied to frames.
        has_audio: Whether there is at least one audio stream.
        bit_depth: Bits per channel in the file. Frames are rounded to 8 unless they are asked for with ``deep=True``.
        variable_frame_rate: Whether the time from frame to frame changes; None: unknown.
        codec: Name of the video codec or the image format's suffix.
        pix_fmt: FFmpeg's name of the stored pixel format; None for images.
        colour: Colour tags as stored; None for images.
        sample_aspect_ratio: Width over height of an upright pixel; None where it is square or unknown.
        time_base: Length of a tick of the frames' ``pts``, seconds; None for a single image.
        metadata: What the container says of the footage, such as title, date and place; nothing about its file.
        chapters: Named spans of the footage, as PyAV gives them.
    """

    kind: Literal["video", "folder", "image"]
    width: int
    height: int
    num_frames: int | None
    fps: float | None
    duration_s: float | None
    rotation: int = 0
    has_audio: bool = False
    bit_depth: int = 8
    variable_frame_rate: bool | None = None
    codec: str = ""
    pix_fmt: str | None = None
    colour: ColourTags | None = None
    sample_aspect_ratio: Fraction | None = None
    time_base: Fraction | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    chapters: Sequence[Any] = ()

    @property
    def rate(self) -> Fraction:
        """Frames a second as encoders take them; 25 where the file states none, or next to none."""
        return Fraction(self.fps or 0).limit_denominator(1001) or _DEFAULT_RATE
