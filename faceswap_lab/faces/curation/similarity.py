"""How like a reference picture each face is."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from faceswap_lab.core.errors import NoFaceError
from faceswap_lab.core.progress import track
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow, from_blob, to_blob
from faceswap_lab.faces.faceset_upgrade import has_table
from faceswap_lab.faces.finder import Embedder, FaceFinder
from faceswap_lab.faces.geometry import transform_points
from faceswap_lab.media.footage import open_footage

logger = logging.getLogger(__name__)

MOST_REFERENCES = 32


def reference_vector(path: str | Path, *, finder: FaceFinder, embedder: Embedder) -> FloatArray:
    """Mean vector of the largest face of each reference picture, of 32 at most.

    Args:
        path: A picture, or a folder of them.
        finder: Finds the faces.
        embedder: Gives the vectors.

    Raises:
        FootageError: The path is missing or no picture.
        NoFaceError: No picture shows a face.
    """
    vectors: list[FloatArray] = []
    for frame in open_footage(path).frames():
        faces = finder.find(frame.image)
        if faces:
            vectors.append(embedder.embed(frame.image, faces[0].landmarks_682))
        if len(vectors) == MOST_REFERENCES:
            break
    if not vectors:
        raise NoFaceError(f"{path}: no face found; choose a sharp picture that shows the person from the front")
    return np.asarray(np.mean(vectors, axis=0), np.float64)


def distances_to(faceset: Faceset, reference: FloatArray, embedder: Embedder) -> dict[int, float]:
    """Euclidean distance of each accepted face to a reference vector, by row.

    Vectors stored at extraction are used if every face has one. Otherwise all are computed from the crops, because
    those of a tight crop lie some 0.16 off those of a whole frame and the two kinds would not sort among each other;
    that takes 0.13 s a face, is said, and is kept for the next time.

    Raises:
        FacesetError: A crop cannot be read.
        OutputError: The set cannot be written.
    """
    rows = faceset.rows()
    stored = {row.id: row.embedding for row in rows if row.embedding is not None and row.embedder == embedder.name}
    vectors = stored if len(stored) == len(rows) else _from_crops(faceset, rows, embedder)
    return {face: float(np.linalg.norm(vector - reference)) for face, vector in vectors.items()}


def _from_crops(faceset: Faceset, rows: Sequence[FaceRow], embedder: Embedder) -> dict[int, FloatArray]:
    vectors = _kept(faceset, embedder)
    bare = [row for row in rows if row.id not in vectors]
    if bare:
        logger.info("computing the vectors of %d faces from their crops, about %.0f s", len(bare), 0.13 * len(bare))
    for count, row in enumerate(track(bare, total=len(bare), description="describing faces"), start=1):
        vectors[row.id] = embedder.embed(faceset.crop(row), transform_points(row.frame_to_crop, row.landmarks_682))
        with faceset.database.writing() as connection:
            query = "INSERT OR REPLACE INTO crop_embeddings (face, embedder, vector) VALUES (?, ?, ?)"
            connection.execute(query, (row.id, embedder.name, to_blob(vectors[row.id])))
        if count % 64 == 0:
            faceset.commit()
    faceset.close()
    return {row.id: vectors[row.id] for row in rows}


def _kept(faceset: Faceset, embedder: Embedder) -> dict[int, FloatArray]:
    with faceset.database.reading() as connection:
        if not has_table(connection, "crop_embeddings"):
            return {}
        query = "SELECT face, vector FROM crop_embeddings WHERE embedder = ?"
        return {face: from_blob(vector) for face, vector in connection.execute(query, (embedder.name,))}
