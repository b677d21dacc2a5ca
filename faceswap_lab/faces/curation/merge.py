"""Several face sets of one identity in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.faces.consent_binding import require_bound
from faceswap_lab.faces.curation.copying import copy_faces, staged_folder
from faceswap_lab.faces.faceset import Faceset


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge made.

    Attributes:
        faceset: The new set.
        num_faces: Faces in it, rejected ones included.
        num_repeated: Faces that a set before had already (same footage, frame and place) and that were left out.
    """

    faceset: Faceset
    num_faces: int
    num_repeated: int


def merge(sources: Sequence[Faceset], output: str | Path) -> Merged:
    """Puts face sets into a new one; marks come along, the sets stay as they are.

    Args:
        sources: Two or more sets; where two hold the same face, the earlier one's is taken.
        output: Folder of the new set.

    Raises:
        ConfigError: Fewer than two sets, or one of them twice.
        FacesetError: They differ in identity, consent, licence or crop, two pictures have one name, or the output is
            there already.
        ConsentError: One of them holds other faces than its consent was given for.
        OutputError: The output cannot be written.
    """
    paths = [faceset.path.resolve() for faceset in sources]
    if len(set(paths)) < max(2, len(paths)):
        raise ConfigError("merge needs two or more different face sets; give facesets.one=FOLDER facesets.two=FOLDER")
    first, *others = sources
    record = first.identity
    for other in others:
        _check_alike(first, other)
        for media in other.identity.media:
            record = record.with_media(media)
    for faceset in sources:
        require_bound(faceset)
    output, taken, num_repeated, num_faces = Path(output), dict[str, str](), 0, 0
    with staged_folder(output, paths) as folder:
        target = Faceset.create(folder, record, crop_spec=first.crop_spec)
        with target:
            for source in sources:
                rows = source.rows(include_rejected=True)
                for row in rows:
                    if taken.get(row.file_name, row.media) != row.media:  # names hold 8 of the hash's 64 digits
                        raise FacesetError(f"{source.path}: {row.file_name} is also the name of another footage's face")
                new = [row for row in rows if row.file_name not in taken]
                num_repeated += len(rows) - len(new)
                num_faces += copy_faces(source, new, target)
                taken.update({row.file_name: row.media for row in new})
    return Merged(Faceset.open(output, may_be_empty=True), num_faces, num_repeated)


def _check_alike(first: Faceset, other: Faceset) -> None:
    field = first.identity.differs_from(other.identity)
    if field is not None:
        ours, theirs = getattr(first.identity, field), getattr(other.identity, field)
        raise FacesetError(
            f"{other.path} has another identity.{field} ({theirs}) than {first.path} ({ours}); "
            "only sets of one person on one ground can be merged"
        )
    if first.crop_spec != other.crop_spec:
        raise FacesetError(
            f"{other.path} holds crops of {other.crop_spec.kind} at {other.crop_spec.size} px, {first.path} "
            f"{first.crop_spec.kind} at {first.crop_spec.size} px; extract both with the same crop="
        )
