"""Look at a face set, sort and sift it, put sets together or take them apart, carry them elsewhere."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from faceswap_lab.core.build import build
from faceswap_lab.core.consent import stated_consent
from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.core.faces_schema import FACES_VERBS, FacesSchema
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.verbs import check_verb
from faceswap_lab.faces.consent_changes import set_consent
from faceswap_lab.faces.curation.check import check, repair
from faceswap_lab.faces.curation.export import OVERLAY, export_faces, format_of
from faceswap_lab.faces.curation.footage_files import footage_files
from faceswap_lab.faces.curation.import_alignments import import_alignments
from faceswap_lab.faces.curation.marks import mark, undo
from faceswap_lab.faces.curation.merge import merge
from faceswap_lab.faces.curation.order import sort_faces
from faceswap_lab.faces.curation.selection import select
from faceswap_lab.faces.curation.show import show
from faceswap_lab.faces.curation.sift import sift
from faceswap_lab.faces.curation.similarity import distances_to, reference_vector
from faceswap_lab.faces.curation.split import split
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.masks_import import import_masks
from faceswap_lab.faces.masks_redraw import redraw_masks

logger = logging.getLogger("faceswap_lab")


def run(cfg: DictConfig) -> None:
    """Does what the verb says, and says what was done.

    Args:
        cfg: Composed ``conf/faces.yaml``.

    Raises:
        ConfigError: The verb is unknown, or an option is missing or has no effect on it.
        FaceswapLabError: As the verb's own function in ``faces.curation``.
    """
    check_verb("faces", cfg.verb, FACES_VERBS, cfg, FacesSchema)
    _VERBS[cfg.verb](cfg)


def _open(path: str) -> Faceset:
    return Faceset.open(path, may_be_empty=True)


def _show(cfg: DictConfig) -> None:
    faceset = _open(cfg.faceset)
    output = Path(cfg.output or faceset.path / "faces.html")
    if cfg.max_faces < 1:
        raise ConfigError(f"max_faces={cfg.max_faces} must be 1 or more")
    num_shown = show(faceset, output, other=_open(cfg.other) if cfg.other else None, max_faces=cfg.max_faces)
    logger.info("wrote %s: %d faces of %s", output, num_shown, faceset.identity.name)


def _sort(cfg: DictConfig) -> None:
    faceset, distances = _open(cfg.faceset), None
    if cfg.by == "similarity" and cfg.reference:
        if not cfg.embedder:
            raise ConfigError("by=similarity compares vectors; leave ~embedder out")
        embedder = build(cfg.embedder)
        finder = FaceFinder(build(cfg.detector), build(cfg.landmarker))
        reference = reference_vector(cfg.reference, finder=finder, embedder=embedder)
        distances = distances_to(faceset, reference, embedder)
    elif cfg.reference:
        raise ConfigError(f"reference has no effect on by={cfg.by}; use by=similarity")
    rows = sort_faces(faceset, cfg.by, descending=cfg.descending, distances=distances)
    ends = f", from {rows[0].file_name} to {rows[-1].file_name}" if rows else ""
    logger.info("sorted %d faces of %s by %s%s", len(rows), cfg.faceset, cfg.by, ends)


def _filter(cfg: DictConfig) -> None:
    done = sift(_open(cfg.faceset), where=cfg.where, near_duplicate_bits=cfg.near_duplicates, best=cfg.best)
    logger.info(
        "%s: rejected %d by condition, %d as repeats, %d as more than enough; %d of %d are left",
        cfg.faceset,
        *(done.by_condition, done.by_likeness, done.by_number),
        *(done.num_left, done.num_before),
    )


def _edit(cfg: DictConfig) -> None:
    asked = {name: cfg[name] for name in ("reject", "accept") if cfg[name]}
    if bool(asked) == cfg.undo or len(asked) > 1:
        raise ConfigError("faces edit: give one of reject=, accept= and undo=true")
    faceset = _open(cfg.faceset)
    if cfg.undo:
        logger.info("%s: took back: %s", cfg.faceset, undo(faceset).what)
        return
    ((name, words),) = asked.items()
    rows = select(faceset, words, media=cfg.media)
    num_changed = mark(faceset, [row.id for row in rows], rejected=name == "reject", what=f"edit {name}={words}")
    logger.info("%s: %sed %d faces, %d are in use", cfg.faceset, name, num_changed, len(faceset))


def _masks(cfg: DictConfig) -> None:
    faceset = _open(cfg.faceset)
    if cfg.images is None:
        logger.info("%s: drew %d masks", cfg.faceset, redraw_masks(faceset, build(cfg.masker)))
        return
    done = import_masks(faceset, cfg.images)
    if done.unknown:
        logger.warning("%s: %d images belong to no face, such as %s", cfg.images, len(done.unknown), done.unknown[0])
    logger.info("%s: took in %d masks, %d faces keep theirs", cfg.faceset, done.num_imported, done.num_without)


def _consent(cfg: DictConfig) -> None:
    given = cfg.identity.consent
    if any(value is not None for value in (cfg.identity.name, cfg.identity.licence, *given.values())):
        record = set_consent(cfg.faceset, stated_consent(given), name=cfg.identity.name, licence=cfg.identity.licence)
    else:
        record = _open(cfg.faceset).identity
    known = {**record.consent.to_dict(), "licence": record.licence}
    said = ", ".join(f"{name} {value}" for name, value in known.items() if value is not None)
    logger.info("%s: %s, %s", cfg.faceset, record.name, said)


def _merge(cfg: DictConfig) -> None:
    done = merge([_open(path) for path in cfg.facesets.values()], cfg.output)
    repeated = f", {done.num_repeated} were there twice" if done.num_repeated else ""
    logger.info("wrote %s: %d faces from %d sets%s", cfg.output, done.num_faces, len(cfg.facesets), repeated)


def _split(cfg: DictConfig) -> None:
    parts = split(_open(cfg.faceset), cfg.by, cfg.output, seconds=cfg.seconds)
    listed = ", ".join(f"{name} ({count})" for name, count in parts.items())
    logger.info("wrote %s: %d sets, %s", cfg.output, len(parts), listed)


def _check(cfg: DictConfig) -> None:
    faceset = _open(cfg.faceset)
    footage = footage_files(cfg.footage) if cfg.footage else []
    found = check(faceset, footage=footage)
    if cfg.repair and found.num_repairable:
        num_repaired = repair(faceset, found, build(cfg.masker))
        logger.info("%s: repaired %d faults", cfg.faceset, num_repaired)
        found = check(faceset, footage=footage)
    for path in found.foreign:
        logger.info("%s is not ours and was left alone", path)
    faults = found.faults()
    for line in faults:
        logger.warning("%s: %s", cfg.faceset, line)
    if faults:
        raise FacesetError(f"{cfg.faceset}: {len(faults)} kind(s) of fault, each with its cure above")
    logger.info("%s: %d faces, all is well", cfg.faceset, found.num_faces)


def _export(cfg: DictConfig) -> None:
    form = format_of(cfg.output, cfg.format)
    count = export_faces(
        _open(cfg.faceset),
        cfg.output,
        form=form,
        footage=cfg.footage,
        ranges=None if cfg.range is None else FrameRange.parse(cfg.range),
        make_writer=build(cfg.writer),
    )
    logger.info("wrote %s: %s, %d %s", cfg.output, form, count, "frames" if form == OVERLAY else "faces")


def _import(cfg: DictConfig) -> None:
    done = import_alignments(cfg.alignments, footage_files(cfg.footage), cfg.faceset, masker=build(cfg.masker))
    for count, what in (
        (done.num_without_footage, "faces are of footage that was not given"),
        (done.num_without_frame, "faces are of frames that the footage does not hold"),
        (done.num_other_crop, "crops differ from those exported"),
    ):
        if count:
            logger.warning("%s: %d %s", cfg.alignments, count, what)
    logger.info("wrote %s: %d faces, %d were there already", cfg.faceset, done.num_added, done.num_there)


_VERBS: dict[str, Callable[[Any], None]] = {
    "show": _show,
    "sort": _sort,
    "filter": _filter,
    "edit": _edit,
    "masks": _masks,
    "consent": _consent,
    "merge": _merge,
    "split": _split,
    "check": _check,
    "export": _export,
    "import": _import,
}
