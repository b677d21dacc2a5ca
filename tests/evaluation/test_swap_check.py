"""The quick check of swaps: ideal for a network that swaps ideally, bad for one that does not."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.evaluation.held_faces import HeldFace, HeldOut, of_crops
from faceswap_lab.evaluation.held_out_swaps import HeldOutSwaps, Parted
from faceswap_lab.evaluation.swap_check import SwapCheck
from faceswap_lab.faces.crop import cut, frame_to_crop
from faceswap_lab.faces.finder import FaceFinder, build_part
from faceswap_lab.swap.drawer import SwappedFaces
from faceswap_lab.swap.swapper import Swapper

pytestmark = pytest.mark.timeout(600)
SIZE = 256


@dataclass
class Shows:
    """Draws the same faces for every identity, whatever it is given: its input, or these in turn."""

    faces: list[np.ndarray] | None = None
    refused: str | None = None
    identities: list[str] = field(default_factory=lambda: ["astronaut", "hopper"])
    device: str = "cpu"
    input_size: int = SIZE
    output_size: int = SIZE

    def draw(self, faces_BSS3: np.ndarray, identity: str) -> SwappedFaces:
        drawn = faces_BSS3 if self.faces is None else np.stack(self.faces[: len(faces_BSS3)])
        return SwappedFaces(drawn.astype(np.float32) / 255, None)

    def can_draw(self, identity: str) -> bool:
        return identity in self.identities

    def refusal(self, identity: str) -> str | None:
        return "no way there" if identity == self.refused else None

    def set_strength(self, strength: float) -> None:
        raise NotImplementedError


def swapper_of(drawer: Shows) -> Swapper:
    person = {"consent": {}, "licence": None, "num_faces": 1, "faceset": "x", "faceset_hash": "0"}
    card = {"identities": dict.fromkeys(drawer.identities, person), "crop": {"kind": "face", "size": SIZE}}
    return Swapper(drawer, card=card)


@pytest.fixture(scope="module")
def people(actors, embedder) -> dict[str, HeldOut]:
    return {
        name: HeldOut(
            [HeldFace(*pair) for pair in zip(actor.frames, actor.landmarks, strict=True)],
            np.mean([row.embedding for row in actor.faceset.rows()], axis=0),
        )
        for name, actor in actors.items()
    }


@pytest.fixture(scope="module")
def check(people, embedder) -> SwapCheck:
    return SwapCheck(people, landmarker=build_part("landmarker", "dlib68"), embedder=embedder, described=3)


def test_a_network_that_changes_nothing_keeps_the_footages_face(check: SwapCheck) -> None:
    figures = check(swapper_of(Shows()))
    assert set(figures) == {("astronaut", "hopper"), ("hopper", "astronaut")}
    for of in figures.values():
        assert of.mouth_opening_correlation == pytest.approx(1.0, abs=0.01)
        assert of.closer_to_target_ratio == 0.0
        assert of.identity_distance_target is not None
        assert of.identity_distance_target > 0.6
        assert of.faces_found_ratio == 1.0


def test_a_network_that_draws_the_other_person_is_near_and_a_still_one_does_not_speak(check, people) -> None:
    real = people["hopper"].faces[0]
    matrix_23 = frame_to_crop(real.landmarks_682, swapper_of(Shows()).crop_spec)
    shown = cut(real.image, matrix_23, SIZE)
    of = check.direction(swapper_of(Shows([shown] * 20)), "astronaut", "hopper")
    assert of.closer_to_target_ratio == 1.0
    assert of.identity_distance_target < 0.5
    assert of.mouth_opening_correlation < 0.6


def test_the_more_a_face_is_blurred_the_less_it_is_anybody(check, people) -> None:
    faces = people["hopper"].faces
    spec = swapper_of(Shows()).crop_spec
    crops = [cut(face.image, frame_to_crop(face.landmarks_682, spec), SIZE) for face in faces]
    apart = []
    for sigma in (0, 4, 12):
        drawn = [cv2.GaussianBlur(crop, (0, 0), sigma) if sigma else crop for crop in crops]
        apart.append(check.direction(swapper_of(Shows(drawn)), "astronaut", "hopper").identity_distance_target)
    assert apart == sorted(apart)
    assert apart[-1] > apart[0] + 0.1


def test_directions_that_a_network_refuses_are_left_out(check: SwapCheck) -> None:
    assert set(check(swapper_of(Shows(refused="hopper")))) == {("hopper", "astronaut")}


def test_a_detector_that_finds_nothing_leaves_nothing_to_measure(people, embedder) -> None:
    class Blind:
        name = "blind"

        def detect(self, image: np.ndarray) -> list:
            return []

    landmarker = build_part("landmarker", "dlib68")
    check = SwapCheck(
        people, landmarker=landmarker, embedder=embedder, described=2, finder=FaceFinder(Blind(), landmarker)
    )
    of = check.direction(swapper_of(Shows()), "astronaut", "hopper")
    assert of.faces_found_ratio == 0.0
    assert of[:3] == (None, None, None)


def test_crops_give_a_mean_of_training_faces_and_the_held_out_ones(actors, embedder) -> None:
    faceset = actors["hopper"].faceset
    rows = faceset.rows()
    held = of_crops(faceset, trained=rows[:6], held=rows[7:], embedder=embedder, faces=2, real=3)
    for face, row in zip(held.faces, (rows[7], rows[9]), strict=True):
        np.testing.assert_array_equal(face.image, faceset.crop(row))
    described = [
        of_crops(faceset, trained=[row], held=[], embedder=embedder, faces=1, real=1).mean_D for row in rows[:6]
    ]
    np.testing.assert_allclose(held.mean_D, np.mean([described[0], described[2], described[5]], axis=0), atol=1e-12)
    for face in held.faces:  # landmarks lie in the crop, not in the frame
        assert 0 < face.landmarks_682[17:].min() < face.landmarks_682[17:].max() < SIZE


def test_too_few_held_out_faces_are_said_in_one_line(actors) -> None:
    faceset = actors["hopper"].faceset
    rows = faceset.rows()
    with pytest.raises(FacesetError, match=r"holds out 2 faces of hopper, too few .*data.validation_ratio"):
        HeldOutSwaps({"hopper": Parted(faceset, rows[:8], rows[8:])})
    with pytest.raises(ConfigError, match="described=9 from 1 to faces"):
        HeldOutSwaps({"hopper": Parted(faceset, rows[:5], rows[5:])}, described=9)
