"""An output that appears under its name only when it is whole, after its manifest."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import explain_os_error


@contextmanager
def staged(output: Path) -> Iterator[Path]:
    """Yields a path of the same name in a hidden folder beside the output; what is written there takes its place.

    Unlike a writer's own temporary file this leaves time, once the output is whole and before it can be seen, to hash
    it and to write its manifest.

    Args:
        output: File or folder to be written.

    Raises:
        OutputError: It cannot be written; the message names the output, not the hidden folder.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{output.stem[:80]}.", suffix=".part", dir=output.parent))
    except OSError as error:
        raise explain_os_error(error, output) from error
    stage = folder / output.name
    try:
        if output.is_dir():
            stage.mkdir()  # an empty folder, which the writer may fill as it might have filled the output
        yield stage
        _replace(stage, output)
    except OutputError as error:
        raise OutputError(str(error).replace(str(stage), str(output))) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _replace(stage: Path, output: Path) -> None:
    try:
        os.replace(stage, output)
    except OSError as error:
        raise explain_os_error(error, output) from error
