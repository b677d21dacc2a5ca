"""Write the frames of footage as images."""

import logging

from omegaconf import DictConfig

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.export import export_frames

logger = logging.getLogger("faceswap_lab")


def run(cfg: DictConfig) -> int:
    """Writes frames as images, says what was written and returns how many.

    Args:
        cfg: Composed ``conf/frames.yaml``.

    Raises:
        FaceswapLabError: As ``media.export.export_frames``.
    """
    num_frames = export_frames(
        cfg.footage,
        cfg.output,
        ranges=None if cfg.range is None else FrameRange.parse(cfg.range),
        every=cfg.every,
        image_format=cfg.format,
    )
    logger.info("wrote %s: %d images", cfg.output, num_frames)
    return num_frames
