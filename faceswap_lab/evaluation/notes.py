"""What a reader should know before believing the figures, said by the figures' own circumstances."""

from collections.abc import Iterable, Iterator, Mapping

from faceswap_lab.core.consent import DEMONSTRATION
from faceswap_lab.evaluation.expression import STILL
from faceswap_lab.evaluation.inputs import Clip, Person
from faceswap_lab.evaluation.schema import PairMetrics

_SINGULAR = {"mouth": "mouth", "eyes": "eye"}


def notes_on(people: Iterable[Person], clips: Iterable[Clip], pairs: Mapping[str, PairMetrics | None]) -> Iterator[str]:
    """One sentence or two for each circumstance.

    Args:
        people: Everybody whom the checkpoint knows.
        clips: The held-out footage.
        pairs: The figures of each direction.
    """
    for clip in clips:
        if clip.person.faceset.rows_for_media(clip.sha256):
            yield (
                f"{clip.person.name}: the held-out frames and the training frames are parts of the same take; "
                "such figures say nothing about a new session."
            )
    for pair, figures in pairs.items():
        if figures is None:
            continue
        for part, verb in (("mouth", "moves"), ("eyes", "move")):
            std, least = figures.get(f"{_SINGULAR[part]}_opening_std"), STILL[f"{_SINGULAR[part]}_opening_correlation"]
            if std is not None and std < least:
                yield (
                    f"{pair}: the footage's {part} hardly {verb} (standard deviation {std:.3f}, below {least}), "
                    "so the correlation is mostly landmark noise."
                )
        if figures["frames_searched"] < figures["frames"]:
            yield f"{pair}: {figures['frames_searched']} of {figures['frames']} frames were searched, evenly spaced."
        if figures["frames_embedded"] < figures["frames_searched"]:
            yield f"{pair}: identity was measured on {figures['frames_embedded']} faces, evenly spaced."
    for person in people:
        yield from person.reference.notes
        consent = person.faceset.identity.consent
        if consent.scope == DEMONSTRATION:
            yield f"{person.name}: {consent.basis}; no consent is implied, and the scope is {DEMONSTRATION}."
