"""Frames as images: a folder of them, or a single one."""

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import explain_os_error
from faceswap_lab.media.frame import Frame, Picture
from faceswap_lab.media.images import IMAGE_SUFFIXES, JPEG_QUALITY, encode_image, write_image


class FolderWriter:
    """Writes each frame as an image into a folder, which appears under its name only when it is whole.

    Args:
        path: The folder; it must not exist yet, or be empty.
        names: File name by frame index; others are named ``frame_000123`` after their index.
        suffix: Format of the images that ``names`` does not name.
        quality: Of JPEG, 0 to 100.

    Raises:
        OutputError: The folder holds files, or the suffix is none of an image.
    """

    def __init__(
        self, path: Path, *, names: dict[int, str] | None = None, suffix: str = ".png", quality: int = JPEG_QUALITY
    ) -> None:
        if suffix not in IMAGE_SUFFIXES:
            raise OutputError(f"image format {suffix[1:]!r}: choose one of {', '.join(s[1:] for s in IMAGE_SUFFIXES)}")
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise OutputError(f"{path}: already holds files; choose another output or remove it")
        self._path, self._names, self._suffix = path, names or {}, suffix
        self._quality = quality
        self._temporary = path
        self._num_written = 0

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._temporary = Path(tempfile.mkdtemp(prefix=f".{self._path.name[:80]}.", dir=self._path.parent))
            self._temporary.chmod(0o777 & ~_umask())  # mkdtemp makes it private
        except OSError as error:
            raise explain_os_error(error, self._path) from error
        return self

    def write(self, image: Picture, frame: Frame) -> None:
        """Writes a picture as ``Writer.write`` says."""
        name = self._names.get(frame.index, f"frame_{frame.index:06d}{self._suffix}")
        data = encode_image(image, suffix=Path(name).suffix, quality=self._quality)
        try:
            (self._temporary / name).write_bytes(data)
        except OSError as error:
            raise explain_os_error(error, self._path / name) from error
        self._num_written += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and not self._num_written:
                raise OutputError(f"{self._path}: no frame was written, so there is nothing to save")
            if error is None:
                os.replace(self._temporary, self._path)
        except OSError as failure:
            raise explain_os_error(failure, self._path) from failure
        finally:
            shutil.rmtree(self._temporary, ignore_errors=True)


class ImageWriter:
    """Writes the one frame there is.

    Args:
        path: File to write; its suffix chooses the format.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._image: Picture | None = None

    def __enter__(self) -> Self:
        return self

    def write(self, image: Picture, frame: Frame) -> None:
        """Keeps the picture until the end, as ``Writer.write`` says.

        Raises:
            OutputError: It is not the only one.
        """
        if self._image is not None:
            raise OutputError(f"{self._path}: one image cannot hold several frames; name a folder or an .mp4 instead")
        self._image = image

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            return
        if self._image is None:
            raise OutputError(f"{self._path}: no frame was written, so there is nothing to save")
        write_image(self._path, self._image)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
