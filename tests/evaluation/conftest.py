"""Two animated portraits with face sets and held-out clips, for tests that measure whole clips."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.consent import Consent
from faceswap_lab.data.animation import animate
from faceswap_lab.data.portrait import load_portrait
from faceswap_lab.data.portrait_render import PortraitRenderer
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction import media_sha256
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import Embedder, FaceFinder, build_finder, build_part
from faceswap_lab.faces.identity_record import IdentityRecord, MediaRecord
from faceswap_lab.faces.measure import measure
from faceswap_lab.media.images import write_image

FRAME_PX = 384
NUM_TRAINED, NUM_HELD = 10, 14


@dataclass(frozen=True)
class Actor:
    """One person.

    Attributes:
        name: Short name.
        faceset: Faces of one performance.
        clip: Another performance, a folder of pictures.
        frames: Its frames.
        landmarks: Exact landmarks in them.
    """

    name: str
    faceset: Faceset
    clip: Path
    frames: list[np.ndarray]
    landmarks: list[np.ndarray]


def write_frames(folder: Path, frames: Sequence[np.ndarray]) -> Path:
    folder.mkdir(parents=True)
    for index, frame in enumerate(frames):
        write_image(folder / f"{index:03d}.png", frame)
    return folder


@pytest.fixture(scope="session")
def save_frames() -> Callable[[Path, Sequence[np.ndarray]], Path]:
    """Writes frames as a folder of pictures, which loses nothing."""
    return write_frames


@pytest.fixture(scope="session")
def finder() -> FaceFinder:
    return build_finder()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return build_part("embedder", "dlib_resnet")


@pytest.fixture(scope="session")
def actors(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> dict[str, Actor]:
    """The two portraits of the demo."""
    made: dict[str, Actor] = {}
    folder = tmp_path_factory.mktemp("actors")
    for number, name in enumerate(("astronaut", "hopper")):
        renderer = PortraitRenderer(load_portrait(name), frame_px=FRAME_PX)
        trained = [renderer.render(moment) for moment in animate(10 + number, num_frames=100)[:: 100 // NUM_TRAINED]]
        held = [renderer.render(moment) for moment in animate(20 + number, num_frames=60)[20 : 20 + NUM_HELD]]
        media = media_sha256(write_frames(folder / f"{name}_train", [image for image, _ in trained]))
        spec = CropSpec("face", 256)
        faceset = Faceset.create(
            folder / f"{name}_faces", IdentityRecord(name, Consent("public-material")), crop_spec=spec
        )
        faceset.add_media(MediaRecord(media, f"{name}_train", FRAME_PX, FRAME_PX, None))
        for index, (image, landmarks) in enumerate(trained):
            box = np.concatenate([landmarks.min(0), landmarks.max(0)])
            faceset.add(
                measure(image, Face(box, landmarks, 1.0), spec),
                media=media,
                frame_index=index,
                pts_s=index / 25,
                detector="exact (1)",
                landmarker="exact (1)",
                embedding=embedder.embed(image, landmarks),
                embedder=embedder.name,
            )
        faceset.close()
        frames, landmarks = [image for image, _ in held], [points for _, points in held]
        made[name] = Actor(name, faceset, write_frames(folder / f"{name}_held", frames), frames, landmarks)
    return made
