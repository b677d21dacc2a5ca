"""Measure a checkpoint on held-out footage and report it."""

import logging
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from omegaconf import DictConfig

from faceswap_lab.core.build import build
from faceswap_lab.core.confidential import told
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.overrides import override
from faceswap_lab.core.targets import plain
from faceswap_lab.evaluation.page import write_page
from faceswap_lab.evaluation.perceptual import Perceptual
from faceswap_lab.evaluation.protocol import Evaluation, evaluate
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.swap.finish import OnFace
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper

logger = logging.getLogger("faceswap_lab")

TAKES_WORDS = True
"""`run` wants to know what was written, to say how to repeat it."""

_STATED = (
    "detector",
    "landmarker",
    "tracker",
    "refine",
    "colour",
    "mask",
    "blend",
    "detail",
    "steady",
    "face_scale",
    "writer",
    "provenance",
)


def run(cfg: DictConfig, *, words: Sequence[str] | None = None) -> Evaluation:
    """Writes ``metrics.json``, the converted clips, ``side_by_side.mp4`` and ``report.html``.

    Args:
        cfg: Composed ``conf/evaluate.yaml``.
        words: What was written behind ``faceswap-lab evaluate``, for the report to repeat; where left out, the report
            names checkpoint, footage and output, and no other choice.

    Raises:
        FaceswapLabError: As ``evaluation.protocol.evaluate``.
    """
    command = _command(cfg) if words is None else shlex.join(["faceswap-lab", "evaluate", *told(words)])
    return measure(cfg, title="Held-out evaluation", commands={"Repeat this evaluation": command})


def measure(
    cfg: DictConfig,
    *,
    title: str,
    commands: Mapping[str, str],
    clip_names: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    swapper: Swapper | None = None,
) -> Evaluation:
    """Evaluates under a headline of one's own.

    Args:
        cfg: Composed ``conf/evaluate.yaml``.
        title: Headline of the report.
        commands: What a command does, and the command; shown in the report.
        clip_names: As for ``evaluate``.
        notes: As for ``evaluate``.
        swapper: The network, where it is not just what the checkpoint holds.
    """
    swapper = swapper or Swapper.from_checkpoint(cfg.checkpoint, device=cfg.device, facesets=cfg.facesets)
    finder = FaceFinder(build(cfg.detector), build(cfg.landmarker))
    colour, mask, blend, marks, writer = (
        build(cfg[name]) for name in ("colour", "mask", "blend", "provenance", "writer")
    )
    if marks.end_card is not None:  # it is none of the footage's frames, with which the clip is compared
        logger.warning("provenance.end_card has no effect on evaluate")
        marks = marks.without_end_card()
    details, steady = [build(detail) for detail in cfg.detail.values()], build(cfg.steady)
    tracker = build(cfg.tracker)
    stated = {name: plain(cfg[name]) for name in _STATED}

    def converter(
        footage: Path,
        output: Path,
        *,
        identity: str,
        ranges: FrameRange | None,
        faceset: Path,
        on_face: OnFace | None = None,
    ) -> ConvertReport:
        return convert(
            footage,
            output,
            swapper=swapper,
            identity=identity,
            finder=finder,
            tracker=tracker,
            faceset=faceset,
            colour=colour,
            mask=mask,
            blend=blend,
            details=details,
            steady=steady,
            face_scale=cfg.face_scale,
            marks=marks,
            writer=writer,
            ranges=ranges,
            on_face=on_face,
            config=stated,
        )

    output = Path(cfg.output)
    evaluation = evaluate(
        swapper,
        {name: Path(path) for name, path in cfg.footage.items()},
        output=output,
        convert=converter,
        finder=build(cfg.refine).apply(finder),
        embedder=build(cfg.embedder),
        ranges={name: FrameRange.parse(text) for name, text in cfg.range.items()},
        facesets={name: Path(path) for name, path in cfg.facesets.items()},
        clip_names=clip_names,
        notes=notes,
        gallery=None if cfg.gallery is None else Path(cfg.gallery),
        judge=build(cfg.judge) if cfg.judge else None,
        perceptual=Perceptual() if cfg.perceptual else None,
        detectability=cfg.detectability,
    )
    write_page(output / "report.html", evaluation, title=title, checkpoint=Path(cfg.checkpoint), commands=commands)
    logger.info("wrote %s, metrics.json, %s", output / "report.html", evaluation.side_by_side.name)
    return evaluation


def _command(cfg: DictConfig) -> str:
    """The command line that does the same again."""
    words = [override("checkpoint", cfg.checkpoint)]
    for table in ("footage", "range", "facesets"):
        words += [override(f"{table}.{name}", value).lstrip("+") for name, value in cfg[table].items()]
    words += [] if cfg.gallery is None else [override("gallery", cfg.gallery)]
    words += [f"{name}=true" for name in ("perceptual", "detectability") if cfg[name]]
    return " ".join(["faceswap-lab evaluate", *words, override("output", cfg.output)])
