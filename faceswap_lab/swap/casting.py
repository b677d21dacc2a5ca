"""Who plays whom: from what was asked to the faces, the routes and the people involved, refused before any work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from faceswap_lab.core.consent import RESEARCH, check_purpose
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.faces.consent_binding import require_faceset_consent
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import Embedder, FaceFinder, build_part
from faceswap_lab.faces.likeness import THRESHOLD
from faceswap_lab.faces.tracking.tracker import Tracker
from faceswap_lab.swap.choose import FaceChooser
from faceswap_lab.swap.footage_faces import (
    EMBEDDER,
    FootageFaces,
    faces_in_set,
    find_footage_faces,
    mean_vector,
    read_footage_faces,
    sets_of_card,
)
from faceswap_lab.swap.involved import involved_identities
from faceswap_lab.swap.known_hash import known_hash
from faceswap_lab.swap.recognise import KnownPeople
from faceswap_lab.swap.router import ByRoute, OneFace, Router
from faceswap_lab.swap.routes import Routes
from faceswap_lab.swap.seen import FrameFaces
from faceswap_lab.swap.swapper import Swapper

_PathLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who is asked for: ``identity`` over one face a frame, or ``swap`` over each face by its route.

    Attributes:
        identity: Whose face to put in over the footage's person, or over the largest face where nobody is known.
        swap: Identity by who is replaced, see ``Routes.parse``; instead of ``identity``.
        faceset: Face set of the footage's person; by default the one of the checkpoint's that holds this footage.
        facesets: Face sets of people to recognise, by name, beside those that the checkpoint names.
        alignments: File that tells the faces of the footage, see ``docs/alignments.md``.
        identity_threshold: Largest distance of face vectors at which a face counts as somebody's.
        purpose: What the output is for, one of ``core.consent.PURPOSES``; everybody's consent has to cover it.
    """

    identity: str | None = None
    swap: Mapping[str, str] = field(default_factory=dict)
    faceset: _PathLike | None = None
    facesets: Mapping[str, _PathLike] = field(default_factory=dict)
    alignments: _PathLike | None = None
    identity_threshold: float = THRESHOLD
    purpose: str = RESEARCH

    def check(self, swapper: Swapper) -> None:
        """Refuses what can be refused without footage.

        Raises:
            ConfigError: Nobody or both ways are given, an identity is unknown, or the network cannot swap to it.
            ConsentError: The purpose is none.
        """
        check_purpose(self.purpose)
        if self.identity is not None and self.swap:
            raise ConfigError("identity= and swap. are both given; swap.all=NAME takes the faces that no other takes")
        if self.faceset is not None and self.alignments is not None:
            raise ConfigError("faceset= and alignments= both tell the footage's faces; give one of them")
        if not self.identity_threshold > 0:
            raise ConfigError(f"identity_threshold={self.identity_threshold:g}: give a distance above 0")
        if self.identity is not None:
            swapper.check_identity(self.identity)
            if (reason := swapper.refusal(self.identity)) is not None:
                raise ConfigError(f"identity={self.identity}: {reason}")
        for who, identity in self.swap.items():
            if identity not in swapper.identities:
                raise ConfigError(
                    f"swap.{who}={identity}: the checkpoint holds {', '.join(swapper.identities)}; use one of these"
                )
            if who != identity and (reason := swapper.refusal(identity)) is not None:
                raise ConfigError(f"swap.{who}={identity}: {reason}")


@dataclass(frozen=True, slots=True)
class Casting:
    """A cast, found.

    Attributes:
        identities: Everybody who is put in.
        involved: Role, consent and licence of everybody involved, by name.
        source: Tells the faces of a frame.
        router: Decides which are swapped, and to whom.
        known: Hashes of the face sets and files that tell of faces.
    """

    identities: list[str]
    involved: dict[str, dict[str, Any]]
    source: FrameFaces
    router: Router
    known: tuple[str, ...] = ()


def find_cast(
    cast: Cast, *, swapper: Swapper, sha256: str, finder: FaceFinder, tracker: Tracker | None = None
) -> Casting:
    """Looks up what is known of the footage and of the people asked for.

    Args:
        cast: Who is asked for.
        swapper: The network.
        sha256: Of the footage.
        finder: Finds faces that are not known.
        tracker: In which frames; by default in every one.

    Raises:
        ConfigError: A person is named who cannot be recognised, or as ``Cast.check``.
        ConsentError: The consent of somebody involved is missing, has ended, is of other faces, or does not cover this.
        FacesetError: A face set or the alignments file cannot be used.
    """
    cast.check(swapper)
    if cast.identity is not None:
        return _one(cast, cast.identity, swapper, sha256, finder, tracker)
    opened = {name: Faceset.open(Path(path)) for name, path in cast.facesets.items()}
    trained = sets_of_card(swapper.card)
    sets = {**trained, **opened}
    known = _given(cast, sha256)
    if known is not None and known.faceset is not None:
        sets.setdefault(known.identity.name, known.faceset)
    routes = Routes.parse(cast.swap, {*sets, *([] if known is None else [known.identity.name])})
    in_footage = {name: faces_in_set(faceset, sha256) for name, faceset in sets.items()}
    shown = [
        replace(faces.identity, name=name)
        for name, faces in in_footage.items()
        if faces.faces or name in routes.people or name in cast.facesets
    ]
    people = [*shown, *([] if known is None else [known.identity])]
    _require(cast, [sets[person.name] for person in shown], known)
    wanted = {name: in_footage[name] for name in routes.people if name in in_footage} if routes.only_people else {}
    return Casting(
        routes.identities,
        involved_identities(swapper.card, routes.identities, people, sets=trained, purpose=cast.purpose),
        FrameFaces(finder, known=known, sets=wanted if len(wanted) == len(routes.people) else None, tracker=tracker),
        ByRoute(routes, KnownPeople(partial(_references, sets), threshold=cast.identity_threshold)),
        _hashes(cast, sets.values(), sha256),
    )


def _one(
    cast: Cast, identity: str, swapper: Swapper, sha256: str, finder: FaceFinder, tracker: Tracker | None
) -> Casting:
    known = _given(cast, sha256)
    if known is None:
        known = find_footage_faces(sha256, swapper.card)
    _require(cast, [], known)
    people = [] if known is None else [known.identity]
    trained = sets_of_card(swapper.card)
    involved = involved_identities(swapper.card, [identity], people, sets=trained, purpose=cast.purpose)
    chooser = FaceChooser(partial(_reference, known) if known is not None and known.has_vectors else None)
    sets = [] if known is None or known.faceset is None else [known.faceset]
    router = OneFace(identity, chooser)
    source = FrameFaces(finder, known=known, tracker=tracker)
    return Casting([identity], involved, source, router, _hashes(cast, sets, sha256))


def _require(cast: Cast, sets: Iterable[Faceset], known: FootageFaces | None) -> None:
    """Refuses people in the footage whose face set holds other faces than their consent was given for."""
    for faceset in (*sets, *([] if known is None or known.faceset is None else [known.faceset])):
        require_faceset_consent(faceset, purpose=cast.purpose)


def _hashes(cast: Cast, sets: Iterable[Faceset], sha256: str) -> tuple[str, ...]:
    files = [] if cast.alignments is None else [sha256_of(cast.alignments)]
    return (*files, *(known_hash(faceset, sha256) for faceset in sets))


def _given(cast: Cast, sha256: str) -> FootageFaces | None:
    if cast.alignments is not None:
        return read_footage_faces(cast.alignments, sha256)
    return None if cast.faceset is None else faces_in_set(Faceset.open(Path(cast.faceset)), sha256)


def _embedder() -> Embedder:
    return build_part("embedder", EMBEDDER)


def _reference(known: FootageFaces) -> tuple[FloatArray, Embedder]:
    embedder = _embedder()
    return known.mean_embedding(embedder), embedder


def _references(sets: Mapping[str, Faceset]) -> tuple[Mapping[str, FloatArray], Embedder]:
    embedder = _embedder()
    return {name: mean_vector(faceset, embedder) for name, faceset in sets.items()}, embedder
