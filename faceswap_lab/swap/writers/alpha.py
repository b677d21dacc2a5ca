"""What the conversion changed, as a layer to be laid over the footage: pictures with alpha."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.media.encoding import Encoding, Keeps
from faceswap_lab.media.frame import Picture
from faceswap_lab.media.image_writer import FolderWriter
from faceswap_lab.media.joining import Segment, join
from faceswap_lab.media.pixels import as_picture
from faceswap_lab.media.video_writer import VideoWriter
from faceswap_lab.media.writer import Writer
from faceswap_lab.provenance.manifest import container_tags
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.writers.companion import Scene, Shot
from faceswap_lab.swap.writers.layer_marks import check_layer_marks
from faceswap_lab.swap.writers.parts import link_files

_NOTHING = Keeps(audio=False, metadata=False)
_VIDEOS = {
    "mov": Encoding(
        name="alpha",
        codec="prores_ks",
        suffixes=(".mov",),
        pix_fmts=("yuva444p10le",),
        options={"profile": "4", "alpha_bits": "16", "vendor": "apl0"},
        keeps=_NOTHING,
    ),
    "webm": Encoding(
        name="alpha",
        codec="libvpx-vp9",
        suffixes=(".webm",),
        pix_fmts=("yuva420p",),
        options={"crf": "18", "b": "0", "deadline": "good", "cpu-used": "2", "auto-alt-ref": "0"},
        keeps=_NOTHING,
    ),
}
_FORMATS = ("png", *_VIDEOS)


class Alpha:
    """``NAME_alpha``: the output's pictures, opaque where a face or the label replaced the footage.

    Colours are those of the whole picture, not multiplied by alpha: no edge turns dark, and without its alpha the layer
    is the marked output. The label belongs to it.

    Args:
        layer_format: ``png``, a folder of RGBA; ``mov``, ProRes 4444; ``webm``, VP9 with alpha.

    Raises:
        ConfigError: It is none of these.
    """

    needs_workings = False
    note = "a layer: label and watermark are in its pictures, the watermark is not to be read once laid over footage"

    def __init__(self, *, layer_format: str = "png") -> None:
        if layer_format not in _FORMATS:
            raise ConfigError(f"also.alpha.layer_format={layer_format}: choose one of {', '.join(_FORMATS)}")
        self._format = layer_format

    def path(self, output: Path) -> Path:
        """As `Companion`."""
        return output.with_name(f"{output.stem}_alpha" + (f".{self._format}" if self._format in _VIDEOS else ""))

    def check(self, marks: Marks) -> None:
        """As `Companion`."""
        check_layer_marks("alpha", marks)

    @contextmanager
    def open(self, stage: Path, scene: Scene) -> Iterator[_Layer]:
        """As `Companion`."""
        with self._writer(stage, scene) as writer:
            yield _Layer(writer)

    @contextmanager
    def open_part(self, path: Path, scene: Scene, *, number: int, memory: Any) -> Iterator[_Layer]:
        """As `Companion`."""
        with self._writer(path, scene, segment=number) as writer:
            yield _Layer(writer)

    def join(self, parts: Sequence[Segment], stage: Path, scene: Scene) -> None:
        """As `Companion`."""
        if self._format not in _VIDEOS:
            link_files([part.path for part in parts], stage, suffix=".png")
            return
        tags = container_tags(self.path(scene.output))
        join(parts, stage, like=scene.footage, ranges=scene.ranges, tags=tags, keeps=_NOTHING)

    def _writer(self, stage: Path, scene: Scene, *, segment: int | None = None) -> Writer:
        if self._format not in _VIDEOS:
            return FolderWriter(stage)
        tags = container_tags(self.path(scene.output))
        encoding = _VIDEOS[self._format]
        return VideoWriter(
            stage, like=scene.footage, encoding=encoding, ranges=scene.ranges, tags=tags, segment=segment
        )


class _Layer:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def write(self, shot: Shot) -> None:
        """As `CompanionWriter`."""
        share = shot.share
        if shot.label_box is not None:
            left, top, right, bottom = shot.label_box
            share[top:bottom, left:right] = 1
        self._writer.write(_with_alpha(shot.image, share), shot.frame)

    def memory(self) -> None:
        """As `CompanionWriter`; each picture is made of its own frame alone."""


def _with_alpha(image: Picture, share: np.typing.NDArray[np.float32]) -> Picture:
    alpha = np.rint(share * np.float32(np.iinfo(image.dtype).max)).astype(image.dtype)
    return as_picture(np.dstack([image, alpha]))
