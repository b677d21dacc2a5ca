"""Every figure of `pairs`, computed a second time by plain code (conftest.py) from the pictures alone.

The clips are folders of pictures, so that they are read here by Pillow, and what trained is read from the face sets'
database.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from faceswap_lab.data.animation import animate
from faceswap_lab.data.portrait import load_portrait
from faceswap_lab.data.portrait_render import PortraitRenderer
from faceswap_lab.evaluation.protocol import evaluate
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.drawer import SwappedFaces
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import SwapRecord
from faceswap_lab.swap.swapper import Swapper

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FRAMES, EMPTY, SIZE = 30, range(12, 15), 128


class Mixing:
    """Draws a face between the one that is given and another one, in some frames no face at all."""

    identities, device, input_size, output_size = ["astronaut", "hopper"], "cpu", SIZE, SIZE

    def __init__(self, shown: np.ndarray) -> None:
        self.shown = cv2.resize(shown, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32)

    def draw(self, faces_BSS3: np.ndarray, identity: str) -> SwappedFaces:
        return SwappedFaces(np.stack([self._draw(face) for face in faces_BSS3]).astype(np.float32), None)

    def _draw(self, face: np.ndarray) -> np.ndarray:
        chance = int(face.sum())
        if chance % 13 == 0:
            return np.random.default_rng(chance).random((SIZE, SIZE, 3)) * 0.9
        moved = np.roll(face, chance % 3, axis=1)
        return np.clip(0.45 * moved + 0.55 * self.shown + chance % 7, 0, 255) / 255

    def can_draw(self, identity: str) -> bool:
        return identity in self.identities

    def refusal(self, identity: str) -> str | None:
        return None

    def set_strength(self, strength: float) -> None:
        raise NotImplementedError


def pictures(folder: Path) -> list[np.ndarray]:
    return [np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*.png"))]


@pytest.fixture(scope="module")
def measured(actors, finder, embedder, save_frames, tmp_path_factory) -> dict[str, Any]:
    """What `evaluate` says of a clip, and all that it said it of."""
    folder = tmp_path_factory.mktemp("job")
    renderer = PortraitRenderer(load_portrait("astronaut"), frame_px=384)
    frames = [renderer.render(moment)[0] for moment in animate(77, num_frames=FRAMES)]
    for index in EMPTY:
        frames[index] = np.full_like(frames[index], 128)
    footage = save_frames(folder / "footage", frames)
    hopper = actors["hopper"].faceset
    people = {
        name: {
            "consent": actor.faceset.identity.consent.to_dict(),
            "licence": None,
            "num_faces": len(actor.faceset),
            "faceset": str(actor.faceset.path),
            "faceset_hash": actor.faceset.content_hash(),
        }
        for name, actor in actors.items()
    }
    card: Any = {
        **{"identities": people, "crop": {"kind": "face", "size": SIZE}, "config": {}, "train_seconds": 1.0},
        **{"samples_per_s": 1.0, "parameters": 1, "steps": 1, "seed": 1, "output_size": SIZE, "commit": None},
        **{"versions": {}, "choices": {}, "finder": {}, "model": {}, "metrics": {}},
    }
    swaps: dict[int, tuple[SwapRecord, np.ndarray, Patch]] = {}

    def converter(clip: Path, output: Path, *, identity: str, ranges: Any, faceset: Path, on_face: Any = None) -> Any:
        def see(record: SwapRecord, image: np.ndarray, patch: Patch) -> None:
            swaps[record.frame_index] = record, image.copy(), patch
            on_face(record, image, patch)

        return convert(
            clip, output, swapper=swapper, identity=identity, finder=finder, faceset=faceset, ranges=ranges, on_face=see
        )

    swapper = Swapper(Mixing(hopper.crop(hopper.rows()[0])), card=card)
    evaluate(
        swapper,
        {"astronaut": footage},
        output=folder / "report",
        convert=converter,
        finder=finder,
        embedder=embedder,
        clip_names={"astronaut_as_hopper": "swapped"},
    )
    return {
        "figures": json.loads((folder / "report" / "metrics.json").read_text())["pairs"]["astronaut>hopper"],
        "before": pictures(footage),
        "after": pictures(folder / "report" / "swapped"),
        "swaps": swaps,
        "finder": finder,
        "embedder": embedder,
        "facesets": {name: actor.faceset.path for name, actor in actors.items()},
    }


def test_every_figure_of_a_pair_is_what_plain_code_makes_of_the_pictures(
    measured: dict[str, Any], recomputed: Callable[[dict[str, Any]], dict[str, float]]
) -> None:
    figures, again = measured["figures"], recomputed(measured)
    assert set(again) | {"ms_per_frame"} == set(figures)
    apart = {name: (figures[name], value) for name, value in again.items() if not abs(figures[name] - value) <= 1e-6}
    assert apart == {}
    assert figures["ms_per_frame"] > 0


def test_the_job_is_one_in_which_figures_could_differ(measured: dict[str, Any]) -> None:
    figures = measured["figures"]
    assert len(measured["before"]) == len(measured["after"]) == figures["frames_searched"] == FRAMES
    assert figures["frames_swapped"] == FRAMES - len(EMPTY)
    assert 0.5 < figures["faces_found_ratio"] < (FRAMES - len(EMPTY)) / FRAMES
    assert FRAMES / 2 < figures["frames_embedded"] < FRAMES - len(EMPTY)
    assert 0 < figures["closer_to_target_ratio"] <= 1
    assert figures["background_psnr"] < 100
