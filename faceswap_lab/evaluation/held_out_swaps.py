"""What a run says of its swaps while it trains: `SwapCheck` on faces of its face sets that it does not train on."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.evaluation.better import BEST
from faceswap_lab.evaluation.held_faces import of_crops
from faceswap_lab.evaluation.swap_check import LEAST_FACES, SwapCheck, SwapFigures
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.finder import Landmarker, build_part
from faceswap_lab.faces.refed import Refed
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.swap.swapper import Swapper

FIGURES = ("identity_distance_target", "closer_to_target_ratio", "mouth_opening_correlation")
"""Of each direction; the same name alone is the mean of all directions, with ``_worst`` the worst of them."""

_REFEED = 4  # with a sharpened picture: refine=accurate, by which `evaluate` looks at mouths


class Parted(NamedTuple):
    """A face set and which of its faces train.

    Attributes:
        faceset: The face set.
        trained: Faces that train.
        held: Faces that do not.
    """

    faceset: Faceset
    trained: Sequence[FaceRow]
    held: Sequence[FaceRow]


class HeldOutSwaps:
    """Swaps a few held-out faces of every identity into every other and measures them.

    Faces, landmarker and embedder are loaded when the first network comes. Nothing of it draws random numbers.

    Args:
        people: By identity.
        faces: Held-out faces of each that are swapped.
        described: Of these, faces that are described for identity: each costs 0.1 s.
        real: Training faces of each that are described, once, to know what she looks like.
        embedder: Its name.

    Raises:
        ConfigError: Too few faces are asked for.
        FacesetError: Too few faces are held out.
    """

    def __init__(
        self,
        people: Mapping[str, Parted],
        *,
        faces: int = 8,
        described: int = 4,
        real: int = 8,
        embedder: str = "dlib_resnet",
    ) -> None:
        if faces < LEAST_FACES or not 0 < described <= faces or real < 1:
            raise ConfigError(
                f"callbacks.swaps.check: faces={faces} must be {LEAST_FACES} or more, "
                f"described={described} from 1 to faces, real={real} 1 or more"
            )
        for name, of in people.items():
            if len(of.held) < LEAST_FACES:
                raise FacesetError(
                    f"{of.faceset.path} holds out {len(of.held)} faces of {name}, too few to measure swaps on: extract "
                    f"more, hold out more (data.validation_ratio, range.{name}), or leave it with callbacks.swaps=null"
                )
        self._people, self._faces, self._described = dict(people), faces, described
        self._real, self._embedder = real, embedder
        self._check: SwapCheck | None = None

    @property
    def names(self) -> list[str]:
        """Every figure that a check may have; those of which nothing can be said are left out of it."""
        pairs = [f"{a}_as_{b}" for a in self._people for b in self._people if a != b]
        return [f"{figure}{end}" for figure in FIGURES for end in ("", "_worst", *(f"_{pair}" for pair in pairs))]

    def __call__(self, network: SharedAutoencoder, card: Card) -> dict[str, float]:
        """Figures by name; the network's mode is left as it is.

        Args:
            network: On whichever device it is.
            card: Its card.
        """
        was_training = network.training
        figures = self._loaded()(self._swapper(network, card))
        network.train(was_training)
        named = {f"{key}_{a}_as_{b}": value for (a, b), of in figures.items() for key, value in _figures(of)}
        return {**{name: value for name, value in named.items() if value is not None}, **_summed(figures.values())}

    def seconds(self, network: SharedAutoencoder, card: Card) -> float:
        """How long a check takes here, by one direction of it."""
        was_training, check = network.training, self._loaded()
        swapper = self._swapper(network, card)
        directions = check.directions(swapper)
        began_s = time.monotonic()
        for pair in directions[:1]:
            check.direction(swapper, *pair)
        network.train(was_training)
        return (time.monotonic() - began_s) * len(directions)

    def _swapper(self, network: SharedAutoencoder, card: Card) -> Swapper:
        return Swapper(network, card=card, device=str(next(network.parameters()).device))

    def _loaded(self) -> SwapCheck:
        if self._check is None:
            embedder = build_part("embedder", self._embedder)
            landmarker: Landmarker = Refed(build_part("landmarker", "dlib68"), _REFEED, sharpened=True)
            counts = {"faces": self._faces, "real": self._real}
            people = {
                name: of_crops(of.faceset, trained=of.trained, held=of.held, embedder=embedder, **counts)
                for name, of in self._people.items()
            }
            self._check = SwapCheck(people, landmarker=landmarker, embedder=embedder, described=self._described)
        return self._check


def _figures(of: SwapFigures) -> list[tuple[str, float | None]]:
    return [(name, getattr(of, name)) for name in FIGURES]


def _summed(directions: Iterable[SwapFigures]) -> dict[str, float]:
    """Mean and worst over the directions in which something can be said."""
    summed: dict[str, float] = {}
    directions = list(directions)
    for name in FIGURES:
        values = [value for of in directions if (value := getattr(of, name)) is not None]
        if values:
            worst = max if BEST[name] == "low" else min
            summed |= {name: float(np.mean(values)), f"{name}_worst": float(worst(values))}
    return summed
