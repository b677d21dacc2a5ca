"""One frame of a footage as everybody: a row of the N x N pictures, restored where footage and identity are one."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from faceswap_lab.evaluation.pictures import Picture
from faceswap_lab.evaluation.restored import HeldOutFaces, measure_alike
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.swapper import Swapper

SIZE_PX = 192


@dataclass(slots=True)
class AsEverybody:
    """Pictures of one frame, cut as the network sees faces.

    Attributes:
        footage: Whom the footage shows.
        crop_spec: Of the network's input.
        output_size: Side of what it draws, px.
        index: Frame of the footage, chosen when the first converted clip is read.
        pictures: The footage's own face under ``""``, and the frame as each identity under its name.
    """

    footage: str
    crop_spec: CropSpec
    output_size: int
    index: int | None = None
    pictures: dict[str, Picture] = field(default_factory=dict)
    _face: HeldOutFaces | None = None

    def choose(self, indices: list[int]) -> None:
        """Chooses the middle one of these frames, unless one has been chosen."""
        if self.index is None and indices:
            self.index = sorted(indices)[len(indices) // 2]

    def add(
        self, before: Frame, after: Frame, landmarks_682: FloatArray, *, identity: str, distance: float | None
    ) -> None:
        """Takes in the chosen frame of one converted clip; other frames are passed over.

        Args:
            before: Frame of the footage.
            after: The converted frame.
            landmarks_682: Of the footage's face, frame px.
            identity: Who was swapped in.
            distance: To that identity, where it was measured.
        """
        if before.index != self.index:
            return
        spec = self.crop_spec.at(SIZE_PX)
        matrix_23 = frame_to_crop(landmarks_682, spec)
        frame = f"frame {before.index}, {before.pts_s:.2f} s"
        if self._face is None:
            self._face = HeldOutFaces(self.crop_spec, self.output_size)
            self._face.add(before.image, landmarks_682)
            alt = f"{self.footage} in the footage, {frame}"
            self.pictures[""] = Picture(cut(before.image, matrix_23, SIZE_PX), f"{self.footage}, {frame}", alt)
        said = "" if distance is None else f"distance {distance:.3f}"
        self.pictures[identity] = Picture(
            cut(after.image, matrix_23, SIZE_PX), said, f"{frame} of {self.footage} as {identity}"
        )

    def restore(self, swapper: Swapper) -> None:
        """Adds what the footage's own decoder makes of the chosen frame."""
        if self._face is None:
            return
        drawn = list(swapper.swap(self._face.inputs, self.footage).images)
        ssim = measure_alike(drawn, self._face)["ssim"]
        image = np.rint(np.clip(drawn[0], 0, 1) * 255).astype(np.uint8)
        kernel = cv2.INTER_AREA if len(image) > SIZE_PX else cv2.INTER_CUBIC
        image = np.asarray(cv2.resize(image, (SIZE_PX, SIZE_PX), interpolation=kernel), np.uint8)
        said = "restored" if ssim is None else f"restored, SSIM {ssim:.3f}"
        self.pictures[self.footage] = Picture(image, said, f"frame {self.index} of {self.footage}, restored")
