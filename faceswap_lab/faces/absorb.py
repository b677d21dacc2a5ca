"""Takes faces of one face set over into another, so that a kill leaves them in the one or in both, never in neither."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from faceswap_lab.core.files import explain_os_error
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow


def absorb(target: Faceset, source: Faceset, *, rows: Sequence[FaceRow] | None = None, scans: bool = True) -> int:
    """Copies faces with their images; what ``target`` has of a frame stays, and nothing is added to that frame.

    Images come before rows and the rows in one piece, so that it can be done again after a kill. Both sets have crops
    of one kind.

    Args:
        target: The set that grows.
        source: The set that stays as it is; nobody writes to it meanwhile.
        rows: Which of its faces; None takes all.
        scans: Whether to take over which of its requests are complete.

    Returns:
        Number of faces added.

    Raises:
        OutputError: The disk is full or the folder not writable.
    """
    assert target.crop_spec == source.crop_spec
    known = {media.sha256: target.database.frames_of(media.sha256)[0] for media in source.identity.media}
    taken = [row for row in (source.rows() if rows is None else rows) if row.frame_index not in known[row.media]]
    taken_media = {row.media for row in taken}
    for media in source.identity.media:
        if media.sha256 in taken_media:
            target.add_media(media)
    for row in taken:
        _link(source.crop_path(row), target.crop_path(row))
        _link(source.mask_path(row), target.mask_path(row))
    target.database.take_over(source.database.path, [row.id for row in taken], scans=False)
    target.close()
    if scans:  # only now that the consent is bound to the faces: a complete set is not opened for them again
        target.database.take_over(source.database.path, [], scans=True)
        target.close()
    return len(taken)


def _link(source: Path, target: Path) -> None:
    try:
        target.unlink(missing_ok=True)  # left without a row by a killed run
        try:
            os.link(source, target)
        except OSError:  # a file system without hard links; where even a copy fails, that says why
            shutil.copyfile(source, target)
    except OSError as error:
        raise explain_os_error(error, target) from error
