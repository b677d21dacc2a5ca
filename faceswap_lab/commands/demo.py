"""Run the whole job on embedded footage: extract, train, convert, evaluate, report."""

import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig

from faceswap_lab.commands import evaluate, extract, train
from faceswap_lab.commands.demo_footage import DemoClips, write_demo_footage
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.errors import ConfigError, OutputError
from faceswap_lab.core.files import atomic_path, atomic_write_text, check_output
from faceswap_lab.core.overrides import override
from faceswap_lab.core.preflight import preflight
from faceswap_lab.evaluation.protocol import Evaluation

logger = logging.getLogger("faceswap_lab")

DEFAULT_MINUTES = 10.0
MARKER = "demo.txt"
CLIPS = ("swapped.mp4", "swapped_reverse.mp4")
MANIFESTS = tuple(f"{clip}.manifest.json" for clip in CLIPS)
MADE = (*CLIPS, *MANIFESTS, "side_by_side.mp4", "preview.png", "report.html", "metrics.json", "model_card.md")
_SHORTEST_TRAINING = 0.3  # of the whole
_MEASURING = 9.0  # in times of the extraction: the clips are converted, read back and searched again
_SHORTEST, _FULL_SECONDS, _SHORT_SECONDS = 2.0, 10.0, 6.0

NOTE = (
    "Both clips of a person are animations of one portrait with other movements: these figures say little about a "
    "new session. The portraits are public material; no consent of the persons shown is implied."
)


def run(cfg: DictConfig) -> Evaluation:
    """Makes ``swapped.mp4``, ``swapped_reverse.mp4``, ``side_by_side.mp4``, ``preview.png``, ``report.html`` and so on.

    Args:
        cfg: Composed ``conf/demo.yaml``.

    Raises:
        FaceswapLabError: The folder cannot be written or holds something else, or a stage failed.
    """
    folder, minutes = Path(cfg.output), DEFAULT_MINUTES if cfg.minutes is None else cfg.minutes
    if minutes < _SHORTEST:
        raise ConfigError(f"minutes={minutes:g} is too short for the whole job; give {_SHORTEST:g} or more")
    _clear(folder)
    start = time.monotonic()
    _stage(1, "render the footage", start)
    seconds = _FULL_SECONDS if minutes >= DEFAULT_MINUTES else _SHORT_SECONDS
    clips = write_demo_footage(folder / "footage", seconds=seconds, seed=cfg.seed)
    _stage(2, "extract the faces", start)
    extraction_start = time.monotonic()
    for clip in clips:
        extract.run(compose_config("extract", _extraction(folder, clip)))
    training = _training_minutes(minutes, start, extraction_start)
    _stage(3, f"train for {training:.1f} minutes", start)
    checkpoint = _train(folder, clips, minutes=training, seed=cfg.seed)
    _stage(4, "convert, find the faces again and measure", start)
    evaluation = _evaluate(folder, clips, checkpoint, minutes)
    _stage(5, "done", start)
    logger.info("wrote %s; look at report.html, swapped.mp4 and side_by_side.mp4 in it", folder)
    return evaluation


def _training_minutes(minutes: float, start: float, extraction_start: float) -> float:
    """What is left of the whole once the clips are measured, which takes as long as the extraction tells."""
    now = time.monotonic()
    left_s = 60 * minutes - (now - start) - _MEASURING * (now - extraction_start)
    return max(left_s / 60, _SHORTEST_TRAINING * minutes)


def _stage(number: int, text: str, start: float) -> None:
    logger.info("[%d/5] %s (%.0f s so far)", number, text, time.monotonic() - start)


def _clear(folder: Path) -> None:
    """Takes away what an earlier demo made, in a folder that it marked as its own; any other folder must be empty."""
    check_output(folder / "metrics.json")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise OutputError(f"{folder} holds other files; choose another output for the demo")
    for name in ("footage", "faces", "run"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in MADE:
        (folder / name).unlink(missing_ok=True)  # so that a demo cut short never shows an earlier one's figures
    atomic_write_text(folder / MARKER, "Made by `faceswap-lab demo`, which clears this folder when it is run again.\n")


def _extraction(folder: Path, clip: DemoClips) -> Sequence[str]:
    return (
        override("footage", str(clip.train)),
        override("faceset", str(folder / "faces" / clip.identity)),
        override("identity.name", clip.identity),
        override("identity.consent.basis", "public-material"),
        override("identity.consent.reference", clip.credit),
        override("identity.licence", "public domain"),
    )


def _train(folder: Path, clips: Sequence[DemoClips], *, minutes: float, seed: int) -> Path:
    facesets = [override(f"facesets.{clip.identity}", str(folder / "faces" / clip.identity)) for clip in clips]
    output = override("output", str(folder / "run"))
    cfg = compose_config("train", ["experiment=light", f"minutes={minutes}", f"seed={seed}", output, *facesets])
    preflight(cfg, supplied=train.SUPPLIED)
    train.run(cfg)
    return folder / "run" / "checkpoints" / "last.ckpt"


def _evaluate(folder: Path, clips: Sequence[DemoClips], checkpoint: Path, minutes: float) -> Evaluation:
    held = [override(f"footage.{clip.identity}", str(clip.held)) for clip in clips]
    places = [override("checkpoint", str(checkpoint)), override("output", str(folder))]
    first, second = clips[0].identity, clips[1].identity
    evaluation = evaluate.measure(
        compose_config("evaluate", [*places, *held]),
        title="The demo: two public-domain portraits",
        commands={"Repeat the demo": f"faceswap-lab demo minutes={minutes:g}"},
        clip_names={f"{first}_as_{second}": CLIPS[0], f"{second}_as_{first}": CLIPS[1]},
        notes=[NOTE],
    )
    preview = folder / "run" / "previews" / "last.png"
    with atomic_path(folder / "preview.png") as temporary:
        shutil.copyfile(preview, temporary)
    return evaluation
