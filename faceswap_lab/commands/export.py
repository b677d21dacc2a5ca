"""Write a trained network as a file that other programs run."""

import logging

from omegaconf import DictConfig

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.provenance.credential import Credential
from faceswap_lab.swap.export.export import ExportReport, export_checkpoint

logger = logging.getLogger("faceswap_lab")


def run(cfg: DictConfig) -> ExportReport:
    """Exports a checkpoint and says what was written.

    Args:
        cfg: Composed ``conf/export.yaml``.

    Raises:
        FaceswapLabError: As ``swap.export.export.export_checkpoint``.
    """
    try:
        report = export_checkpoint(
            cfg.checkpoint,
            cfg.output,
            format=cfg.format,
            identity=cfg.identity,
            footage_identity=cfg.footage_identity,
            fp16=cfg.fp16,
            opset=cfg.opset,
            purpose=cfg.purpose,
            credential=Credential(certificate=cfg.certificate, private_key=cfg.private_key),
        )
    except ConfigError as error:  # the keys of convert, where signing is a part of provenance=
        text = str(error).replace("provenance.credential: ", "certificate=, private_key=: ")
        raise ConfigError(text.replace("provenance.credential.", "")) from error
    logger.info(
        "wrote %s: %s, %.1f MiB; differs from the network by at most %.2g, %g is allowed",
        report.output,
        "the whole network" if report.exported["identity"] is None else f"draws {report.exported['identity']}",
        report.output.stat().st_size / 2**20,
        report.parity.max_difference,
        report.parity.limit,
    )
    return report
