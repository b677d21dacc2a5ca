"""Find the faces of footage and keep them as a face set of one identity."""

import logging

from omegaconf import DictConfig

from faceswap_lab.core.build import build
from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.extraction import ExtractionReport, extract
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord

logger = logging.getLogger("faceswap_lab")


def run(cfg: DictConfig) -> ExtractionReport:
    """Extracts footage into a face set and says what was written.

    Args:
        cfg: Composed ``conf/extract.yaml``.

    Raises:
        ConsentError: The consent record is missing, incomplete or expired; nothing is built before it is checked.
        FaceswapLabError: As ``faces.extraction.extract``.
    """
    said = cfg.identity.consent
    consent = check_consent(said.basis, reference=said.reference, scope=said.scope, expiry=said.expiry)
    record = IdentityRecord(name=cfg.identity.name, consent=consent, licence=cfg.identity.licence)
    report = extract(
        cfg.footage,
        cfg.faceset,
        record=record,
        finder=FaceFinder(build(cfg.detector), build(cfg.landmarker)),
        crop_spec=build(cfg.crop),
        masker=build(cfg.masker),
        embedder=build(cfg.embedder) if cfg.embedder else None,
        tracker=build(cfg.tracker),
        refine=build(cfg.refine),
        num_embedded=cfg.num_embedded,
        ranges=None if cfg.range is None else FrameRange.parse(cfg.range),
        every=cfg.every,
        max_faces=cfg.max_faces,
    )
    if report.already_complete:
        logger.info("%s is complete already: %d faces of %s", report.faceset, report.num_total, record.name)
    else:
        logger.info(
            "wrote %s: %d faces of %s from %d frames, %d in all",
            report.faceset,
            report.num_faces,
            record.name,
            report.num_frames,
            report.num_total,
        )
    return report
