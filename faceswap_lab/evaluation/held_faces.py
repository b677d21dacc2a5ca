"""Held-out faces of a person and what she really looks like, in memory: what a check during training swaps.

Shape letters: D length of a descriptor.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.evenly import spread
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.finder import Embedder
from faceswap_lab.faces.geometry import transform_points


class HeldFace(NamedTuple):
    """A face that no network trained on.

    Attributes:
        image: It and its surroundings, RGB uint8.
        landmarks_682: In px of it.
    """

    image: NDArray[np.uint8]
    landmarks_682: FloatArray


class HeldOut(NamedTuple):
    """What is held out of one person, and what she looks like.

    Attributes:
        faces: In order of time.
        mean_D: Mean descriptor of her real training faces.
    """

    faces: Sequence[HeldFace]
    mean_D: FloatArray


def of_crops(
    faceset: Faceset,
    *,
    trained: Sequence[FaceRow],
    held: Sequence[FaceRow],
    embedder: Embedder,
    faces: int,
    real: int,
) -> HeldOut:
    """Held-out faces as a face set has them, so that no footage is needed.

    The mean is of crops too, although a tight crop ends where the embedder still looks: what is cut off shifts the
    swapped faces and the real ones alike.

    Args:
        faceset: Whose crops.
        trained: Faces that train.
        held: Faces that do not.
        embedder: Describes faces.
        faces: Held-out faces at most, evenly spread.
        real: Training faces that are described at most, evenly spread.

    Raises:
        FacesetError: A crop is missing or damaged.
    """
    known = [_face(faceset, row) for row in spread(trained, real)]
    return HeldOut(
        faces=[_face(faceset, row) for row in spread(held, faces)],
        mean_D=np.mean([embedder.embed(*face) for face in known], axis=0),
    )


def _face(faceset: Faceset, row: FaceRow) -> HeldFace:
    return HeldFace(faceset.crop(row), transform_points(row.frame_to_crop, row.landmarks_682))
