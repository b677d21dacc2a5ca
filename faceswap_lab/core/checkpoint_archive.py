"""A checkpoint's file before torch sees it: an archive of whole, unpacked parts, whose list of contents is known."""

import os
import zipfile
from pathlib import Path
from typing import Any

from faceswap_lab.core.checkpoint_pickle import ForeignContentError, list_contents
from faceswap_lab.core.errors import CheckpointError, DamagedCheckpointError
from faceswap_lab.core.foreign_files import require_file

DAMAGED = "checkpoint {}: damaged or not a checkpoint; train again or copy it again"
_MAX_PARTS = 100_000
_MAX_LIST_BYTES = 64 * 2**20  # of the list of contents; ours have a few megabytes at most
_LIST, _NUMBERS = "/data.pkl", "/data/"


def check_archive(path: str | os.PathLike[str], *, check_sums: bool = True) -> Any:
    """Refuses a file that torch could not read within its own size, and returns what it lists.

    Args:
        path: A ``.ckpt`` file.
        check_sums: Whether every byte is compared with the checksum that was written with it.

    Returns:
        Its content with stand-ins for tensors, see ``checkpoint_pickle.list_contents``.

    Raises:
        CheckpointError: It is no file, or holds more than weights and plain values.
        DamagedCheckpointError: It is no archive, cut short, or a checksum in it is not that of its bytes.
    """
    file = Path(path)
    try:
        num_bytes = require_file(file)
        with zipfile.ZipFile(file) as archive:
            pickled, record_bytes = _parts(archive, file, num_bytes)
            bad = archive.testzip() if check_sums else None
    except OSError as error:
        raise CheckpointError(f"checkpoint {file}: cannot be read ({error.strerror or error})") from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise DamagedCheckpointError(DAMAGED.format(file)) from error
    if bad is not None:
        raise DamagedCheckpointError(f"{DAMAGED.format(file)} ({bad} has another checksum than when it was written)")
    try:
        return list_contents(pickled, record_bytes)
    except ForeignContentError as error:
        raise CheckpointError(
            f"checkpoint {file}: holds more than weights and plain values ({error}); it is not loaded"
        ) from error
    except ValueError as error:
        raise DamagedCheckpointError(f"{DAMAGED.format(file)} ({error})") from error


def _parts(archive: zipfile.ZipFile, file: Path, num_bytes: int) -> tuple[bytes, dict[str, int]]:
    """The list of contents, and the size of each record of numbers by its name there."""
    parts = archive.infolist()
    # Torch packs nothing and writes nothing twice: what is packed, or shares bytes with another part, unpacks to
    # more than the file has. Two parts of one name are read by one program and checked by another.
    is_plain = all(part.compress_type == zipfile.ZIP_STORED and part.compress_size == part.file_size for part in parts)
    if not is_plain or len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > num_bytes:
        raise DamagedCheckpointError(
            f"checkpoint {file}: its parts unpack to more than the file holds; it is not loaded"
        )
    if len({part.filename.lower() for part in parts}) != len(parts):
        raise DamagedCheckpointError(f"checkpoint {file}: two of its parts have one name; it is not loaded")
    lists = [part for part in parts if part.filename.endswith(_LIST) and part.filename.count("/") == 1]
    if len(lists) != 1 or lists[0].file_size > _MAX_LIST_BYTES:
        raise DamagedCheckpointError(DAMAGED.format(file))
    start = lists[0].filename.removesuffix(_LIST) + _NUMBERS
    sizes = {part.filename.removeprefix(start): part.file_size for part in parts if part.filename.startswith(start)}
    return archive.read(lists[0]), sizes
