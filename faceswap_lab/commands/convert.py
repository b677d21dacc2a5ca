"""Put trained identities' faces into footage."""

import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from faceswap_lab.commands.convert_preview import preview
from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.clip_list import are_several, find_clips
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.swap.casting import Cast
from faceswap_lab.swap.many import convert_many
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.preview import PreviewReport
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper

logger = logging.getLogger("faceswap_lab")

# What the manifest states of the configuration: the choices, not the folders of this machine.
_STATED = (
    "swap",
    "range",
    "rest",
    "scale",
    "face_scale",
    "strength",
    "batch_size",
    "device",
    "purpose",
    "detector",
    "landmarker",
    "tracker",
    "colour",
    "mask",
    "blend",
    "detail",
    "steady",
    "writer",
    "also",
    "provenance",
)


def run(cfg: DictConfig) -> list[ConvertReport] | PreviewReport:
    """Converts footage, or shows what settings would make of it, and says what was written.

    Args:
        cfg: Composed ``conf/convert.yaml``.

    Raises:
        FaceswapLabError: As ``swap.pipeline.convert``.
    """
    clips, output = find_clips(cfg.footage), Path(cfg.output)
    resolved = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(resolved, dict)
    if cfg.preview is not None:
        stated = {key: resolved[key] for key in _STATED}
        return preview(cfg, clips[0], swapper=_swapper(cfg), cast=_cast(resolved), config=stated)
    convert_one = _converter(cfg, resolved)
    if not are_several(cfg.footage):
        # A folder would be in the way of the very command that made it, killed before it said so or not.
        return [_say(convert_one(clips[0], output, keep_done=output.is_dir()))]
    suffixes = build(cfg.writer).suffixes
    reports = convert_many(
        clips, output, lambda clip, into: _say(convert_one(clip, into, keep_done=True)), suffixes=suffixes
    )
    num_done = sum(report.was_done for report in reports)
    before = f", {num_done} of them in an earlier run" if num_done else ""
    logger.info("wrote %s: %d of %d footages%s", output, len(reports), len(clips), before)
    return reports


def _swapper(cfg: DictConfig) -> Swapper:
    swapper = Swapper.from_checkpoint(cfg.checkpoint, device=cfg.device, facesets=cfg.facesets)
    if cfg.strength is not None:
        swapper.set_strength(cfg.strength)
    return swapper


def _converter(cfg: DictConfig, resolved: dict[Any, Any]) -> Callable[..., ConvertReport]:
    """Converts one footage to one output by the options; the network and the parts are built once."""
    ranges = None if cfg.range is None else FrameRange.parse(cfg.range)
    return functools.partial(
        convert,
        swapper=_swapper(cfg),
        cast=_cast(resolved),
        finder=FaceFinder(build(cfg.detector), build(cfg.landmarker)),
        tracker=build(cfg.tracker),
        colour=build(cfg.colour),
        mask=build(cfg.mask),
        blend=build(cfg.blend),
        details=[build(detail) for detail in cfg.detail.values()],
        steady=build(cfg.steady),
        face_scale=cfg.face_scale,
        marks=build(cfg.provenance),
        writer=build(cfg.writer),
        also=[build(companion) for companion in cfg.also.values()],
        ranges=ranges,
        keep_rest=_keeps_rest(cfg.rest),
        scale=cfg.scale,
        batch_size=cfg.batch_size,
        segment_frames=cfg.segment_frames,
        config={key: resolved[key] for key in _STATED},
    )


def _keeps_rest(rest: str) -> bool:
    if rest not in ("drop", "keep"):
        raise ConfigError(f"rest={rest}: choose drop, which leaves frames outside range= out, or keep")
    return rest == "keep"


def _say(report: ConvertReport) -> ConvertReport:
    if report.was_done:
        logger.info("%s: an earlier run of the same options has finished it; it stays as it is", report.output)
        return report
    for path in report.beside:
        logger.info("wrote %s beside it", path)
    logger.info(
        "wrote %s: %s in %d of %d frames, %.0f ms a frame; its origin is in %s",
        report.output,
        ", ".join(report.identities),
        report.num_swapped,
        report.num_frames,
        report.ms_per_frame,
        report.manifest.name,
    )
    return report


def _cast(resolved: dict[Any, Any]) -> Cast:
    names = ("identity", "swap", "faceset", "facesets", "alignments", "identity_threshold", "purpose")
    return Cast(**{name: resolved[name] for name in names})
