"""A folder of images, one a frame, in a format that is chosen: for work in other programmes."""

import os
from dataclasses import dataclass
from pathlib import Path

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import check_output
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.encoding import Keeps, check_choice, check_number
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.image_writer import FolderWriter
from faceswap_lab.media.images import JPEG_QUALITY
from faceswap_lab.media.writers.opening import names_of
from faceswap_lab.media.writers.writer import Writer

_FORMATS = ("png", "jpg", "tiff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """A folder of images; PNG and TIFF keep the 16 bits of deeper footage. Sound and times stay behind.

    Attributes:
        image_format: ``png`` or ``tiff``, both exact, or ``jpg``.
        quality: Of JPEG, 0 to 100; the others ignore it.

    Raises:
        ConfigError: A setting is out of its range.
    """

    image_format: str = "png"
    quality: int = JPEG_QUALITY

    def __post_init__(self) -> None:
        check_choice("image_format", self.image_format, _FORMATS)
        check_number("quality", self.quality, 100)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """As `ChosenWriter` says."""
        return ()

    @property
    def keeps(self) -> Keeps:
        """As `ChosenWriter` says."""
        return Keeps(audio=False, metadata=False)

    def __call__(
        self,
        path: str | os.PathLike[str],
        *,
        like: Footage,
        ranges: FrameRange | None = None,
        tags: dict[str, str] | None = None,
        segment: int | None = None,
    ) -> Writer:
        """As `WriterFactory` says; frames of a folder keep their names, but for the suffix."""
        path = Path(path)
        if path.suffix and not path.is_dir():
            raise OutputError(
                f"{path}: writer={self.image_format} writes a folder of images; give a name without a dot, or leave "
                "writer= away for a video or a single image"
            )
        check_output(path, [like.path])
        suffix = f".{self.image_format}"
        names = {index: f"{Path(name).stem}{suffix}" for index, name in names_of(like).items()}
        return FolderWriter(path, names=names, suffix=suffix, quality=self.quality)
