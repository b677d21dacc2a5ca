"""A quick check of a network in training: a few held-out faces, swapped in memory and looked at again.

The figures are those of `evaluate` but for what would cost minutes: a few evenly spread faces stand for all, they are
measured as they are drawn instead of marked, encoded and read back, and only the surroundings of the face are looked
at.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.evenly import spread
from faceswap_lab.evaluation.expression import STILL_MOUTH_STD, correlation
from faceswap_lab.evaluation.held_faces import HeldFace, HeldOut
from faceswap_lab.evaluation.identity import closer_ratio, distances
from faceswap_lab.evaluation.search import landmarks_in_its_box, nearest_face
from faceswap_lab.faces.crop import cut, frame_to_crop
from faceswap_lab.faces.expression import mouth_opening
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.finder import Embedder, FaceFinder, Landmarker
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.swap_face import OneIdentity, Settings
from faceswap_lab.swap.swapper import Swapper

LEAST_FACES = 3
"""With fewer of a person there is no correlation."""


class SwapFigures(NamedTuple):
    """Figures of one direction, as `docs/metrics.md` defines them; None where nothing can be said.

    Attributes:
        identity_distance_target: To the person drawn.
        closer_to_target_ratio: Share of the faces nearer to that person than to the one whose faces were swapped.
        mouth_opening_correlation: None also where the footage's mouth hardly moves.
        faces_found_ratio: Share of the faces that are found again; 1 where nobody looks for them.
    """

    identity_distance_target: float | None
    closer_to_target_ratio: float | None
    mouth_opening_correlation: float | None
    faces_found_ratio: float


class SwapCheck:
    """Measures networks on the same few faces.

    Args:
        people: By identity.
        landmarker: Looks at both faces in the same box, that of the footage's.
        embedder: Describes faces; the one that the means are of.
        described: Most faces of each person that are described, evenly spread; these cost most.
        finder: Where given, a swapped face counts only where this finds it again.
    """

    def __init__(
        self,
        people: Mapping[str, HeldOut],
        *,
        landmarker: Landmarker,
        embedder: Embedder,
        described: int,
        finder: FaceFinder | None = None,
    ) -> None:
        self._people, self._landmarker, self._embedder, self._finder = dict(people), landmarker, embedder, finder
        self._described = {name: set(spread(range(len(of.faces)), described)) for name, of in self._people.items()}
        self._openings = {
            name: [mouth_opening(landmarks_in_its_box(*face, landmarker)) for face in of.faces]
            for name, of in self._people.items()
        }

    def __call__(self, swapper: Swapper) -> dict[tuple[str, str], SwapFigures]:
        """Figures by footage and identity, of all directions in which the network can swap."""
        return {pair: self.direction(swapper, *pair) for pair in self.directions(swapper)}

    def directions(self, swapper: Swapper) -> list[tuple[str, str]]:
        """Footage and identity of each."""
        drawn = [identity for identity in swapper.identities if swapper.refusal(identity) is None]
        return [(footage, identity) for footage in self._people for identity in drawn if footage != identity]

    def direction(self, swapper: Swapper, footage: str, identity: str) -> SwapFigures:
        """Figures of one person's faces drawn as another's."""
        held = self._people[footage].faces
        openings: list[tuple[float, float]] = []
        vectors: list[FloatArray] = []
        for place, (face, image) in enumerate(zip(held, _swapped(held, swapper, identity), strict=True)):
            if self._finder is not None and nearest_face(self._finder.find(image), face.landmarks_682) is None:
                continue
            found_682 = landmarks_in_its_box(image, face.landmarks_682, self._landmarker)
            openings.append((self._openings[footage][place], mouth_opening(found_682)))
            if place in self._described[footage]:
                vectors.append(self._embedder.embed(image, found_682))
        mouths_N2 = np.array(openings, np.float64).reshape(-1, 2)
        target_D = self._people[identity].mean_D
        vectors_ND = np.array(vectors, np.float64).reshape(-1, target_D.size)
        to_target, to_footage = (distances(vectors_ND, mean) for mean in (target_D, self._people[footage].mean_D))
        moves = np.std(self._openings[footage]) >= STILL_MOUTH_STD
        return SwapFigures(
            identity_distance_target=float(to_target.mean()) if vectors else None,
            closer_to_target_ratio=closer_ratio(to_target, to_footage),
            mouth_opening_correlation=correlation(mouths_N2[:, 0], mouths_N2[:, 1]) if moves else None,
            faces_found_ratio=len(openings) / len(held),
        )


def _swapped(faces: Sequence[HeldFace], swapper: Swapper, identity: str) -> list[NDArray[np.uint8]]:
    """The images with the other face, drawn in one batch and put back as `convert` does by default."""
    spec, put_back = swapper.crop_spec, Settings().put_back(OneIdentity(swapper, identity))
    matrices = [frame_to_crop(face.landmarks_682, spec) for face in faces]
    crops = [cut(face.image, matrix_23, spec.size) for face, matrix_23 in zip(faces, matrices, strict=True)]
    drawn, masks = swapper.swap(crops, identity)
    images: list[NDArray[np.uint8]] = []
    for place, (face, matrix_23) in enumerate(zip(faces, matrices, strict=True)):
        predicted_SS = None if masks is None else masks[place]
        patch = put_back.patch(face.image, face.landmarks_682, matrix_23, drawn[place], predicted_SS)
        images.append(face.image.copy())
        paste(images[-1], [] if patch is None else [patch])
    return images
