"""For each face of one identity, faces of another that do most nearly the same: turned alike, the mouth as far open.

Nobody has pictures of two people doing exactly the same thing, but two talking people come close often enough. Such a
pair tells a decoder, roughly, what it should draw from the other identity's latent; its own faces teach it the rest.

Shape letters: N faces, Q qualities of a face.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.expressions import expressions
from faceswap_lab.faces.faceset_schema import FaceRow

# What counts as one unit of difference: five degrees of a turn, and about twice the landmarks' own jitter; the mouth is
# held to the jitter itself, because partners that differ in it teach a mouth that moves less than the footage's.
_UNITS_Q = np.array([5.0, 5.0, 0.015, 0.06, 0.015, 0.06])  # yaw, pitch, mouth opening and width, eyes, brows
_YAW = 0
_REACH = 12.0  # squared units at which a partner's weight has fallen to exp(-1)


class Partner(NamedTuple):
    """A face of another identity.

    Attributes:
        face: Its place among that identity's training faces.
        mirrored: Whether it is to be mirrored first.
        weight: How much it can be trusted, in (0, 1]: 1 does exactly the same.
    """

    face: int
    mirrored: bool
    weight: float


class Partners:
    """Knows every face's partners among the faces of every other identity.

    Args:
        rows: Each identity's training faces.
        choices: Among how many nearest faces a partner is drawn.

    Raises:
        ConfigError: Fewer than one choice.
    """

    def __init__(self, rows: Sequence[Sequence[FaceRow]], *, choices: int = 3) -> None:
        if choices < 1:
            raise ConfigError(f"data.partners={choices} must be 1 or more, or null for none")
        self._qualities = [qualities(of_identity) for of_identity in rows]
        self._trees = [KDTree(of_identity) for of_identity in self._qualities]
        self._choices = choices

    def draw(self, identity: int, face: int, other: int, rng: np.random.Generator) -> Partner:
        """Draws a partner of a face.

        Args:
            identity: Place of the face's identity.
            face: Place of the face among that identity's training faces.
            other: Place of the identity that the partner is of.
            rng: The only source of chance. In half of the cases the partner is a mirror image: people who look to
                different sides meet only so.
        """
        mirrored = bool(rng.integers(2))
        wanted_Q = self._qualities[identity][face].copy()
        if mirrored:
            wanted_Q[_YAW] *= -1
        count = min(self._choices, len(self._qualities[other]))
        distances, places = self._trees[other].query(wanted_Q, k=count)
        chosen = int(rng.integers(count))
        distance, place = np.atleast_1d(distances)[chosen], np.atleast_1d(places)[chosen]
        return Partner(int(place), mirrored, float(np.exp(-np.square(distance) / _REACH)))


def qualities(rows: Sequence[FaceRow]) -> NDArray[np.float64]:
    """How each head is turned and what the face does (`data.expressions`), in units that count alike, shape (N, Q).

    Args:
        rows: Faces of one person.
    """
    turns_N2 = np.array([[row.yaw, row.pitch] for row in rows], np.float64)
    return np.concatenate([turns_N2, expressions(rows)], axis=1) / _UNITS_Q
