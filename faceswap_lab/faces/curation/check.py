"""Whether a face set's parts belong together, and the repair of what can be repaired without its footage."""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.files import explain_os_error, sha256_of
from faceswap_lab.core.progress import track
from faceswap_lab.faces.curation.marks import mark
from faceswap_lab.faces.datasheet import DATASHEET_FILE, datasheet_of, write_datasheet
from faceswap_lab.faces.extraction_request import media_sha256
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_images import write_image
from faceswap_lab.faces.faceset_safety import names_in
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.finder import Masker

_OUR_NAME = re.compile(r"[0-9a-f]{8}_\d{6,}_\d+\.png")


@dataclass(frozen=True, slots=True)
class Findings:
    """What does not fit; every list is in the set's order.

    Attributes:
        num_faces: Rows that were looked at.
        no_crop: Accepted rows whose crop is gone.
        other_crop: Rows whose crop is not the one that was written: changed by hand, or damaged.
        no_mask: Rows whose crop is there, and whose mask is gone or no picture of the crop's size.
        orphans: Pictures of ours without a row.
        foreign: Other files among the pictures; they are left alone.
        stale: Files of ours that tell of other faces than are there: the datasheet. One that is not there is no fault.
        footage: A line for each footage given that is not, or is no longer, the set's.
    """

    num_faces: int
    no_crop: list[FaceRow] = field(default_factory=list)
    other_crop: list[FaceRow] = field(default_factory=list)
    no_mask: list[FaceRow] = field(default_factory=list)
    orphans: list[Path] = field(default_factory=list)
    foreign: list[Path] = field(default_factory=list)
    stale: list[Path] = field(default_factory=list)
    footage: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """One line for each kind of fault; empty where all is well. Foreign files are no fault."""
        counted = [
            (self.no_crop, "row(s) without a crop", "they are not used; repair=true rejects them"),
            (self.other_crop, "crop(s) are not the ones written", "restore them, or reject them with `faces edit`"),
            (self.no_mask, "mask(s) missing or damaged", "repair=true draws them"),
            (self.stale, "file(s) tell of other faces than are there", "repair=true writes them anew"),
            (self.orphans, "picture(s) without a row", "repair=true removes them; not while an extraction runs"),
        ]
        lines = [
            f"{len(found)} {what}, such as {_name(found[0])}: {cure}" for found, what, cure in counted if len(found)
        ]
        return lines + self.footage

    @property
    def num_repairable(self) -> int:
        """How many faults ``repair`` sees to."""
        return len(self.no_crop) + len(self.no_mask) + len(self.orphans) + len(self.stale)


def check(faceset: Faceset, *, footage: Sequence[Path] = ()) -> Findings:
    """Compares rows, crops, masks and, where given, footage with one another; changes nothing.

    Args:
        faceset: The set.
        footage: Files or folders that it is said to come from.

    Raises:
        FacesetError: The database is damaged.
        FootageError: A footage file cannot be read.
    """
    _check_database(faceset)
    rows = faceset.rows(include_rejected=True)
    crops, masks = names_in(faceset.path / "crops"), names_in(faceset.path / "masks")
    found = Findings(len(rows))
    for row in track(rows, total=len(rows), description="checking faces"):
        if row.file_name not in crops:
            if not row.rejected:
                found.no_crop.append(row)
            continue
        if _sha256(faceset.crop_path(row)) != row.crop_sha256:
            found.other_crop.append(row)
        if row.file_name not in masks or not _is_mask(faceset, row):
            found.no_mask.append(row)
    names = {row.file_name for row in rows}
    for folder, there in (("crops", crops), ("masks", masks)):
        for name in sorted(there - names):
            (found.orphans if _OUR_NAME.fullmatch(name) else found.foreign).append(faceset.path / folder / name)
    if _is_stale(faceset):
        found.stale.append(faceset.path / DATASHEET_FILE)
    found.footage.extend(line for path in footage if (line := _footage_fault(faceset, path)))
    return found


def repair(faceset: Faceset, found: Findings, masker: Masker) -> int:
    """Draws missing masks, removes pictures of ours without a row, rejects rows without a crop (undone by ``undo``).

    Args:
        faceset: The set; nothing else may be writing to it.
        found: What ``check`` found just now.
        masker: Draws the masks.

    Returns:
        How many faults were seen to.

    Raises:
        OutputError: The set cannot be written.
    """
    for row in found.no_mask:
        mask = masker.mask(row.landmarks_682, row.frame_to_crop, faceset.crop_spec.size)
        write_image(faceset.mask_path(row), mask)
    for path in found.orphans:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise explain_os_error(error, path) from error
    mark(faceset, [row.id for row in found.no_crop], rejected=True, what="check repair=true: crops are gone")
    write_datasheet(faceset)
    return found.num_repairable


def _is_stale(faceset: Faceset) -> bool:
    try:
        return (faceset.path / DATASHEET_FILE).read_text(encoding="utf-8") != datasheet_of(faceset)
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError):
        return True


def _check_database(faceset: Faceset) -> None:
    try:
        with faceset.database.reading() as connection:
            (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        raise FacesetError(f"{faceset.database.path} is damaged ({said}); restore it or extract the face set again")


def _sha256(path: Path) -> str | None:
    try:
        return sha256_of(path)
    except OSError:
        return None


def _is_mask(faceset: Faceset, row: FaceRow) -> bool:
    try:
        faceset.mask(row)
    except FacesetError:
        return False
    return True


def _footage_fault(faceset: Faceset, path: Path) -> str | None:
    sha256 = media_sha256(path)
    if any(media.sha256 == sha256 for media in faceset.identity.media):
        return None
    if any(media.name == path.name for media in faceset.identity.media):
        return f"{path}: not the file that was extracted, though it has its name; restore it, or extract again"
    return f"{path}: no face of this set is from it"


def _name(found: FaceRow | Path) -> str:
    return found.file_name if isinstance(found, FaceRow) else f"{found.parent.name}/{found.name}"
