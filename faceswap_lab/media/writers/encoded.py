"""What all encoders of videos share: an encoder's file states its settings, and this makes a writer of them."""

import os
from abc import ABC, abstractmethod

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.encoding import Encoding, Keeps
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.writers.opening import open_video
from faceswap_lab.media.writers.writer import Writer


class Encoded(ABC):
    """A `ChosenWriter` of videos; its settings are the fields of a frozen dataclass, each with a default."""

    __slots__ = ()

    def __post_init__(self) -> None:
        self.encoding()  # refuses now rather than at the first picture

    @abstractmethod
    def encoding(self) -> Encoding:
        """What the muxer needs to know. Raises `ConfigError` where a setting is out of its range."""

    @property
    def is_default(self) -> bool:
        """Whether all settings are what they are by default; images ignore others."""
        return self == type(self)()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """As `ChosenWriter` says."""
        return self.encoding().suffixes

    @property
    def keeps(self) -> Keeps:
        """As `ChosenWriter` says."""
        return self.encoding().keeps

    def __call__(
        self,
        path: str | os.PathLike[str],
        *,
        like: Footage,
        ranges: FrameRange | None = None,
        tags: dict[str, str] | None = None,
        segment: int | None = None,
    ) -> Writer:
        """As `WriterFactory` says."""
        return open_video(path, self.encoding(), like=like, ranges=ranges, tags=tags, segment=segment)
