"""Draws docs/gallery: one frame of each held-out clip of the demo, put back in every way.

faceswap-lab demo output=demo
python docs/pictures/converting.py demo demo/run/checkpoints/last.ckpt
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from faceswap_lab.core.build import build
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.finder import build_finder
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.images import encode_image
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.swap_face import OneIdentity, Settings, swap_face
from faceswap_lab.swap.swapper import Swapper

FRAME = 110
SIDE_PX = 216
MARGINS = {"colour": 0.35, "mask": 0.35, "blend": 0.1, "detail": 0.1}  # of the face's height, around it
MOST_PER_ROW = 6
SHEETS = {
    "colour": [
        *("none", "mean", "reinhard", "lct", "mkl", "idt", "sot", "histogram", "seamless"),
        *("manual colour.saturation=0.6", "skin_tone"),
    ],
    "blend": ["alpha", "linear_light", "pyramid", "poisson", "membrane"],
    "mask": ["hull", "extended", "predicted", "product", "hull_predicted"],
    "detail": [
        "",
        *("sharpen", "sharpen detail.sharpen.amount=2", "match_blur", "expression"),
        *("grain", "jpeg detail.jpeg.quality=30", "motion_blur detail.motion_blur.shutter=1"),
    ],
}
Pixels = NDArray[np.uint8]


class Scene(NamedTuple):
    """Two frames that follow one another, each with its face, and who is to be drawn."""

    images: list[Pixels]
    faces: list[Face]
    network: OneIdentity


def scene(demo: Path, swapper: Swapper, footage_of: str, identity: str) -> Scene:
    """The two frames of a held-out clip."""
    frames = open_footage(demo / "footage" / f"{footage_of}_held.mp4").frames(FrameRange(((FRAME - 1, FRAME + 1),)))
    images, finder = [frame.image for frame in frames], build_finder()
    return Scene(images, [finder.find(image)[0] for image in images], OneIdentity(swapper, identity))


def settings_of(group: str, choice: str) -> Settings:
    """What ``convert GROUP=CHOICE`` puts faces back with."""
    name, *more = choice.split() or [""]
    chosen = f"{group}=[{name}]" if group == "detail" else f"{group}={name}"
    cfg = compose_config("convert", [chosen, *more])
    return Settings(
        colour=build(cfg.colour),
        mask=build(cfg.mask),
        blend=build(cfg.blend),
        details=[build(detail) for detail in cfg.detail.values()],
    )


def tile(given: Scene, settings: Settings | None, group: str) -> Pixels:
    """The face, swapped and labelled, or tinted where the mask lies; without settings the footage's."""
    image, memory = given.images[1].copy(), None
    if settings is not None:
        patch = None
        for index, (before, face) in enumerate(zip(given.images, given.faces, strict=True)):
            patch = swap_face(before, face, given.network, settings, memory=memory, frame_index=index)
            memory = None if patch is None else patch.memory
        assert patch is not None
        if group == "mask":
            left, top, right, bottom = patch.box
            share = 0.6 * patch.mask[..., None]
            place = image[top:bottom, left:right]
            place[:] = np.rint(place * (1 - share) + share * np.array([255, 40, 40])).astype(np.uint8)
        else:
            paste(image, [patch])
    left, top, right, bottom = given.faces[1].box_4
    middle, half = np.array([left + right, top + bottom]) / 2, (0.5 + MARGINS[group]) * (bottom - top)
    corner, side = np.maximum(middle - half, 0).astype(int), round(2 * half)
    cut = image[corner[1] : corner[1] + side, corner[0] : corner[0] + side]
    shown = np.asarray(cv2.resize(cut, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)
    if settings is not None and group != "mask":
        CornerLabel(height_ratio=0.04).draw(shown, "bottom right")
    return shown


def column(scenes: Sequence[Scene], settings: Settings | None, caption: str, group: str) -> Pixels:
    """The scenes' tiles below a caption."""
    head = Image.new("RGB", (SIDE_PX, 24), "white")
    ImageDraw.Draw(head).text((4, 3), caption, fill="black", font=ImageFont.load_default(14))
    return np.vstack([np.asarray(head), *[tile(given, settings, group) for given in scenes]])


def caption(group: str, choice: str) -> str:
    """The name of an option, and what was given with it."""
    name, *more = choice.split() or ["none"]
    given = [one.removeprefix(f"{group}.") for one in more]
    return " ".join(given if group == "detail" and given else [name, *given])  # details name themselves


def sheet(scenes: Sequence[Scene], group: str) -> Pixels:
    """All options of a group, after the footage."""
    columns = [column(scenes, None, "footage", group)]
    for choice in SHEETS[group]:
        columns.append(column(scenes, settings_of(group, choice), caption(group, choice), group))
    per_row = -(-len(columns) // -(-len(columns) // MOST_PER_ROW))
    columns += [np.full_like(columns[0], 255)] * (-len(columns) % per_row)
    return np.vstack([np.hstack(columns[start : start + per_row]) for start in range(0, len(columns), per_row)])


def main(demo: Path, *more: Any) -> None:
    checkpoint = Path(more[0]) if more else demo / "run" / "checkpoints" / "last.ckpt"
    swapper = Swapper.from_checkpoint(checkpoint, device="cpu")
    scenes = [scene(demo, swapper, "astronaut", "hopper"), scene(demo, swapper, "hopper", "astronaut")]
    for group in SHEETS:
        path = Path(__file__).parents[1] / "gallery" / f"{group}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encode_image(sheet(scenes, group), suffix=".jpg", quality=85))
        sys.stdout.write(f"wrote {path}, {path.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
