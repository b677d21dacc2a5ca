"""Orders: kept, taken back, and no picture renamed."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError, NoFaceError
from faceswap_lab.faces.curation.marks import mark, undo
from faceswap_lab.faces.curation.order import ordered, read_order, sort_faces
from faceswap_lab.faces.curation.pose_bins import pose_bin
from faceswap_lab.faces.curation.similarity import distances_to, reference_vector
from faceswap_lab.faces.faceset import Faceset


def test_by_a_column_and_back(faceset: Faceset) -> None:
    names = sorted(path.name for path in (faceset.path / "crops").iterdir())
    before = faceset.content_hash()
    sort_faces(faceset, "sharpness", descending=True)
    values = [row.sharpness for row in ordered(Faceset.open(faceset.path))]
    assert values == sorted(values, reverse=True)
    assert read_order(faceset)[0] == "sharpness, largest first"
    sort_faces(faceset, "yaw")
    assert [row.yaw for row in ordered(faceset)] == sorted(row.yaw for row in faceset.rows())
    undo(faceset)
    assert [row.sharpness for row in ordered(faceset)] == values
    sort_faces(faceset, "time")
    assert [row.frame_index for row in ordered(faceset)] == list(range(24))
    assert sorted(path.name for path in (faceset.path / "crops").iterdir()) == names
    assert faceset.content_hash() == before, "an order changes nothing for training"


def test_by_pose_keeps_steps_together(faceset: Faceset) -> None:
    rows = sort_faces(faceset, "pose")
    keys = [(pose_bin(row.yaw), pose_bin(row.pitch)) for row in rows]
    assert keys == sorted(keys)
    for one, other in itertools.pairwise(rows):
        if (pose_bin(one.yaw), pose_bin(one.pitch)) == (pose_bin(other.yaw), pose_bin(other.pitch)):
            assert one.sharpness >= other.sharpness


def test_faces_without_a_value_and_later_ones_come_last(faceset: Faceset) -> None:
    assert [row.id for row in sort_faces(faceset, "track")] == list(range(1, 25))
    mark(faceset, [5], rejected=True, what="test")
    sort_faces(faceset, "frame_index", descending=True)
    assert [row.id for row in ordered(faceset, include_rejected=True)][-1] == 5


def test_by_similarity(faceset: Faceset, embedder: Any, caplog: pytest.LogCaptureFixture) -> None:
    reference = embedder.embed(faceset.crop(faceset.rows()[9]), np.zeros((68, 2)))
    distances = distances_to(faceset, reference, embedder)
    assert distances[10] == 0
    calls = embedder.num_calls
    assert distances_to(faceset, reference, embedder) == distances
    assert embedder.num_calls == calls, "the vectors were kept"
    assert all(row.embedding is None for row in faceset.rows()), "and not taken for those of whole frames"
    rows = sort_faces(faceset, "similarity", distances=distances)
    assert rows[0].id == 10
    assert [distances[row.id] for row in rows] == sorted(distances.values())


def test_a_reference_is_the_mean_of_its_pictures(
    finder: Any, embedder: Any, write_pictures: Any, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "refs", [100, 0, 160])
    mean = reference_vector(folder, finder=finder, embedder=embedder)
    assert embedder.num_calls == 2, "the black one shows no face"
    np.testing.assert_allclose(mean, 150, atol=3)
    with pytest.raises(NoFaceError, match="no face found"):
        reference_vector(write_pictures(tmp_path / "black", [0]), finder=finder, embedder=embedder)


def test_errors(faceset: Faceset) -> None:
    with pytest.raises(ConfigError, match="did you mean sharpness"):
        sort_faces(faceset, "sharpnes")
    with pytest.raises(ConfigError, match="needs reference="):
        sort_faces(faceset, "similarity")
    assert read_order(faceset) == (None, [])
