"""Which faces of a frame are swapped, and to whom: one of them, or each by its route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.choose import FaceChooser
from faceswap_lab.swap.recognise import KnownPeople
from faceswap_lab.swap.routes import Routes
from faceswap_lab.swap.seen import SeenFace


class Router(Protocol):
    """Decides frame after frame; what it remembers is a plain value, so that a conversion can go on from it."""

    def route(self, faces: Sequence[SeenFace], frame: Frame) -> list[tuple[SeenFace, str]]:
        """The faces that are swapped, each with the identity that is drawn over it."""
        ...

    def memory(self) -> dict[str, Any]:
        """What has to be given to ``restore`` to go on with the next frame, for JSON."""
        ...

    def restore(self, memory: Mapping[str, Any]) -> None:
        """Goes on where ``memory`` was taken."""
        ...


class OneFace:
    """One face a frame, the footage's person or whoever was swapped before, becomes one identity.

    Args:
        identity: Who is drawn.
        chooser: Picks the face.
    """

    def __init__(self, identity: str, chooser: FaceChooser) -> None:
        self._identity, self._chooser = identity, chooser

    def route(self, faces: Sequence[SeenFace], frame: Frame) -> list[tuple[SeenFace, str]]:
        """At most one face, as ``Router.route`` says."""
        chosen = self._chooser.choose([seen.face for seen in faces], frame.image, frame.index)
        return [(seen, self._identity) for seen in faces if seen.face is chosen]

    def memory(self) -> dict[str, Any]:
        """As ``Router.memory``."""
        return self._chooser.memory()

    def restore(self, memory: Mapping[str, Any]) -> None:
        """As ``Router.restore``."""
        self._chooser.restore(memory)


class ByRoute:
    """Every face goes where its route says; faces without one stay as they are.

    Args:
        routes: Who becomes whom.
        people: Tells who is who; needed where a route names a person.
    """

    def __init__(self, routes: Routes, people: KnownPeople) -> None:
        self._routes, self._people = routes, people

    def route(self, faces: Sequence[SeenFace], frame: Frame) -> list[tuple[SeenFace, str]]:
        """As ``Router.route``."""
        named = self._people.who(faces, frame) if self._routes.people else [face.person for face in faces]
        identities = self._routes.identity_of(faces, named, frame.pixels.shape[1])
        return [(face, identity) for face, identity in zip(faces, identities, strict=True) if identity is not None]

    def memory(self) -> dict[str, Any]:
        """As ``Router.memory``."""
        return self._people.memory()

    def restore(self, memory: Mapping[str, Any]) -> None:
        """As ``Router.restore``."""
        self._people.restore(memory)
