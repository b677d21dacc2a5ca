"""Which face becomes whom: ``swap.alice=bob``, by person, by place in the frame, by track, or everybody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.preflight import nearest
from faceswap_lab.swap.seen import SeenFace

PLACES = ("left", "right", "largest")
EVERYBODY = "all"
_TRACK = "track_"


@dataclass(frozen=True, slots=True)
class Routes:
    """Who is drawn over which faces; the first of these that fits a face decides, in this order.

    Attributes:
        people: Person in the footage to identity.
        tracks: Number of a track to identity.
        places: ``left``, ``right`` or ``largest`` to identity.
        everybody: The identity for all other faces, or None: they stay as they are.
    """

    people: Mapping[str, str] = field(default_factory=dict)
    tracks: Mapping[int, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    everybody: str | None = None

    @classmethod
    def parse(cls, swap: Mapping[str, str], people: Collection[str]) -> Routes:
        """The routes that ``swap.WHO=IDENTITY`` mean.

        Args:
            swap: By who: a person's name, ``left``, ``right``, ``largest``, ``track_N`` or ``all``.
            people: Names of the people who can be recognised.

        Raises:
            ConfigError: Nothing is given, or somebody is named who cannot be recognised.
        """
        if not swap:
            raise ConfigError("say who becomes whom: give identity=NAME, or swap.PERSON=NAME for one person or more")
        persons, tracks, places = {}, {}, {}
        for who, identity in swap.items():
            number = who.removeprefix(_TRACK)
            if who in people:
                persons[who] = identity
            elif who.startswith(_TRACK) and number.isdecimal():
                tracks[int(number)] = identity
            elif who in PLACES:
                places[who] = identity
            elif who != EVERYBODY:
                raise ConfigError(
                    f"swap.{who}: no face set tells what {who} looks like; give facesets.{who}=FOLDER, or use "
                    f"{', '.join((*PLACES, EVERYBODY))} or {_TRACK}N{nearest(who, people) if people else ''}"
                )
        return cls(persons, tracks, places, swap.get(EVERYBODY) if EVERYBODY not in people else None)

    @property
    def identities(self) -> list[str]:
        """Everybody who is put in, each once."""
        last = [] if self.everybody is None else [self.everybody]
        return list(dict.fromkeys([*self.people.values(), *self.tracks.values(), *self.places.values(), *last]))

    @property
    def only_people(self) -> bool:
        """Whether nothing but a person's name decides."""
        return bool(self.people) and not self.tracks and not self.places and self.everybody is None

    def items(self) -> list[tuple[str, str]]:
        """The routes as they were given."""
        tracks = [(f"{_TRACK}{number}", identity) for number, identity in self.tracks.items()]
        last = [] if self.everybody is None else [(EVERYBODY, self.everybody)]
        return [*self.people.items(), *tracks, *self.places.items(), *last]

    def identity_of(self, faces: Sequence[SeenFace], people: Sequence[str | None], width: int) -> list[str | None]:
        """Who is drawn over each face of a frame; None: it stays.

        Args:
            faces: The frame's faces.
            people: Whose face each is, as far as that is known.
            width: Of the frame, px.
        """
        placed = self._placed(faces, width)
        return [
            self.people.get(person or "", self.tracks.get(face.track, placed.get(index, self.everybody)))
            for index, (face, person) in enumerate(zip(faces, people, strict=True))
        ]

    def _placed(self, faces: Sequence[SeenFace], width: int) -> dict[int, str]:
        """Identity by index of a face that stands in one of the places; `left` and `right` before `largest`."""
        if not faces or not self.places:
            return {}
        centres = [float(face.face.landmarks_682[:, 0].mean()) for face in faces]
        at = {"largest": int(np.argmax([face.face.area for face in faces]))}
        if len(faces) > 1:
            at |= {"left": int(np.argmin(centres)), "right": int(np.argmax(centres))}
        else:  # alone, a face stands in the half of the frame that it lies in
            at |= {"left" if centres[0] < width / 2 else "right": 0}
        order = ("largest", "left", "right")
        return {at[place]: self.places[place] for place in order if place in self.places and place in at}
