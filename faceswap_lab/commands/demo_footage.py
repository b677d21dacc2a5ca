"""The demo's footage: two public-domain portraits, each animated into a clip to train on and one held out."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.progress import track
from faceswap_lab.data.animation import Moment, animate
from faceswap_lab.data.audio_track import RATE_HZ, murmur
from faceswap_lab.data.portrait import PORTRAITS, load_portrait
from faceswap_lab.data.portrait_render import PortraitRenderer
from faceswap_lab.media.synth_writer import write_clip

FPS = 25


@dataclass(frozen=True, slots=True)
class DemoClips:
    """Clips of one person: the same portrait in two performances.

    Attributes:
        identity: Short name.
        credit: Who is shown, and whose picture it is.
        train: Clip to train on.
        held: Clip that training never sees.
    """

    identity: str
    credit: str
    train: Path
    held: Path


def write_demo_footage(folder: str | os.PathLike[str], *, seconds: float = 10.0, seed: int = 1) -> list[DemoClips]:
    """Renders what is not there yet.

    Args:
        folder: Where the clips go, as ``<identity>_train.mp4`` and ``<identity>_held.mp4``.
        seconds: Length of each clip.
        seed: Decides the performances; the four clips share none.

    Raises:
        OutputError: A clip cannot be written.
    """
    made: list[DemoClips] = []
    for number, name in enumerate(PORTRAITS):
        portrait = load_portrait(name)
        clips = DemoClips(name, portrait.credit, Path(folder) / f"{name}_train.mp4", Path(folder) / f"{name}_held.mp4")
        renderer: PortraitRenderer | None = None
        for part, path in enumerate((clips.train, clips.held)):
            if path.exists():
                continue
            renderer = renderer or PortraitRenderer(portrait)
            moments = animate(1000 * seed + 10 * number + part, num_frames=round(seconds * FPS), fps=FPS)
            opening_T = np.array([moment.mouth_opening for moment in moments])
            samples = murmur(opening_T, fps=FPS, seed=seed + part)
            write_clip(path, _frames(renderer, moments, path.stem), fps=FPS, samples=samples, rate_hz=RATE_HZ)
        made.append(clips)
    return made


def _frames(renderer: PortraitRenderer, moments: list[Moment], name: str) -> Iterator[NDArray[np.uint8]]:
    for moment in track(moments, total=len(moments), description=f"render {name}"):
        yield renderer.render(moment)[0]
