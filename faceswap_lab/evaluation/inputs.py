"""What an evaluation works on: clips, ranges and face sets, checked against the checkpoint before any work is done."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.evaluation.reference import Reference, measure_reference
from faceswap_lab.faces.consent_binding import require_faceset_consent
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import Embedder
from faceswap_lab.media.footage import open_footage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """An identity and what it really looks like.

    Attributes:
        name: The key of its decoder.
        faceset: Its training faces.
        reference: These faces in figures.
    """

    name: str
    faceset: Faceset
    reference: Reference


@dataclass(frozen=True, slots=True)
class Clip:
    """Held-out footage of an identity.

    Attributes:
        person: Whom it shows.
        path: The footage.
        sha256: Of the footage.
        ranges: Its frames that count; None: all.
    """

    person: Person
    path: Path
    sha256: str
    ranges: FrameRange | None


def check_inputs(
    card: Card, footage: Mapping[str, Path], ranges: Mapping[str, FrameRange], facesets: Mapping[str, Path]
) -> None:
    """Refuses what cannot be evaluated.

    Raises:
        ConfigError: No footage, a name that the checkpoint does not know, a range without footage, or one identity.
        FootageError: A clip cannot be opened.
        FacesetError: A face set is not where the card or the option says.
        ConsentError: The consent of a face set is missing, has ended, or is of other faces.
    """
    known = ", ".join(card["identities"])
    if not footage:
        raise ConfigError(f"footage is missing; give footage.NAME=CLIP for one of {known}, or for each")
    if len(card["identities"]) < 2:
        raise ConfigError(f"the checkpoint knows only {known}; a swap takes two identities")
    for group, names in (("footage", footage), ("range", ranges), ("facesets", facesets)):
        for name in names:
            if name not in card["identities"]:
                raise ConfigError(f"{group}.{name}: the checkpoint holds {known}; use one of these names")
    for name in ranges:
        if name not in footage:
            raise ConfigError(f"range.{name}: there is no footage.{name} that it could be a range of")
    for name in card["identities"]:
        require_faceset_consent(find_faceset(card, name, facesets))
    for path in footage.values():
        open_footage(path)


def find_faceset(card: Card, name: str, facesets: Mapping[str, Path]) -> Faceset:
    """The face set of an identity: the given one, else the one that the card names.

    Raises:
        FacesetError: It is not there.
    """
    if name in facesets:
        return Faceset.open(facesets[name])
    path = Path(card["identities"][name]["faceset"])
    try:
        return Faceset.open(path)
    except FacesetError as error:
        raise FacesetError(
            f"{error} (the checkpoint names it for {name}; if it was moved, give facesets.{name}=FOLDER)"
        ) from error


def open_person(
    card: Card,
    name: str,
    *,
    footage: Path | None,
    ranges: FrameRange | None,
    facesets: Mapping[str, Path],
    embedder: Embedder,
) -> Person:
    """Opens and measures the real faces of an identity.

    Args:
        card: The checkpoint's.
        name: The identity.
        footage: Its held-out clip, if there is one.
        ranges: Frames of that clip that are held out; None: all.
        facesets: Face sets that are not where the card says.
        embedder: Describes faces.
    """
    faceset = find_faceset(card, name, facesets)
    if faceset.content_hash() != card["identities"][name]["faceset_hash"]:
        logger.warning("%s has changed since the training; the figures compare with what it holds now", faceset.path)
    trained = trained_range(card["config"], name)
    return Person(
        name, faceset, measure_reference(faceset, embedder, footage=footage, held_out=ranges, trained=trained)
    )


def trained_range(config: Mapping[str, Any], name: str) -> FrameRange | None:
    """Frames of an identity's footage that the run was told to train on; None where it was told nothing."""
    ranges = config.get("range")
    text = ranges.get(name) if isinstance(ranges, Mapping) else None
    return FrameRange.parse(text) if isinstance(text, str) else None
