"""A tiny network in a checkpoint of Lightning's layout, a short clip with sound, and a finder that knows the face."""

import json
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch

from faceswap_lab.core.build import build
from faceswap_lab.core.checkpoint import CARD_KEY
from faceswap_lab.core.files import sha256_of
from faceswap_lab.faces.face import Detection, Face
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.media.footage import open_footage
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper

WIDTH, HEIGHT, FPS, NUM_FRAMES = 160, 128, 25, 12
TIMES_MS = [0, 40, 80, 140, 180, 220, 280, 320, 360, 400, 440, 500]
FACE_ORIGIN, FACE_PX = np.array([40.0, 30.0]), 64.0


def tiny_model(identities: list[str], *, mask: bool = True, bottleneck: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "_target_": "faceswap_lab.models.autoencoder.SharedAutoencoder",
        "encoder": {
            "_target_": "faceswap_lab.models.encoders.original.Original",
            "input_size": 32,
            "widths": [4, 8, 8],
            "kernel": 3,
        },
        "bottleneck": bottleneck
        or {
            "_target_": "faceswap_lab.models.bottlenecks.dense.Dense",
            "_partial_": True,
            "latent": 16,
            "channels": 8,
            "out_channels": 8,
        },
        "decoder": {
            "_target_": "faceswap_lab.models.decoders.upscale.Upscale",
            "_partial_": True,
            "widths": [8, 8, 8],
            "kernel": 3,
            "mask": mask,
        },
        "identities": identities,
    }


def consent(**changes: str | None) -> dict[str, str | None]:
    return {"basis": "self", "reference": None, "scope": None, "expiry": None} | changes


def tiny_checkpoint(
    path: Path,
    *,
    mask: bool = True,
    facesets: dict[str, Path] | None = None,
    bottleneck: dict[str, Any] | None = None,
    **ada: str | None,
) -> Path:
    torch.manual_seed(0)
    model = tiny_model(["ada", "ben"], mask=mask, bottleneck=bottleneck)
    network = build(model)
    if mask:  # a mask head that is sure of the face everywhere, so that the hull decides
        for decoder in network.decoders:
            torch.nn.init.constant_(decoder.mask[-1].bias, 12.0)
    identities = {
        name: {
            "consent": consent(**(ada if name == "ada" else {})),
            "licence": "CC0-1.0" if name == "ben" else None,
            "num_faces": 20,
            "faceset": str((facesets or {}).get(name, f"/nowhere/{name}")),
            "faceset_hash": "0" * 64,
        }
        for name in ("ada", "ben")
    }
    card = {
        "schema": 1,
        "model": model,
        "identities": identities,
        "crop": {"kind": "face", "size": 32},
        "output_size": 64,
        "finder": {"detector": "stub", "landmarker": "stub"},
        **{"choices": {}, "config": {}, "metrics": {}, "versions": {}, "commit": None},
        **{"seed": 1, "steps": 3, "train_seconds": 1.0, "samples_per_s": 1.0, "parameters": 1},
    }
    state_dict = {f"net.{key}": value for key, value in network.state_dict().items()}
    torch.save({"state_dict": state_dict, "epoch": 0, "global_step": 3, CARD_KEY: card}, path)
    return path


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Identities ada and ben, 32 px in, 64 px out, with mask heads."""
    return tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny.ckpt")


def picture(index: int) -> np.ndarray:
    """A smooth picture that changes with time, cheap to encode."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return np.stack([x + 5 * index, 2 * y, 255 - x], -1).astype(np.uint8)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames of `picture`, with uneven times and a tone."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, 1000)
        audio = container.add_stream("aac", rate=16000)
        for index in range(NUM_FRAMES):
            frame = av.VideoFrame.from_ndarray(picture(index), format="rgb24")
            frame.pts, frame.time_base = TIMES_MS[index], video.codec_context.time_base
            container.mux(video.encode(frame))
        container.mux(video.encode())
        tone = np.sin(np.arange(16000 * NUM_FRAMES // FPS) / 16000 * 2 * np.pi * 440).astype(np.float32)[None]
        samples = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
        samples.sample_rate, samples.pts = 16000, 0
        container.mux(audio.encode(samples))
        container.mux(audio.encode())
    return path


def landmarks(shift: tuple[float, float] = (0, 0)) -> np.ndarray:
    return MEAN_FACE_682 * FACE_PX + FACE_ORIGIN + np.array(shift)


def face(shift: tuple[float, float] = (0, 0), scale: float = 1) -> Face:
    points = (landmarks() - FACE_ORIGIN) * scale + FACE_ORIGIN + np.array(shift)
    return Face(np.concatenate([points.min(0), points.max(0)]), points, 0.99)


class StubParts:
    """Detector and landmarker in one: what is found in a frame is said beforehand, call by call."""

    name = "stub"

    def __init__(self, found: Callable[[int], list[Face]]) -> None:
        self._found, self.num_calls, self._faces = found, 0, {}

    def detect(self, image: np.ndarray) -> list[Detection]:
        faces = self._found(self.num_calls)
        self.num_calls += 1
        detections = [Detection(face.box_4, face.confidence) for face in faces]
        self._faces = {id(detection): face for detection, face in zip(detections, faces, strict=True)}
        return detections

    def landmarks(self, image: np.ndarray, detection: Detection) -> Face:
        return self._faces[id(detection)]


def stub_finder(found: Callable[[int], list[Face]] = lambda call: [face()]) -> FaceFinder:
    parts = StubParts(found)
    return FaceFinder(parts, parts)


@pytest.fixture(scope="session")
def make_checkpoint() -> Callable[..., Path]:
    """``make_checkpoint(path, mask=True, facesets={}, **consent_of_ada)``."""
    return tiny_checkpoint


@pytest.fixture(scope="session")
def make_face() -> Callable[..., Face]:
    """``make_face(shift=(x, y), scale=1)``: a face of 64 px in the clip's frames."""
    return face


@pytest.fixture(scope="session")
def make_finder() -> Callable[..., FaceFinder]:
    """``make_finder(found)``, where ``found(call)`` gives the faces of the n-th frame; by default one."""
    return stub_finder


@pytest.fixture(scope="session")
def swapper(checkpoint: Path) -> Swapper:
    return Swapper.from_checkpoint(checkpoint, device="cpu")


@pytest.fixture
def run(
    tmp_path: Path, clip: Path, swapper: Swapper, make_finder: Callable[..., FaceFinder]
) -> Callable[..., ConvertReport]:
    """Converts the clip to ada, with a finder that sees one face in every frame."""

    def run(output: str = "out.mp4", **options: Any) -> ConvertReport:
        defaults: dict[str, Any] = {"swapper": swapper, "identity": "ada", "finder": make_finder()}
        return convert(options.pop("footage", clip), tmp_path / output, **(defaults | options))

    return run


@pytest.fixture
def alignments(tmp_path: Path) -> Callable[[Path, Iterable[Any]], Path]:
    """``alignments(clip, points_n682)`` writes a file that says where the one face of each frame is."""

    def write(clip: Path, points: Iterable[Any]) -> Path:
        footage, media = open_footage(clip).info, sha256_of(clip)
        content = {
            "schema": "faceswap-lab/alignments",
            "version": 1,
            "identity": {"name": "ben", "consent": consent(), "licence": None},
            "crop": {"kind": "face", "size": 256},
            "media": [
                {"sha256": media, "name": clip.name, "width": footage.width, "height": footage.height, "fps": 25.0}
            ],
            "faces": [{"media": media, "frame_index": k, "landmarks": one.tolist()} for k, one in enumerate(points)],
        }
        (tmp_path / "faces.json").write_text(json.dumps(content))
        return tmp_path / "faces.json"

    return write
