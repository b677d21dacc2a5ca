"""Where many clips are extracted before they become one face set: a hidden folder beside it, a set for each clip.

It stays where a run was killed or failed, since the next run of the command goes on with it, and goes when all is done.
"""

import contextlib
import hashlib
import shutil
from pathlib import Path

from faceswap_lab.core.files import explain_os_error
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IDENTITY_FILE


class Staging:
    """The staging folder of a face set, or of a folder of face sets.

    Args:
        target: The folder that is made in the end.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.parent / f".{target.name}.extracting"
        self._new = [folder for folder in self.path.parents if not folder.exists()]

    def shard_path(self, clip: Path) -> Path:
        """Folder for the faces of a clip: another one once the file has changed."""
        try:
            state = clip.stat()
            name = f"{clip.resolve()}\n{state.st_size}\n{state.st_mtime_ns}"
        except OSError:  # opening it will say what is wrong
            name = str(clip)
        return self.path / hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]

    def make(self) -> None:
        """Makes the folder. Raises OutputError where that is not possible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explain_os_error(error, self.path) from error

    def remove_shard(self, shard: Faceset) -> None:
        """Removes one clip's faces: first what makes them a face set, so that no half of one is ever taken up again."""
        (shard.path / IDENTITY_FILE).unlink(missing_ok=True)
        shutil.rmtree(shard.path, ignore_errors=True)

    def remove(self) -> None:
        """Removes the folder with all that it holds, and what was made above it and holds nothing else."""
        shutil.rmtree(self.path, ignore_errors=True)
        for folder in self._new:
            with contextlib.suppress(OSError):
                folder.rmdir()
