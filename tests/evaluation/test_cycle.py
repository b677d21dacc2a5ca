"""There and back: ideal for a network that changes nothing, worse the more it loses on the way."""

import cv2
import numpy as np
import pytest
import skimage.data

from faceswap_lab.evaluation.cycle import measure_cycle
from faceswap_lab.evaluation.restored import HeldOutFaces, measure_restored
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.swap.drawer import SwappedFaces
from faceswap_lab.swap.swapper import Swapper

LANDMARKS = MEAN_FACE_682 * 80.0 + (185.0, 70.0)


class Blurring:
    """Draws as ``ben`` by blurring, as ``ada`` as it is; at twice the size if wanted."""

    identities, device, input_size = ["ada", "ben"], "cpu", 64

    def __init__(self, sigma: float, output_size: int = 64) -> None:
        self.sigma, self.output_size = sigma, output_size

    def draw(self, faces_BSS3: np.ndarray, identity: str) -> SwappedFaces:
        drawn = [self._draw(face, identity) for face in faces_BSS3]
        return SwappedFaces(np.array(drawn, np.float32) / 255, None)

    def _draw(self, face: np.ndarray, identity: str) -> np.ndarray:
        if identity == "ben" and self.sigma:
            face = cv2.GaussianBlur(face, (0, 0), self.sigma)
        return cv2.resize(face, (self.output_size, self.output_size), interpolation=cv2.INTER_CUBIC)

    def can_draw(self, identity: str) -> bool:
        return identity in self.identities

    def refusal(self, identity: str) -> None:
        return None

    def set_strength(self, strength: float) -> None:
        raise NotImplementedError


def held_out(swapper: Swapper) -> HeldOutFaces:
    faces, image = HeldOutFaces(swapper.crop_spec, swapper.output_size), skimage.data.astronaut()
    for step in range(20):
        faces.add(np.ascontiguousarray(np.roll(image, step, axis=1)), LANDMARKS)
    return faces


def swapper_of(drawer: Blurring) -> Swapper:
    person = {"consent": {}, "licence": None, "num_faces": 1, "faceset": "x", "faceset_hash": "0"}
    card = {"identities": {"ada": person, "ben": person}, "crop": {"kind": "face", "size": 64}}
    return Swapper(drawer, card=card)


def test_what_changes_nothing_comes_back_as_it_was() -> None:
    swapper = swapper_of(Blurring(0.0))
    cycle = measure_cycle(swapper, held_out(swapper), footage="ada", identity="ben")
    assert cycle["frames"] == 20
    assert cycle["ssim"] == pytest.approx(1.0, abs=1e-6)
    assert cycle["ms_ssim"] == pytest.approx(1.0, abs=1e-6)
    assert cycle["psnr"] > 90
    assert cycle["l1"] == pytest.approx(0.0, abs=1e-6)
    assert measure_restored(swapper, held_out(swapper), "ada") == cycle


def test_what_is_lost_on_the_way_counts_though_both_decoders_are_perfect_for_their_own() -> None:
    cycles = []
    for sigma in (0.0, 0.7, 1.5, 3.0):
        swapper = swapper_of(Blurring(sigma))
        cycles.append(measure_cycle(swapper, held_out(swapper), footage="ada", identity="ben"))
        assert measure_restored(swapper, held_out(swapper), "ada")["ssim"] == pytest.approx(1.0, abs=1e-6)
    for name, rises in (("ssim", False), ("ms_ssim", False), ("psnr", False), ("l1", True)):
        values = [cycle[name] for cycle in cycles]
        assert values == sorted(values, reverse=not rises), name
        assert len(set(values)) == len(values), name


def test_what_is_drawn_larger_is_brought_to_the_input_s_size() -> None:
    swapper = swapper_of(Blurring(0.0, output_size=128))
    cycle = measure_cycle(swapper, held_out(swapper), footage="ada", identity="ben")
    assert 0.8 < cycle["ssim"] < 1.0  # only what the smaller input cannot hold is gone


def test_large_drawings_are_compared_at_128_px() -> None:
    swapper = swapper_of(Blurring(0.0, 256))
    faces = held_out(swapper)
    assert {goal.shape for goal in faces.goals} == {(128, 128, 3)}
    assert {mask.shape for mask in faces.masks} == {(128, 128)}
    # Drawn large and shrunk again it is what it is drawn small.
    assert measure_restored(swapper, faces, "ada")["ssim"] == pytest.approx(
        measure_restored(swapper_of(Blurring(0.0, 128)), faces, "ada")["ssim"], abs=0.02
    )
