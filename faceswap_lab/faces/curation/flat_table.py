"""A face set as a flat table, a row a face: CSV for spreadsheets, Parquet for data frames."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import atomic_path, atomic_write_text
from faceswap_lab.faces.curation.columns import STORED, size_of
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow

_ARRAYS = {
    "box": ("x0", "y0", "x1", "y1"),
    "frame_to_crop": tuple(f"m{row}{column}" for row in range(2) for column in range(3)),
    "landmarks_682": tuple(f"{axis}{point}" for point in range(68) for axis in ("x", "y")),
}


def write_csv(faceset: Faceset, output: str | Path) -> int:
    """Writes every face as one line, rejected ones included, and returns how many.

    Columns: those of the table, then ``name`` and ``size``, the box as ``box_x0`` …, the matrix as
    ``frame_to_crop_m00`` … and landmarks as ``landmark_x0``, ``landmark_y0`` …; vectors are left out.

    Raises:
        OutputError: The file cannot be written.
    """
    rows = faceset.rows(include_rejected=True)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    arrays = [f"{_prefix(name)}_{part}" for name, parts in _ARRAYS.items() for part in parts]
    writer.writerow([*STORED, "name", "size", *arrays])
    for row in rows:
        numbers = [number for name in _ARRAYS for number in getattr(row, name).ravel().tolist()]
        writer.writerow([*_plain(faceset, row).values(), *numbers])
    atomic_write_text(output, stream.getvalue())
    return len(rows)


def write_parquet(faceset: Faceset, output: str | Path) -> int:
    """Writes every face, rejected ones included, and returns how many.

    Columns: those of the table, then ``name`` and ``size``; ``box``, ``frame_to_crop``, ``landmarks`` and ``embedding``
    are lists of float64, row by row.

    Raises:
        ConfigError: pyarrow is not installed.
        OutputError: The file cannot be written.
    """
    try:
        import pyarrow  # pyright: ignore[reportMissingImports]
        from pyarrow import parquet  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ConfigError(
            "format=parquet needs pyarrow: pip install 'faceswap-lab[stream]', or choose format=csv"
        ) from error
    rows = faceset.rows(include_rejected=True)
    table = pyarrow.Table.from_pylist([_plain(faceset, row) | _lists(row) for row in rows])
    with atomic_path(output) as temporary:
        parquet.write_table(table, str(temporary))
    return len(rows)


def _plain(faceset: Faceset, row: FaceRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in STORED}
    return values | {"name": row.file_name, "size": size_of(row, faceset.crop_spec.size)}


def _lists(row: FaceRow) -> dict[str, list[float] | None]:
    arrays: Iterable[str] = (*_ARRAYS, "embedding")
    found = {name: getattr(row, name) for name in arrays}
    return {
        "landmarks" if name == "landmarks_682" else name: None if value is None else value.ravel().tolist()
        for name, value in found.items()
    }


def _prefix(name: str) -> str:
    return "landmark" if name == "landmarks_682" else name
