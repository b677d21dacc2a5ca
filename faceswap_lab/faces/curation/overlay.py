"""What a face set knows of a clip, drawn on the clip: boxes, landmarks, outlines of crops and masks."""

import os

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.progress import track
from faceswap_lab.faces.crop import crop_corners
from faceswap_lab.faces.curation.coco import PARTS
from faceswap_lab.faces.extraction_request import media_sha256
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.geometry import invert_affine, transform_points
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.writer import WriterFactory, open_writer

_SHIFT = 4  # fixed-point bits of cv2's coordinates
_LANDMARKS, _BOX, _CROP, _MASK, _REJECTED = (
    (90, 230, 90),
    (255, 200, 60),
    (150, 150, 255),
    (255, 255, 255),
    (255, 60, 60),
)


def write_overlay(
    faceset: Faceset,
    footage_path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    ranges: FrameRange | None = None,
    make_writer: WriterFactory = open_writer,
) -> int:
    """Writes the footage with its faces drawn on it and returns the number of frames.

    Box yellow, crop blue, mask white, landmarks green; rejected faces all red.

    Args:
        faceset: The set.
        footage_path: The clip; it is known by its content, not its name.
        output: Video file, or a folder for images.
        ranges: Frames that are wanted; None: all.
        make_writer: Opens the output, with its encoder chosen.

    Raises:
        FacesetError: No face of the set is from this footage.
        FootageError: The footage cannot be read.
        OutputError: The output cannot be written.
    """
    footage, num_frames = open_footage(footage_path), 0
    rows = faceset.rows_for_media(media_sha256(footage.path), include_rejected=True)
    if not rows:
        raise FacesetError(
            f"{footage_path}: no face of {faceset.path} is from it; give the footage as it was extracted"
        )
    by_frame: dict[int, list[FaceRow]] = {}
    for row in rows:
        by_frame.setdefault(row.frame_index, []).append(row)
    total = footage.info.num_frames if ranges is None else None
    with make_writer(output, like=footage, ranges=ranges) as writer:
        for frame in track(footage.frames(ranges), total=total, description="drawing"):
            image = frame.image.copy()
            for row in by_frame.get(frame.index, []):
                draw_face(image, faceset, row)
            writer.write(image, frame)
            num_frames += 1
    return num_frames


def draw_face(image: NDArray[np.uint8], faceset: Faceset, row: FaceRow) -> None:
    """Draws one face into its frame, in place; RGB, shape (H, W, 3)."""
    width = max(1, round(min(image.shape[:2]) / 480))
    x0, y0, x1, y1 = row.box
    box = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    corners = crop_corners(row.frame_to_crop, faceset.crop_spec.size)
    red = _REJECTED if row.rejected else None
    _line(image, corners, red or _CROP, width, closed=True)
    _line(image, box, red or _BOX, width, closed=True)
    for outline in _mask_outlines(faceset, row):
        _line(image, outline, red or _MASK, width, closed=True)
    for first, end, closes in PARTS.values():
        _line(image, row.landmarks_682[first:end], red or _LANDMARKS, width, closed=closes)


def _mask_outlines(faceset: Faceset, row: FaceRow) -> list[FloatArray]:
    """Where the mask passes 128, in frame pixels; nothing where its picture is gone."""
    try:
        mask = faceset.mask(row)
    except FacesetError:
        return []
    found, _ = cv2.findContours((mask >= 128).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    back = invert_affine(row.frame_to_crop)
    return [transform_points(back, np.asarray(outline, np.float64).reshape(-1, 2)) for outline in found]


def _line(
    image: NDArray[np.uint8], points_N2: FloatArray, colour: tuple[int, int, int], width: int, *, closed: bool
) -> None:
    fixed = np.rint(points_N2 * 2**_SHIFT).astype(np.int32)
    cv2.polylines(image, [fixed], closed, colour, width, lineType=cv2.LINE_AA, shift=_SHIFT)
