"""The demo's held-out frames, swapped in several ways and found again as `evaluate` does, for `good_and_bad.py`."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from good_and_bad_sheet import Pixels, Tile

from faceswap_lab.core.build import build
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.evaluation.reference import measure_reference
from faceswap_lab.evaluation.search import FoundFace, find_again
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.drawer import SwappedFaces
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.swap_face import Network, OneIdentity, Settings, swap_face
from faceswap_lab.swap.swapper import Swapper

FOOTAGE, IDENTITY = "astronaut", "hopper"
FRAMES = tuple(range(40, 121, 8))
"""Frames whose mouth and head move, far apart."""

NEIGHBOURS = tuple(range(104, 112))
"""Frames that follow one another."""

VIEW = CropSpec("whole", 216)


class Wrapped:
    """A network whose faces are changed after it drew them.

    Args:
        network: Draws them.
    """

    def __init__(self, network: Network) -> None:
        self.network, self.crop_spec, self.output_size = network, network.crop_spec, network.output_size


class Frozen(Wrapped):
    """A network that draws the first face it ever saw: the right person, who does nothing."""

    first: SwappedFaces | None = None

    def draw(self, crops: Sequence[Pixels]) -> SwappedFaces:
        self.first = self.first or self.network.draw(crops)
        return self.first


class Askew(Wrapped):
    """A network that draws heads turned by 12 degrees in the picture."""

    def draw(self, crops: Sequence[Pixels]) -> SwappedFaces:
        images, masks = self.network.draw(crops)
        size = images.shape[1]
        matrix = cv2.getRotationMatrix2D((size / 2, size / 2), 12, 1)
        turned = [cv2.warpAffine(image, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE) for image in images]
        return SwappedFaces(np.array(turned, np.float32), masks)


class Demo:
    """The demo's held-out footage, its networks, and what measures.

    Args:
        folder: The demo's.
        early: A checkpoint of few steps.
    """

    def __init__(self, folder: Path, early: Path) -> None:
        cfg = compose_config("evaluate")
        finder = FaceFinder(build(cfg.detector), build(cfg.landmarker))
        self.finder, self.embedder = build(cfg.refine).apply(finder), build(cfg.embedder)
        last = folder / "run" / "checkpoints" / "last.ckpt"
        self.swappers = {"finished": Swapper.from_checkpoint(last), "early": Swapper.from_checkpoint(early)}
        self.target = measure_reference(Faceset.open(folder / "faces" / IDENTITY), self.embedder)
        wanted = sorted({*FRAMES, *NEIGHBOURS})
        clip = open_footage(folder / "footage" / f"{FOOTAGE}_held.mp4")
        self.frames: dict[int, Frame] = {
            frame.index: frame for frame in clip.frames(FrameRange(tuple((index, index + 1) for index in wanted)))
        }
        self.faces: dict[int, Face] = {index: finder.find(frame.image)[0] for index, frame in self.frames.items()}

    def network(self, name: str) -> Network:
        """One that draws the identity."""
        return OneIdentity(self.swappers[name], IDENTITY)

    def patch(self, index: int, network: Network, settings: Settings | None = None) -> Patch:
        """The swap of a frame."""
        patch = swap_face(self.frames[index].image, self.faces[index], network, settings)
        assert patch is not None, f"frame {index} has no face"
        return patch

    def swapped(self, index: int, network: Network, settings: Settings | None = None) -> Frame:
        """The frame with the other face."""
        image = self.frames[index].image.copy()
        paste(image, [self.patch(index, network, settings)])
        return Frame(image, index, self.frames[index].pts_s)

    def found(self, after: Frame, *, described: bool = False) -> FoundFace | None:
        """The swapped face, found again as `evaluate` does."""
        landmarks_682 = self.faces[after.index].landmarks_682
        embedder = self.embedder if described else None
        return find_again(self.frames[after.index], after, landmarks_682, finder=self.finder, embedder=embedder)

    def view(self, image: Pixels, index: int) -> Pixels:
        """The face of a frame, for people."""
        return cut(image, frame_to_crop(self.faces[index].landmarks_682, VIEW), VIEW.size)

    def tile(self, after: Frame, caption: str) -> Tile:
        """A swapped frame, which gets a label."""
        return Tile(self.view(after.image, after.index), caption, made=True)

    def footage_tile(self, index: int) -> Tile:
        """The frame as it was."""
        return Tile(self.view(self.frames[index].image, index), f"footage, frame {index}")


def settings(*overrides: str) -> Settings:
    """What `convert` with these options puts faces back with."""
    cfg = compose_config("convert", overrides)
    return Settings(colour=build(cfg.colour), mask=build(cfg.mask), blend=build(cfg.blend))
