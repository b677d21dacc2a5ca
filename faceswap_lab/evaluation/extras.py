"""What is measured of a direction only where it was asked for: a second embedder, forgery detection, FID and KID."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.detectability import measure_detectability
from faceswap_lab.evaluation.forgery_crops import ForgeryCrops
from faceswap_lab.evaluation.identity import FloatArray
from faceswap_lab.evaluation.inputs import Person
from faceswap_lab.evaluation.judge import Judge
from faceswap_lab.evaluation.perceptual import Perceptual, face_crop
from faceswap_lab.evaluation.schema import Metrics, pair_key
from faceswap_lab.evaluation.search import FoundFace
from faceswap_lab.media.frame import Frame


@dataclass(slots=True)
class Extra:
    """What one direction is asked for.

    Attributes:
        windows: Faces before and after the swap, for the forgery classifier; None where none is trained.
        vectors: The judge's descriptors of the swapped faces.
        crops: The swapped faces, 256 px.
    """

    judge: Judge | None
    perceptual: Perceptual | None
    windows: ForgeryCrops | None
    vectors: list[FloatArray] = field(default_factory=list)
    crops: list[NDArray[np.uint8]] = field(default_factory=list)

    def see(self, frame: Frame, face: FoundFace) -> None:
        """Takes in a converted frame and the swapped face that was found again and described."""
        if self.judge is not None:
            self.vectors.append(self.judge.embedder.embed(frame.image, face.landmarks_682))
        if self.perceptual is not None:
            self.crops.append(face_crop(frame.image, face.landmarks_682))


class Extras:
    """What an evaluation is asked for beyond its figures.

    Args:
        judge: A second embedder with its means, or None.
        perceptual: Networks of ImageNet, or None.
        detectability: Whether a forgery classifier is trained.
    """

    def __init__(self, *, judge: Judge | None, perceptual: Perceptual | None, detectability: bool) -> None:
        self._judge, self._perceptual, self._detectability = judge, perceptual, detectability
        self._windows: dict[str, ForgeryCrops] = {}

    def begin(self) -> Extra:
        """For the direction that comes next."""
        return Extra(self._judge, self._perceptual, ForgeryCrops() if self._detectability else None)

    def add(self, metrics: Metrics, extra: Extra, *, footage: str, target: Person) -> None:
        """Writes down what a direction gave."""
        pair = pair_key(footage, target.name)
        if extra.windows is not None:
            self._windows[pair] = extra.windows
        if self._judge is not None:
            metrics["judge"] = metrics["judge"] or self._judge.empty()
            figures, intervals = self._judge.figures(extra.vectors, footage=footage, identity=target.name)
            metrics["judge"]["pairs"][pair], metrics["judge"]["intervals"][pair] = figures, intervals
        if self._perceptual is not None:
            metrics["perceptual"] = metrics["perceptual"] or {}
            metrics["perceptual"][pair] = self._perceptual.compare(extra.crops, target.faceset)

    def finish(self, metrics: Metrics) -> None:
        """Trains and asks the forgery classifier, once all directions are there."""
        if self._detectability:
            metrics["detectability"] = measure_detectability(self._windows)
            if metrics["detectability"] is None:
                metrics["notes"].append("detectability was not measured: it takes two directions with swapped faces.")
