"""A face set in the forms of others: which form a name asks for, and writing it."""

import os
from collections.abc import Callable
from pathlib import Path

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import check_output
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.preflight import nearest
from faceswap_lab.faces.curation.alignments import write_alignments
from faceswap_lab.faces.curation.coco import write_coco
from faceswap_lab.faces.curation.flat_table import write_csv, write_parquet
from faceswap_lab.faces.curation.overlay import write_overlay
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.media.writer import WriterFactory, open_writer

TABLES: dict[str, Callable[[Faceset, Path], int]] = {
    "alignments": write_alignments,
    "csv": write_csv,
    "parquet": write_parquet,
    "coco": write_coco,
}
OVERLAY = "overlay"
FORMATS = (*TABLES, OVERLAY)
_BY_SUFFIX = {".json": "alignments", ".csv": "csv", ".parquet": "parquet"}
_CLIPS = (".mp4", ".mkv", ".mov", ".m4v")


def format_of(output: str | os.PathLike[str], asked: str | None = None) -> str:
    """The format that was asked for, or that the output's suffix means.

    Raises:
        ConfigError: There is no such format, or the suffix means none.
    """
    if asked is not None:
        if asked not in FORMATS:
            raise ConfigError(f"format={asked} is unknown{nearest(asked, FORMATS)}")
        return asked
    suffix = Path(output).suffix.lower()
    if suffix in _CLIPS:
        return OVERLAY
    if suffix not in _BY_SUFFIX:
        raise ConfigError(f"{os.fspath(output)}: the suffix means no format; give format={', '.join(FORMATS)}")
    return _BY_SUFFIX[suffix]


def export_faces(
    faceset: Faceset,
    output: str | os.PathLike[str],
    *,
    form: str | None = None,
    footage: str | os.PathLike[str] | None = None,
    ranges: FrameRange | None = None,
    make_writer: WriterFactory = open_writer,
) -> int:
    """Writes a face set in another form.

    Args:
        faceset: The set.
        output: File to write.
        form: One of ``FORMATS``; None asks the suffix.
        footage: The clip to draw on, for ``overlay``.
        ranges: Its frames; None: all.
        make_writer: Opens the overlay's output.

    Returns:
        How many faces were written, or frames for ``overlay``.

    Raises:
        ConfigError: There is no such format, or one of its options is missing or has no effect.
        FaceswapLabError: As the format's own function.
    """
    form = format_of(output, form)
    if form == OVERLAY:
        if footage is None:
            raise ConfigError("format=overlay draws on the footage; give footage=")
        return write_overlay(faceset, footage, output, ranges=ranges, make_writer=make_writer)
    if footage is not None or ranges is not None:
        given = "footage" if footage is not None else "range"
        raise ConfigError(f"{given} has no effect on format={form}; leave it out, or choose format=overlay")
    check_output(output, [faceset.path])
    return TABLES[form](faceset, Path(output))
