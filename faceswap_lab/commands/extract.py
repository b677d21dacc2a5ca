"""Find the faces of footage and keep them as a face set of one identity, or of each person in it."""

import functools
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from faceswap_lab.core.build import build
from faceswap_lab.core.consent import stated_consent
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.targets import plain
from faceswap_lab.faces.clip_job import Choices, ClipJob, ExtractClip, Parts
from faceswap_lab.faces.clip_list import find_clips
from faceswap_lab.faces.extraction_many import ManyReport, extract_many
from faceswap_lab.faces.extraction_report import ExtractionReport
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.faces.likeness import Likeness, References, read_references
from faceswap_lab.faces.people import extract_people

logger = logging.getLogger("faceswap_lab")

GROUPS = ("detector", "landmarker", "masker", "embedder", "crop", "tracker", "refine")


def run(cfg: DictConfig) -> ExtractionReport | ManyReport:
    """Extracts footage into a face set, or one for each person, and says what was written.

    Args:
        cfg: Composed ``conf/extract.yaml``.

    Raises:
        ConsentError: The consent record is missing, incomplete or expired; nothing is built before it is checked.
        FaceswapLabError: As ``faces.extraction.extract``.
    """
    record = None if cfg.people else _record(cfg)
    if cfg.people:
        _check_people(cfg)
    if cfg.workers is not None and cfg.workers < 1:
        raise ConfigError(f"workers={cfg.workers}: give 1 or more, or null for one a core")
    clips = find_clips(cfg.footage)
    make_parts = functools.partial(build_parts, {group: plain(cfg[group]) for group in GROUPS})
    parts = make_parts()
    choices = _choices(cfg, parts)
    if record is None:
        options = {"threshold": cfg.identity_threshold, "licence": cfg.identity.licence, "workers": cfg.workers}
        many = extract_people(
            clips, cfg.faceset, make_parts=make_parts, crop_spec=parts.crop_spec, choices=choices, **options
        )
        return _say_many(many, "people")
    if len(clips) > 1:
        many = extract_many(
            clips,
            cfg.faceset,
            record=record,
            make_parts=make_parts,
            crop_spec=parts.crop_spec,
            choices=choices,
            workers=cfg.workers,
        )
        return _say_many(many, record.name)
    return _say(ExtractClip(parts)(ClipJob(clips[0], Path(cfg.faceset), record, choices)), record.name)


def build_parts(nodes: Mapping[str, Any]) -> Parts:
    """Builds detector, landmarker, masker, embedder and crop from their configuration, in any process."""
    return Parts(
        finder=FaceFinder(build(nodes["detector"]), build(nodes["landmarker"])),
        crop_spec=build(nodes["crop"]),
        masker=build(nodes["masker"]),
        embedder=build(nodes["embedder"]) if nodes["embedder"] else None,
        tracker=build(nodes["tracker"]),
        refine=build(nodes["refine"]),
    )


def _record(cfg: DictConfig) -> IdentityRecord:
    said = cfg.identity.consent
    if cfg.identity.name is None:
        raise ConfigError("identity.name is missing; give identity.name=VALUE, or people=cluster to sort by person")
    consent = stated_consent(said)
    return IdentityRecord(name=cfg.identity.name, consent=consent, licence=cfg.identity.licence)


def _check_people(cfg: DictConfig) -> None:
    if cfg.people != "cluster":
        raise ConfigError(f"people={cfg.people}: give cluster, or null for one person")
    if cfg.identity.name is not None or any(value is not None for value in cfg.identity.consent.values()):
        raise ConfigError(
            "people=cluster says nothing of anybody's consent; give identity.name and identity.consent later, person "
            "by person, by extract with faceset=FOLDER/person_01"
        )


def _choices(cfg: DictConfig, parts: Parts) -> Choices:
    if (cfg.people or cfg.only or cfg.exclude) and parts.embedder is None:
        raise ConfigError("telling people apart needs an embedder; leave out ~embedder")

    def references(option: str) -> References | None:
        if cfg[option] is None or parts.embedder is None:
            return None
        return read_references(cfg[option], option=option, finder=parts.finder, embedder=parts.embedder)

    likeness = Likeness(references("only"), references("exclude"), cfg.identity_threshold)
    return Choices(
        ranges=None if cfg.range is None else FrameRange.parse(cfg.range),
        every=cfg.every,
        max_faces=cfg.max_faces,
        num_embedded=cfg.num_embedded,
        likeness=likeness if cfg.only or cfg.exclude else None,
        everybody=bool(cfg.people),
    )


def _say(report: ExtractionReport, name: str) -> ExtractionReport:
    if report.already_complete:
        logger.info("%s is complete already: %d faces of %s", report.faceset, report.num_total, name)
        return report
    if report.num_left_out:
        logger.info("%d faces of other people were left out", report.num_left_out)
    numbers = (report.num_faces, name, report.num_frames, report.num_total)
    logger.info("wrote %s: %d faces of %s from %d frames, %d in all", report.faceset, *numbers)
    return report


def _say_many(report: ManyReport, name: str) -> ManyReport:
    if report.num_unusable:
        logger.warning("%d of %d clips gave no faces", report.num_unusable, report.num_clips + report.num_unusable)
    if report.already_complete:
        logger.info("%s is complete already: %d faces of %s", report.faceset, report.num_total, name)
        return report
    numbers = (report.num_faces, name, report.num_clips, report.num_frames, report.num_total)
    logger.info("wrote %s: %d faces of %s from %d clips, %d frames, %d in all", report.faceset, *numbers)
    return report
