"""Which stretches of faces show one person: agglomerative clustering of their vectors."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow

MOST_CLUSTERED = 3000
"""Stretches that are clustered together, a fixed draw; the others join the nearest cluster. Memory grows by N²."""

_NEVER = 10.0  # of the threshold: faces of one frame are different people


@dataclass(slots=True)
class Chain:
    """One stretch of one face.

    Attributes:
        shard: Number of the face set that holds it.
        rows: Its faces.
        vector: Mean of the vectors of those that were described.
    """

    shard: int
    rows: list[FaceRow] = field(default_factory=list)
    vector: FloatArray = field(default_factory=lambda: np.zeros(0))


def chains_of(shard: int, faceset: Faceset) -> list[Chain]:
    """The stretches of a face set, by its rows' tracks, in the order of their first faces."""
    chains: dict[int | None, Chain] = {}
    for row in faceset.rows():
        chains.setdefault(row.track, Chain(shard)).rows.append(row)
    for chain in chains.values():
        chain.vector = np.mean([row.embedding for row in chain.rows if row.embedding is not None], axis=0)
    return list(chains.values())


def group_by_person(chains: Sequence[Chain], threshold: float) -> list[list[Chain]]:
    """Groups stretches by person.

    Args:
        chains: The stretches.
        threshold: Mean distance of two groups' vectors up to which they are one person.

    Returns:
        The groups, the one with most faces first.

    Source:
        Average linkage: Sokal & Michener, University of Kansas Science Bulletin 38, 1958. The threshold: King 2017,
        see ``likeness``.
    """
    if not chains:
        return []
    # Drawn, not evenly spaced: of two people in every frame, every second stretch shows the one only.
    places = np.sort(np.random.default_rng(0).permutation(len(chains))[:MOST_CLUSTERED])
    labels = cluster([chains[place] for place in places], threshold)
    groups: list[list[Chain]] = [[] for _ in range(labels.max() + 1)]
    for place, label in zip(places, labels, strict=True):
        groups[label].append(chains[place])
    centres = np.stack([np.mean([chain.vector for chain in group], axis=0) for group in groups])
    for place in sorted(set(range(len(chains))) - set(places.tolist())):
        nearest = int(np.linalg.norm(centres - chains[place].vector, axis=1).argmin())
        groups[nearest].append(chains[place])
    return sorted(groups, key=lambda group: -sum(len(chain.rows) for chain in group))


def cluster(chains: Sequence[Chain], threshold: float) -> np.ndarray:
    """Number of each stretch's person, from 0, shape (N,)."""
    if len(chains) == 1:
        return np.zeros(1, int)
    from sklearn.cluster import AgglomerativeClustering  # takes a second to load

    distances_NN = pairwise(np.stack([chain.vector for chain in chains]))
    for one, other in _together(chains):
        distances_NN[one, other] = distances_NN[other, one] = _NEVER * threshold
    clustering = AgglomerativeClustering(
        n_clusters=None,  # pyright: ignore[reportArgumentType]  the annotation is inferred from the default
        metric="precomputed",
        linkage="average",
        distance_threshold=threshold,
    )
    return np.asarray(clustering.fit_predict(distances_NN))


def pairwise(vectors_ND: FloatArray, others_MD: FloatArray | None = None) -> FloatArray:
    """Euclidean distances, shape (N, M), one row at a time: three axes at once would not fit into memory."""
    others_MD = vectors_ND if others_MD is None else others_MD
    return np.stack([np.linalg.norm(others_MD - vector, axis=1) for vector in vectors_ND])


def _together(chains: Sequence[Chain]) -> set[tuple[int, int]]:
    """Pairs of stretches that share a frame."""
    in_frame: dict[tuple[str, int], list[int]] = {}
    for place, chain in enumerate(chains):
        for row in chain.rows:
            in_frame.setdefault((row.media, row.frame_index), []).append(place)
    return {(one, other) for places in in_frame.values() for one in places for other in places if one < other}
