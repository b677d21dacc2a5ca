"""A face set as COCO keypoints, for tools that train or check landmark detectors."""

from pathlib import Path
from typing import Any

from faceswap_lab.core.files import atomic_write_json
from faceswap_lab.faces.face import NUM_LANDMARKS
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow

# Start and end of each line of the drawing, and whether it closes.
PARTS = {
    "jaw": (0, 17, False),
    "right_brow": (17, 22, False),
    "left_brow": (22, 27, False),
    "nose_bridge": (27, 31, False),
    "nose_tip": (31, 36, False),
    "right_eye": (36, 42, True),
    "left_eye": (42, 48, True),
    "outer_lips": (48, 60, True),
    "inner_lips": (60, 68, True),
}
"""Parts of the iBUG 68 points by first and end point; right and left are the person's own."""


def write_coco(faceset: Faceset, output: str | Path) -> int:
    """Writes the accepted faces and returns how many.

    An image is a frame of the footage, called as ``faceswap-lab frames`` would write it, in a folder called as the
    footage. Boxes are x, y, width, height; a keypoint is x, y, 2 (visible: the 68 points carry no visibility).

    Raises:
        OutputError: The file cannot be written.

    Source:
        cocodataset.org/#format-data, keypoint detection. Coordinates are ours: pixel centres lie at integers.
    """
    rows = faceset.rows()
    media = {one.sha256: one for one in faceset.identity.media}
    images: dict[tuple[str, int], dict[str, Any]] = {}
    for row in rows:
        known = media.get(row.media)
        folder = Path(known.name).stem if known else row.media[:8]
        image = {"file_name": f"{folder}/frame_{row.frame_index:06d}.png"}
        size = {} if known is None else {"width": known.width, "height": known.height}
        images.setdefault((row.media, row.frame_index), {"id": len(images) + 1, **image, **size})
    content = {
        "info": {"description": f"faces of {faceset.identity.name}", "version": "1.0"},
        "licenses": [{"id": 1, "name": faceset.identity.licence or "not stated", "url": ""}],
        "images": list(images.values()),
        "categories": [_category()],
        "annotations": [_annotation(row, images[row.media, row.frame_index]["id"]) for row in rows],
    }
    atomic_write_json(output, content)
    return len(rows)


def _category() -> dict[str, Any]:
    names = [f"{part}_{index - first}" for part, (first, end, _) in PARTS.items() for index in range(first, end)]
    lines = [[index + 1, index + 2] for first, end, _ in PARTS.values() for index in range(first, end - 1)]
    lines += [[end, first + 1] for first, end, closes in PARTS.values() if closes]
    return {"id": 1, "name": "face", "supercategory": "person", "keypoints": names, "skeleton": lines}


def _annotation(row: FaceRow, image_id: int) -> dict[str, Any]:
    x0, y0, x1, y1 = row.box.tolist()
    return {
        "id": row.id,
        "image_id": image_id,
        "category_id": 1,
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": (x1 - x0) * (y1 - y0),
        "iscrowd": 0,
        "num_keypoints": NUM_LANDMARKS,
        "keypoints": [number for x, y in row.landmarks_682.tolist() for number in (x, y, 2)],
        "score": row.confidence,
    }
