"""Who becomes whom: by person, track, place and for all the rest, and how a route is refused."""

import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.swap.routes import Routes
from faceswap_lab.swap.seen import SeenFace

WIDTH = 400


def seen(x: float, size: float = 40, track: int = 0) -> SeenFace:
    points = MEAN_FACE_682 * size + (x, 20)
    return SeenFace(Face(np.concatenate([points.min(0), points.max(0)]), points, 0.9), track)


def routed(swap: dict[str, str], faces: list[SeenFace], people: list[str | None] | None = None) -> list[str | None]:
    return Routes.parse(swap, {"ada", "ben"}).identity_of(faces, people or [None] * len(faces), WIDTH)


def test_by_person_each_to_their_own() -> None:
    faces = [seen(0), seen(100), seen(200)]
    assert routed({"ada": "x", "ben": "y"}, faces, ["ben", None, "ada"]) == ["y", None, "x"]


def test_by_place() -> None:
    faces = [seen(100, 80), seen(10), seen(300)]
    assert routed({"left": "x"}, faces) == [None, "x", None]
    assert routed({"right": "x", "largest": "y"}, faces) == ["y", None, "x"]
    assert routed({"left": "x", "right": "y"}, [seen(300)]) == ["y"]
    assert routed({"left": "x", "right": "y"}, [seen(20)]) == ["x"]
    assert routed({"left": "x"}, [seen(300)]) == [None]
    assert routed({"left": "x"}, []) == []


def test_by_track() -> None:
    assert routed({"track_3": "x"}, [seen(0, track=2), seen(100, track=3)]) == [None, "x"]


def test_all_takes_what_no_other_takes_and_a_person_comes_first() -> None:
    faces = [seen(0, track=1), seen(100, track=2), seen(200, track=3)]
    swap = {"all": "w", "left": "x", "track_2": "y", "ada": "z"}
    assert routed(swap, faces, ["ada", None, None]) == ["z", "y", "w"]
    assert Routes.parse(swap, {"ada"}).identities == ["z", "y", "x", "w"]


def test_a_person_may_be_called_like_a_place() -> None:
    assert Routes.parse({"left": "x"}, {"left"}).people == {"left": "x"}


@pytest.mark.parametrize("who", ["cat", "track_", "track_x", "Left"])
def test_nobody_knows_what_they_look_like(who: str) -> None:
    with pytest.raises(ConfigError, match=rf"swap\.{who}: no face set.*facesets\.{who}=FOLDER"):
        Routes.parse({who: "x"}, {"ada", "ben"})


def test_nothing_asked_for() -> None:
    with pytest.raises(ConfigError, match="give identity=NAME, or swap"):
        Routes.parse({}, {"ada"})
