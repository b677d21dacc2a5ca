"""For each face, faces of another identity whose landmarks lie nearest to its own in the crop."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import KDTree

from faceswap_lab.data.warp import Shapes
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.geometry import resize_affine, transform_points


class NearestShapes:
    """Knows the landmarks of every training face, in pixels of the cached crops.

    Args:
        rows: Each identity's training faces.
        crop_size: Side of the face sets' crops, px.
        size: Side of the cached crops, px.
        choices: Among how many nearest faces one is drawn.
    """

    def __init__(self, rows: Sequence[Sequence[FaceRow]], *, crop_size: int, size: int, choices: int = 10) -> None:
        shrink = resize_affine(crop_size, size)
        self._shapes = [
            np.stack(
                [transform_points(shrink, transform_points(row.frame_to_crop, row.landmarks_682)) for row in of_one]
            )
            for of_one in rows
        ]
        self._trees = [KDTree(shapes.reshape(len(shapes), -1)) for shapes in self._shapes]
        self._choices, self._size = choices, size

    def draw(self, identity: int, face: int, other: int, rng: np.random.Generator) -> Shapes:
        """A face's own landmarks and those of one of its nearest.

        Args:
            identity: Place of the face's identity.
            face: Place of the face among that identity's training faces.
            other: Place of the identity whose shape it takes on.
            rng: The only source of chance.
        """
        own_L2 = self._shapes[identity][face]
        count = min(self._choices, len(self._shapes[other]))
        _, places = self._trees[other].query(own_L2.reshape(-1), k=count)
        chosen = int(np.atleast_1d(places)[int(rng.integers(count))])
        return Shapes(own_L2, self._shapes[other][chosen], self._size)
