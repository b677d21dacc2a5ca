"""A second embedder's opinion: whose face it is, by one that neither training nor the choice of frames has seen.

Shape letters: N faces, D length of a descriptor.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.evaluation.identity import FloatArray
from faceswap_lab.evaluation.identity_figures import identity_measured, looked_up
from faceswap_lab.evaluation.inputs import Clip, Person, trained_range
from faceswap_lab.evaluation.measured import figures_of, intervals_of
from faceswap_lab.evaluation.reference import Reference, measure_reference
from faceswap_lab.evaluation.schema import JudgeMetrics
from faceswap_lab.faces.finder import Embedder

Intervals = dict[str, list[float | None]]


@dataclass(frozen=True, slots=True)
class Judge:
    """An embedder with what it makes of everybody's real faces.

    Attributes:
        embedder: Another one than the evaluation's own.
        references: Real faces of each identity in its figures.
        gallery: A descriptor for each name, identities and others.
    """

    embedder: Embedder
    references: Mapping[str, Reference]
    gallery: Mapping[str, FloatArray]

    @classmethod
    def of(
        cls,
        embedder: Embedder,
        people: Mapping[str, Person],
        clips: Mapping[str, Clip],
        *,
        config: Mapping[str, object],
        others: Mapping[str, FloatArray],
    ) -> "Judge":
        """Measures everybody's real faces by it.

        Args:
            embedder: The judge's.
            people: Everybody whom the checkpoint knows.
            clips: Held-out footage by identity; its frames stay out of the means.
            config: The card's, for the frames that trained.
            others: Further people of the gallery, described by this embedder.
        """
        references: dict[str, Reference] = {}
        for name, person in people.items():
            clip = clips.get(name)
            references[name] = measure_reference(
                person.faceset,
                embedder,
                footage=None if clip is None else clip.path,
                held_out=None if clip is None else clip.ranges,
                trained=trained_range(config, name),
            )
        means = {name: reference.mean_128 for name, reference in references.items()}
        return cls(embedder, references, {**others, **means})

    def empty(self) -> JudgeMetrics:
        """What it has to say before it has seen a swap."""
        return {"embedder": self.embedder.name, "threshold": self.embedder.threshold, "pairs": {}, "intervals": {}}

    def figures(
        self, vectors_ND: list[FloatArray], *, footage: str, identity: str
    ) -> tuple[dict[str, float | None], Intervals]:
        """Figures of one direction, named as in ``pairs``, and their intervals.

        Args:
            vectors_ND: The judge's descriptors of the swapped faces, in order of time.
            footage: Whom the footage shows.
            identity: Who was swapped in.
        """
        target = self.references[identity]
        swapped_ND = np.array(vectors_ND).reshape(-1, target.mean_128.size)
        measured = identity_measured(
            swapped_ND, target=target, footage=self.references[footage], threshold=self.embedder.threshold
        )
        measured |= {"rank_one_ratio": looked_up(swapped_ND, self.gallery, identity)}
        return figures_of(measured), intervals_of(measured)


def check_judge(judge: Embedder, embedder: Embedder) -> None:
    """Refuses a judge that is the accused.

    Raises:
        ConfigError: Both are one embedder with one file.
    """
    if judge.name == embedder.name:
        raise ConfigError(
            f"embedder@judge: {judge.name} is the embedder already; choose another judge, or leave it out"
        )
