"""Several footages, one after the other, into one folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from faceswap_lab.core.errors import ConfigError, FootageError, OutputError
from faceswap_lab.core.files import check_output
from faceswap_lab.media.images import IMAGE_SUFFIXES
from faceswap_lab.media.video_writer import VIDEO_SUFFIXES
from faceswap_lab.swap.report import ConvertReport

logger = logging.getLogger(__name__)


def output_names(clips: Sequence[Path], folder: Path, *, suffixes: Sequence[str]) -> list[Path]:
    """Where each footage's result goes: under its own name, in another container where its own cannot be written.

    Args:
        clips: The footage.
        folder: Where the results go.
        suffixes: Containers that can be written, the usual one first; none: folders of images.

    Raises:
        ConfigError: Two have the same name.
        OutputError: The output is no folder, or cannot be written to.
    """
    if folder.suffix.lower() in (*VIDEO_SUFFIXES, ".gif", *IMAGE_SUFFIXES) and not folder.is_dir():
        raise OutputError(f"output={folder}: footage is a list or a pattern; name a folder for the results")
    outputs = [folder / _name(clip, suffixes) for clip in clips]
    for output in outputs:
        twice = [str(clip) for clip, other in zip(clips, outputs, strict=True) if other == output]
        if len(twice) > 1:
            raise ConfigError(f"footage: {' and '.join(twice)} would both become {output}; convert them apart")
    check_output(folder / "any", clips)
    return outputs


def convert_many(
    clips: Sequence[Path],
    folder: Path,
    convert: Callable[[Path, Path], ConvertReport],
    *,
    suffixes: Sequence[str] = VIDEO_SUFFIXES,
) -> list[ConvertReport]:
    """Converts footage after footage; one that cannot be read is warned about and left out.

    Args:
        clips: At least one.
        folder: Made where it is missing.
        convert: Converts one footage to one output.
        suffixes: As ``output_names``.

    Returns:
        A report for each that was converted.

    Raises:
        FaceswapLabError: As ``output_names``, or as ``convert`` raised it for anything but a footage; what was written
            before is whole.
        FootageError: None could be read, or the only one could not.
    """
    reports: list[ConvertReport] = []
    failures: list[FootageError] = []
    for clip, output in zip(clips, output_names(clips, folder, suffixes=suffixes), strict=True):
        try:
            reports.append(convert(clip, output))
        except FootageError as error:
            if len(clips) == 1:
                raise
            logger.warning("%s; it is left out", error)
            failures.append(error)
    if not reports:
        raise FootageError(f"none of {len(clips)} footages was converted; the first said: {failures[0]}")
    return reports


def _name(clip: Path, suffixes: Sequence[str]) -> str:
    if clip.is_dir():
        return clip.name
    if not suffixes:
        return clip.stem
    return clip.name if clip.suffix.lower() in (*suffixes, *IMAGE_SUFFIXES) else f"{clip.stem}{suffixes[0]}"
