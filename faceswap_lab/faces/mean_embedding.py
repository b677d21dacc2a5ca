"""The mean face vector of a face set: what "this identity" means to an evaluation."""

from typing import TYPE_CHECKING

import numpy as np

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.finder import Embedder
from faceswap_lab.faces.geometry import transform_points

if TYPE_CHECKING:
    from faceswap_lab.faces.faceset import Faceset


def mean_embedding(faceset: "Faceset", embedder: Embedder, *, at_least: int = 50) -> FloatArray:
    """Mean vector of the identity's faces.

    Vectors stored at extraction are taken first: they were computed from the whole frame. Where fewer than
    ``at_least`` rows have one, evenly spaced further rows are computed from their crops. A crop of kind ``face`` ends
    where dlib still looks, which moves the mean by 0.16 (``head``: 0.01; measured in ``experiments/mtcnn_box``).

    Args:
        faceset: The identity's faces.
        embedder: Gives the vectors.
        at_least: Number of faces to average, or all where there are fewer.

    Returns:
        Vector of the embedder's length, float64.

    Raises:
        FacesetError: The set is empty or a crop is damaged.
    """
    rows = faceset.rows()
    if not rows:
        raise FacesetError(f"{faceset.path} is an empty face set; extract footage into it first")
    vectors = [row.embedding for row in rows if row.embedding is not None and row.embedder == embedder.name]
    content = f"{faceset.content_hash()} {len(vectors)}"
    kept = faceset.database.mean(embedder.name, content, at_least)
    if kept is not None:
        return kept
    bare = [row for row in rows if row.embedding is None or row.embedder != embedder.name]
    vectors += [_from_crop(faceset, embedder, row) for row in evenly_spaced(bare, at_least - len(vectors))]
    mean = np.mean(vectors, axis=0)
    faceset.database.keep_mean(embedder.name, content, at_least, mean)
    faceset.commit()
    return mean


def evenly_spaced(rows: list[FaceRow], count: int) -> list[FaceRow]:
    """So many rows, spread over the whole list; all of them where there are fewer."""
    if count <= 0:
        return []
    if count >= len(rows):
        return rows
    return [rows[index] for index in np.linspace(0, len(rows) - 1, count).round().astype(int)]


def _from_crop(faceset: "Faceset", embedder: Embedder, row: FaceRow) -> FloatArray:
    return embedder.embed(faceset.crop(row), transform_points(row.frame_to_crop, row.landmarks_682))
