"""Two maps in one channel: both come back, also between pixels."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.regions import check_feature_weights, pack_regions, unpack_regions


def round_trip(mask: np.ndarray, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    packed = torch.from_numpy(pack_regions(mask, features).astype(np.float32) / 255)
    share, of_features = unpack_regions(packed[None, None])
    return share[0, 0].numpy(), of_features[0, 0].numpy()


@given(st.integers(0, 255))
def test_a_face_without_features_keeps_its_share(mask: int) -> None:
    share, features = round_trip(np.full((2, 2), mask, np.uint8), np.zeros((2, 2), np.uint8))
    assert share == pytest.approx(mask / 255, abs=0.5 / 128)
    assert features.max() == 0


@given(st.integers(0, 255))
def test_features_on_a_whole_face_keep_theirs_and_the_face_stays_whole(features: int) -> None:
    share, of_features = round_trip(np.full((2, 2), 255, np.uint8), np.full((2, 2), features, np.uint8))
    assert share.min() == 1
    assert of_features == pytest.approx(features / 255, abs=0.5 / 127)


def test_features_beyond_the_face_do_not_count() -> None:
    share, features = round_trip(np.zeros((2, 2), np.uint8), np.full((2, 2), 255, np.uint8))
    assert share.max() == 0
    assert features.max() == 0


def test_between_skin_and_eye_there_is_face_everywhere() -> None:
    """What a warp interpolates on the way from one to the other must not open a hole in the mask."""
    ends = pack_regions(np.full((1, 2), 255, np.uint8), np.array([[0, 255]], np.uint8)).astype(np.float32) / 255
    between = torch.from_numpy(np.linspace(ends[0, 0], ends[0, 1], 9)).view(1, 1, 3, 3)
    share, features = unpack_regions(between)
    assert share.min() == 1
    np.testing.assert_allclose(features.flatten(), np.linspace(0, 1, 9), atol=1e-6)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"ears": 1.0}, r"data\.features\.ears: no such part of a face; there are eyes, nostrils, mouth"),
        ({"mouth": 1.5}, r"data\.features\.mouth=1\.5 must lie between 0 and 1"),
        ({"eyes": 0.0, "nostrils": 0.0, "mouth": 0.0}, "all are 0; set training.features_weight=0"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights: dict[str, float], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_feature_weights(weights)
    check_feature_weights({"mouth": 0.25})
