"""The folder of a face set that is about to be made: empty, or what a killed run left of one."""

from pathlib import Path

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.files import explain_os_error, remove_leftovers
from faceswap_lab.faces.datasheet import DATASHEET_FILE
from faceswap_lab.faces.identity_record import IDENTITY_FILE

DATABASE_FILE = "faces.sqlite"
_OURS = {DATABASE_FILE, *(f"{DATABASE_FILE}-{part}" for part in ("wal", "shm", "journal"))}
_OURS |= {DATASHEET_FILE, "crops", "masks"}


def make_folders(path: Path) -> None:
    """Makes a face set's folder with those in it.

    Raises:
        FacesetError: The folder holds a face set or other files.
        OutputError: It is not writable.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path)
        names = {entry.name for entry in path.iterdir()}
        if IDENTITY_FILE in names:
            raise FacesetError(f"{path} is a face set already; open it, or choose another folder")
        if foreign := sorted(names - _OURS):
            raise FacesetError(f"{path} holds other files ({foreign[0]}); choose an empty folder")
        (path / "crops").mkdir(exist_ok=True)
        (path / "masks").mkdir(exist_ok=True)
    except OSError as error:
        raise explain_os_error(error, path) from error
