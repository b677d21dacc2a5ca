"""A second embedder judges by its own means, gallery and threshold, and is never the first one again."""

from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.evaluation.inputs import Person
from faceswap_lab.evaluation.judge import Judge, check_judge
from faceswap_lab.evaluation.reference import measure_reference


class Colour:
    """The mean colour of a face, as seen through an eye of its own."""

    def __init__(self, name: str, gain: float) -> None:
        self.name, self.gain, self.threshold = name, gain, 0.1 * gain

    def embed(self, image: np.ndarray, landmarks_682: np.ndarray) -> np.ndarray:
        x, y = landmarks_682[30].astype(int)
        return self.gain * image[y - 8 : y + 8, x - 8 : x + 8].reshape(-1, 3).mean(axis=0) / 255


def test_the_judge_measures_in_its_own_figures(tmp_path: Path) -> None:
    first, second = Colour("first", 1.0), Colour("second", 10.0)
    people = {}
    for seed, name in enumerate(("ada", "ben")):
        faceset = drawn_faceset(tmp_path / name, name, 6, identity_seed=3 + seed)
        people[name] = Person(name, faceset, measure_reference(faceset, first))
    means = {name: person.reference.mean_128 for name, person in people.items()}
    assert np.linalg.norm(means["ada"] - means["ben"]) > 0.02
    judge = Judge.of(second, people, {}, config={}, others={"cat": np.full(3, 100.0)})
    assert set(judge.gallery) == {"ada", "ben", "cat"}
    assert judge.references["ada"].mean_128 == pytest.approx(10 * means["ada"], rel=1e-6)
    swapped = [10 * means["ben"] + step for step in np.linspace(0, 0.01, 20)]
    figures, intervals = judge.figures(swapped, footage="ada", identity="ben")
    expected = np.mean([np.linalg.norm(vector - 10 * means["ben"]) for vector in swapped])
    assert figures["identity_distance_target"] == pytest.approx(expected, abs=1e-6)
    assert figures["closer_to_target_ratio"] == figures["rank_one_ratio"] == figures["verified_target_ratio"] == 1.0
    assert intervals["closer_to_target_ratio"] == [1.0, 1.0]
    nothing, _ = judge.figures([], footage="ada", identity="ben")
    assert set(nothing.values()) == {None}


def test_the_accused_is_no_judge() -> None:
    with pytest.raises(ConfigError, match="first is the embedder already"):
        check_judge(Colour("first", 1.0), Colour("first", 2.0))
    check_judge(Colour("second", 1.0), Colour("first", 1.0))
