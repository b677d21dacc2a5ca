"""New face sets from the faces of existing ones: whole under their name, or not there at all."""

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.files import check_output, explain_os_error
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow, row_to_sql


@contextmanager
def staged_folder(path: Path, inputs: Iterable[Path]) -> Iterator[Path]:
    """Yields a temporary folder that takes its name only if the block ends well.

    Raises:
        FacesetError: The name is taken by something that is not an empty folder.
        OutputError: It cannot be written, or is one of the inputs.
    """
    check_output(path, inputs)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FacesetError(f"{path} is there already; choose a new folder for output=")
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        if path.is_dir():
            path.rmdir()
        os.rename(temporary, path)
    except OSError as error:
        raise explain_os_error(error, path) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def copy_faces(source: Faceset, rows: Iterable[FaceRow], target: Faceset) -> int:
    """Copies rows with their images as they are; rows whose crop is gone stay behind.

    Args:
        source: Where the rows are from.
        rows: What to copy.
        target: Another set of the same crop; the copies count from its next commit on.

    Returns:
        How many were copied.

    Raises:
        FacesetError: The target has one of the faces already.
        OutputError: The disk is full.
    """
    num_copied = 0
    for row in rows:
        if not source.crop_path(row).exists():
            continue
        try:
            shutil.copyfile(source.crop_path(row), target.crop_path(row))
            if source.mask_path(row).exists():
                shutil.copyfile(source.mask_path(row), target.mask_path(row))
        except OSError as error:
            raise explain_os_error(error, target.path) from error
        target.database.insert(row_to_sql(row))
        num_copied += 1
    return num_copied
