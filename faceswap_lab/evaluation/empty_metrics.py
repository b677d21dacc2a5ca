"""What `metrics.json` holds before anything is measured: whose faces, which footage, and what the card says."""

from collections.abc import Mapping, Sequence

from faceswap_lab.evaluation.finite import rounded
from faceswap_lab.evaluation.inputs import Clip, Person
from faceswap_lab.evaluation.schema import SCHEMA, IdentityRecord, Metrics
from faceswap_lab.swap.swapper import Swapper


def empty_metrics(swapper: Swapper, people: Mapping[str, Person], clips: Sequence[Clip]) -> Metrics:
    """The document with its records and without figures.

    Args:
        swapper: The network with its card.
        people: Everybody whom it knows.
        clips: The held-out footage.
    """
    card = swapper.card
    return {
        "schema": SCHEMA,
        "checkpoint": "" if swapper.path is None else str(swapper.path),
        "pairs": {},
        "intervals": {},
        "matrices": {},
        "real": {},
        "restored": {},
        "cycle": {},
        "cost": None,
        "judge": None,
        "perceptual": None,
        "detectability": None,
        "identities": {
            name: IdentityRecord(
                consent=dict(card["identities"][name]["consent"]),
                licence=card["identities"][name]["licence"],
                num_faces=card["identities"][name]["num_faces"],
                reference_faces=person.reference.num_faces,
                faceset_hash=card["identities"][name]["faceset_hash"],
            )
            for name, person in people.items()
        },
        "footage": {
            clip.person.name: {
                "name": clip.path.name,
                "sha256": clip.sha256,
                "range": None if clip.ranges is None else str(clip.ranges),
                "path": str(clip.path),
            }
            for clip in clips
        },
        "gallery": [],
        "train_seconds": rounded(card["train_seconds"], 1),
        "samples_per_s": rounded(card["samples_per_s"], 1),
        "parameters": card["parameters"],
        "steps": card["steps"],
        "notes": [],
    }
