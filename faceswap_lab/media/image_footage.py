"""A folder of images, or a single one, as footage."""

import logging
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from faceswap_lab.core.errors import FootageError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.images import IMAGE_SUFFIXES, read_image, read_picture
from faceswap_lab.media.info import FootageInfo
from faceswap_lab.media.pixels import to_8_bits, to_16_bits
from faceswap_lab.media.selection import Selection

FOLDER_FPS = 25
"""Images say nothing about time; a folder of them is shown at this rate, frames per second."""

logger = logging.getLogger(__name__)


class ImageFootage:
    """Images in the order of their names, numbers in them by value (``2`` before ``10``); each is one frame.

    An image that cannot be decoded is left out with a warning and keeps its index.

    Args:
        path: The folder, or the one image.
        files: The images.

    Raises:
        FootageError: There is no image, or none can be decoded.
    """

    def __init__(self, path: Path, *, files: Sequence[Path]) -> None:
        self.path = path
        self.files = sorted(files, key=_natural_key)
        self.problems: list[str] = []
        self._is_folder = path.is_dir()
        if not self.files:
            raise FootageError(f"{path}: the folder holds no image; expected {', '.join(IMAGE_SUFFIXES)}")
        self.info = self._probe()

    def frames(
        self, ranges: FrameRange | None = None, every: int = 1, *, deferred: bool = False, deep: bool = False
    ) -> Iterator[Frame]:
        """Yields frames as ``Footage.frames`` says."""
        return self._frames(Selection(ranges, every=every), deep=deep and self.info.bit_depth > 8)

    def _frames(self, selection: Selection, *, deep: bool) -> Iterator[Frame]:
        for index, file in enumerate(self.files):
            if selection.is_over(index):
                break
            if not selection.takes(index):
                continue
            try:
                whole = to_16_bits(read_picture(file)) if deep else None
                image = read_image(file) if whole is None else to_8_bits(whole)
            except FootageError as error:
                if not self._is_folder:
                    raise
                self._note(str(error))
                continue
            yield Frame(image, index, index / FOLDER_FPS, index, Fraction(1, FOLDER_FPS), 1, whole)
        selection.check_any(self.path, len(self.files))

    def _probe(self) -> FootageInfo:
        image = read_picture(self._first_readable())
        return FootageInfo(
            kind="folder" if self._is_folder else "image",
            width=image.shape[1],
            height=image.shape[0],
            num_frames=len(self.files),
            fps=float(FOLDER_FPS) if self._is_folder else None,
            duration_s=len(self.files) / FOLDER_FPS if self._is_folder else None,
            bit_depth=8 * image.itemsize,
            variable_frame_rate=False,
            codec=self.files[0].suffix.lower().lstrip("."),
            time_base=Fraction(1, FOLDER_FPS) if self._is_folder else None,
        )

    def _first_readable(self) -> Path:
        for file in self.files[:-1]:
            try:
                read_image(file)
            except FootageError:  # said when its turn comes
                continue
            return file
        return self.files[-1]

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)
            logger.warning(problem)


def _natural_key(path: Path) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", path.name)
    return [(0, int(part), part) if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts if part]
