"""``convert preview=frames:10``: a sheet of settings instead of a clip."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from faceswap_lab.core.build import build
from faceswap_lab.core.compose import load_choices
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.clip_list import are_several
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.swap.casting import Cast
from faceswap_lab.swap.preview import PreviewReport, num_preview_frames, write_preview
from faceswap_lab.swap.swap_face import Settings
from faceswap_lab.swap.swapper import Swapper

logger = logging.getLogger("faceswap_lab")


def preview(cfg: DictConfig, clip: Path, *, swapper: Swapper, cast: Cast, config: Mapping[str, Any]) -> PreviewReport:
    """Writes the sheet and says so.

    Args:
        cfg: Composed ``conf/convert.yaml``.
        clip: The footage.
        swapper: The network.
        cast: Who is drawn over whom.
        config: Choices for the manifest.

    Raises:
        FaceswapLabError: As ``swap.preview.write_preview``, or there are several footages.
    """
    num_frames = num_preview_frames(cfg.preview)
    if are_several(cfg.footage):
        raise ConfigError("preview shows one footage; give footage= a single file")
    colours, colour = _choices("colour", cfg.colour)
    blends, blend = _choices("blend", cfg.blend)
    report = write_preview(
        clip,
        cfg.output,
        num_frames=num_frames,
        swapper=swapper,
        cast=cast,
        finder=FaceFinder(build(cfg.detector), build(cfg.landmarker)),
        colours={name: build(node) for name, node in colours.items()},
        blends={name: build(node) for name, node in blends.items()},
        chosen=(colour, blend),
        settings=Settings(
            mask=build(cfg.mask),
            details=[build(detail) for detail in cfg.detail.values()],
            face_scale=cfg.face_scale,
        ),
        marks=build(cfg.provenance),
        ranges=None if cfg.range is None else FrameRange.parse(cfg.range),
        config=config,
    )
    logger.info(
        "wrote %s: %d settings on %d frames; marked is colour=%s blend=%s",
        report.output,
        report.num_settings,
        len(report.frames),
        colour,
        blend,
    )
    return report


def _choices(group: str, given: DictConfig) -> tuple[dict[str, DictConfig], str]:
    """Every option of a group, and the name of the one in use, which is shown with the numbers that were given."""
    choices = load_choices(group)
    in_use = max(choices, key=lambda name: sum(given.get(key) == value for key, value in choices[name].items()))
    return {**choices, in_use: given}, in_use
