"""A quick held-out check of a network in training: `SwapCheck` on frames of footage, and restored faces.

Whatever a network draws is resized to one size, so that recipes compare.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.evaluation.evenly import spread
from faceswap_lab.evaluation.held_faces import HeldFace, HeldOut
from faceswap_lab.evaluation.reference import measure_reference
from faceswap_lab.evaluation.restored import HeldOutFaces, measure_restored
from faceswap_lab.evaluation.swap_check import SwapCheck
from faceswap_lab.faces.extraction import media_sha256
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import build_finder, build_part
from faceswap_lab.faces.refine import Refine
from faceswap_lab.media.footage import open_footage
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.swap.swapper import SwappedFaces, Swapper

SIDE = 96  # px, of what is measured
ACCURATE = Refine(smooth="light", refeed=4, second_pass=False, sharpened=True)  # refine=accurate, as `evaluate` has it
AROUND = 1.2  # of the face's larger side: how far beyond it the surroundings reach


class Held(NamedTuple):
    """What is held out of one person, and what she really looks like.

    Attributes:
        faceset: Her training faces.
        trained: Its frames that train; None: all.
        clip: Held-out footage.
        range: Its frames that are held out; None: all.
        found: The face set that knows where the faces of that clip are.
    """

    faceset: Path
    trained: FrameRange | None
    clip: Path
    range: FrameRange | None
    found: Path


class ResizedSwapper(Swapper):
    """Draws at 96 px, whatever its network draws at."""

    def __init__(self, network: SharedAutoencoder, *, card: Card) -> None:
        super().__init__(network, card=card, device="cpu")
        self.output_size = SIDE

    def swap(self, crops: Sequence[NDArray[np.uint8]], identity: str) -> SwappedFaces:
        faces = super().swap(crops, identity)
        masks = None if faces.masks is None else np.stack([_resize(mask) for mask in faces.masks])
        return SwappedFaces(np.stack([_resize(image) for image in faces.images]), masks)


class HeldOutCheck:
    """Measures networks on the same few frames.

    Args:
        people: By identity.
        frames: Most frames of each clip that are looked at.
        embedded: Most of these whose face is described.
        compared: Most of these whose restored face is compared.
    """

    def __init__(self, people: Mapping[str, Held], *, frames: int = 32, embedded: int = 10, compared: int = 12) -> None:
        finder, embedder = ACCURATE.apply(build_finder()), build_part("embedder", "dlib_resnet")
        self._faces = {name: _read(held, frames) for name, held in people.items()}
        self._compared = compared
        means = {
            name: measure_reference(
                Faceset.open(held.faceset), embedder, footage=held.clip, held_out=held.range, trained=held.trained
            ).mean_128
            for name, held in people.items()
        }
        self._check = SwapCheck(
            {name: HeldOut(faces, means[name]) for name, faces in self._faces.items()},
            landmarker=finder.landmarker,
            embedder=embedder,
            described=embedded,
            finder=finder.unrefined,
        )

    def __call__(self, network: SharedAutoencoder, card: Card) -> dict[str, float]:
        """Figures of each direction and identity; of these the worse (``distance``, ``mouth``, ``ssim``) and the mean.

        A direction in which no face is found counts as no likeness (1) and no movement at all (-1).
        """
        was_training = network.training
        swapper = ResizedSwapper(network, card=card)
        figures: dict[str, float] = {}
        for (name, target), of in self._check(swapper).items():
            distance, mouth = of.identity_distance_target, of.mouth_opening_correlation
            figures[f"distance {name} as {target}"] = 1.0 if distance is None else distance
            figures[f"mouth {name} as {target}"] = -1.0 if mouth is None else mouth
            figures[f"found {name} as {target}"] = of.faces_found_ratio
        for name in self._faces:
            figures[f"ssim {name}"] = self._restore(swapper, name)
        network.train(was_training)
        for key, worse in (("distance", max), ("mouth", min), ("found", min), ("ssim", min)):
            values = [value for of, value in figures.items() if of.startswith(f"{key} ")]
            figures |= {key: worse(values), f"{key}_mean": float(np.mean(values))}
        return {key: round(value, 4) for key, value in figures.items()}

    def _restore(self, swapper: Swapper, name: str) -> float:
        faces = HeldOutFaces(swapper.crop_spec, swapper.output_size)
        for face in spread(self._faces[name], self._compared):
            faces.add(face.image, face.landmarks_682)
        return measure_restored(swapper, faces, name)["ssim"] or 0.0


def _read(held: Held, most: int) -> list[HeldFace]:
    """Surroundings of the faces, and landmarks in their px."""
    rows = Faceset.open(held.found).rows_for_media(media_sha256(held.clip))
    rows = [row for row in rows if held.range is None or held.range.contains(row.frame_index)]
    wanted = {row.frame_index: row.landmarks_682 for row in spread(rows, most)}
    read: list[HeldFace] = []
    for frame in open_footage(held.clip).frames(held.range):
        if frame.index not in wanted:
            continue
        landmarks_682 = wanted[frame.index]
        beyond = AROUND * np.ptp(landmarks_682, axis=0).max()
        left, top = np.maximum(landmarks_682.min(0) - beyond, 0).astype(int)
        right, bottom = (landmarks_682.max(0) + beyond).astype(int)
        window = np.ascontiguousarray(frame.image[top:bottom, left:right])
        read.append(HeldFace(window, landmarks_682 - (left, top)))
    return read


def _resize(image: NDArray[np.float32]) -> NDArray[np.float32]:
    interpolation = cv2.INTER_AREA if image.shape[0] > SIDE else cv2.INTER_CUBIC
    return np.clip(np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=interpolation), np.float32), 0.0, 1.0)
