"""What every way of writing an output is: pictures in order, and a whole output or none."""

import os
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.encoding import Keeps
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import Frame, Picture


class Writer(Protocol):
    """Takes pictures in order; used in a ``with`` block, at whose end the output appears whole or not at all."""

    def __enter__(self) -> Self: ...

    def write(self, image: Picture, frame: Frame) -> None:
        """Appends a picture.

        Args:
            image: RGB uint8, or uint16 of full range, shape (H, W, 3); what the output cannot hold is rounded.
            frame: The frame it was made from, which gives it its time and its name.

        Raises:
            OutputError: It cannot be written, the disk is full, or the encoder refuses.
            ShapeError: The size changes within a video.
        """
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class WriterFactory(Protocol):
    """A way of writing with its settings already chosen, as ``conf/writer`` gives it."""

    def __call__(
        self,
        path: str | os.PathLike[str],
        *,
        like: Footage,
        ranges: FrameRange | None = None,
        tags: dict[str, str] | None = None,
        segment: int | None = None,
    ) -> Writer:
        """Returns a writer; nothing is created yet.

        Args:
            path: Where to; the suffix chooses the container, no suffix a folder of images.
            like: The footage that the pictures are made from: gives times, colours, sound and file names.
            ranges: The frames that will be written. A video then begins at 0 with the sound of the same span; None
                keeps the times of the footage and all of its sound.
            tags: Metadata of a video's container, beside that of the footage.
            segment: Number of a segment of a video: pictures alone, for `joining.join`.

        Raises:
            OutputError: The suffix is not one of this kind, the output is the footage itself, or its folder is not
                writable.
        """
        ...


@runtime_checkable
class ChosenWriter(WriterFactory, Protocol):
    """What ``conf/writer`` gives: a way of writing that also says what it can write."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Containers, the usual one first; none: a folder of images."""
        ...

    @property
    def keeps(self) -> Keeps:
        """What of the footage goes into the output beside its pictures."""
        ...
