"""Draws `docs/pictures/good_faces.jpg` from one frame of the demo's footage.

python docs/pictures/good_faces.py docs/pictures/good_faces.jpg
"""

import sys

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.files import atomic_write_bytes
from faceswap_lab.data.animation import Light, Moment
from faceswap_lab.data.portrait import load_portrait
from faceswap_lab.data.portrait_render import PortraitRenderer
from faceswap_lab.faces.crop import CropSpec, crop_corners, cut, frame_to_crop
from faceswap_lab.faces.crop_kinds import CROP_KINDS
from faceswap_lab.faces.detectors.mtcnn import Mtcnn
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.landmarkers.dlib68 import Dlib68
from faceswap_lab.faces.mask_overlay import draw_overlay
from faceswap_lab.faces.maskers.components import Components
from faceswap_lab.faces.maskers.ellipse import Ellipse
from faceswap_lab.faces.maskers.hull import Hull
from faceswap_lab.faces.part_masks import eye_mask, mouth_mask

Image = NDArray[np.uint8]

TILE, GAP, LABEL = 224, 8, 22
COLOURS = {"face": (240, 200, 40), "whole": (80, 200, 120), "head": (90, 160, 255), "legacy": (240, 110, 90)}


def main(path: str) -> None:
    """Renders, finds, cuts and draws."""
    renderer = PortraitRenderer(load_portrait("astronaut"))
    upright = renderer.render(Moment(yaw_deg=18, roll_deg=5, mouth_opening=0.05, light=Light()))[0]
    turned = np.ascontiguousarray(np.rot90(upright, -1))
    finder = FaceFinder(Mtcnn(rotations=(0, 90, 180, 270)), Dlib68())
    (face,), (lying,) = finder.find(upright), finder.find(turned)
    rows = [
        [
            ("box and landmarks", draw_found(upright, face)),
            ("turned by 90 degrees, rotations=[0,90,180,270]", draw_found(turned, lying)),
            ("kinds of crop in the frame", draw_kinds(upright, face)),
        ],
        [(f"crop={kind}", cut_face(upright, face, kind)) for kind in ("face", "whole", "head", "legacy")],
        [(name, mask_face(upright, face, name)) for name in ("hull", "extended", "components", "ellipse")],
        [(name, mask_face(upright, face, name)) for name in ("eyes", "mouth")]
        + [("crop=face crop.coverage=0.75", cut_face(upright, face, "face", 0.75))],
    ]
    encoded = cv2.imencode(".jpg", sheet(rows)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes()
    atomic_write_bytes(path, encoded)
    print(f"{path}: {len(encoded)} bytes")  # noqa: T201


def draw_found(image: Image, face: Face) -> Image:
    """The frame with the face's box and landmarks."""
    drawn, scale = shrink(image)
    x0, y0, x1, y1 = np.rint(face.box_4 * scale).astype(int)
    cv2.rectangle(drawn, (int(x0), int(y0)), (int(x1), int(y1)), (240, 200, 40), 1, cv2.LINE_AA)
    for point in face.landmarks_682 * scale:
        cv2.circle(drawn, (round(point[0]), round(point[1])), 1, (80, 220, 120), -1, cv2.LINE_AA)
    return drawn


def draw_kinds(image: Image, face: Face) -> Image:
    """The frame with the square that each kind of crop shows."""
    drawn, scale = shrink(image)
    for kind in CROP_KINDS:
        corners = crop_corners(frame_to_crop(face.landmarks_682, CropSpec(kind, 256)), 256) * scale  # type: ignore[arg-type]
        cv2.polylines(drawn, [np.rint(corners).astype(np.int32)], True, COLOURS[kind], 2, cv2.LINE_AA)
    return drawn


def cut_face(image: Image, face: Face, kind: str, coverage: float = 1.0) -> Image:
    """The crop of one kind, framed in that kind's colour."""
    spec = CropSpec(kind, TILE, coverage)  # type: ignore[arg-type]
    crop = cut(image, frame_to_crop(face.landmarks_682, spec), TILE)
    return cv2.rectangle(crop.copy(), (0, 0), (TILE - 1, TILE - 1), COLOURS[kind], 3)


def mask_face(image: Image, face: Face, name: str) -> Image:
    """The crop with one mask drawn over it."""
    matrix = frame_to_crop(face.landmarks_682, CropSpec("face", TILE))
    draws = {
        "hull": Hull().mask,
        "extended": Hull(forehead_ratio=0.25).mask,
        "components": Components().mask,
        "ellipse": Ellipse().mask,
        "eyes": eye_mask,
        "mouth": mouth_mask,
    }
    return draw_overlay(cut(image, matrix, TILE), draws[name](face.landmarks_682, matrix, TILE))


def shrink(image: Image) -> tuple[Image, float]:
    """The frame at the height of a tile and a half, and its scale."""
    height = TILE * 4 // 3
    scale = height / image.shape[0]
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8), scale


def sheet(rows: list[list[tuple[str, Image]]]) -> Image:
    """All tiles in rows, each under its words, on white."""
    drawn = [np.hstack([labelled(text, image) for text, image in row]) for row in rows]
    width = max(row.shape[1] for row in drawn)
    return np.vstack([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in drawn])


def labelled(text: str, image: Image) -> Image:
    """A tile with its words above it."""
    tile = np.pad(image, ((LABEL, GAP), (0, GAP), (0, 0)), constant_values=255)
    cv2.putText(tile, text, (2, LABEL - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (30, 30, 30), 1, cv2.LINE_AA)
    return np.asarray(tile, np.uint8)


if __name__ == "__main__":
    main(*sys.argv[1:])
