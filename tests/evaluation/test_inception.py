"""KID and FID by their formulas, and the loader on weights drawn at random that are read as the published ones are."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.models import inception_v3

from faceswap_lab.core.errors import ConfigError, ShapeError
from faceswap_lab.evaluation.inception import WEIGHTS, InceptionFeatures, fid, kid


def heaps(apart: float, count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(2, count, 16))
    return first, second + apart


def test_kid_is_the_mean_over_pairs() -> None:
    first, second = heaps(0.5, 7)

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return (float(a @ b) / 16 + 1) ** 3

    expected = 0.0
    for heap in (first, second):
        expected += np.mean([kernel(a, b) for i, a in enumerate(heap) for j, b in enumerate(heap) if i != j])
    expected -= 2 * np.mean([kernel(a, b) for a in first for b in second])
    assert kid(first, second) == pytest.approx(expected, abs=1e-12)


def test_both_grow_with_the_distance_and_kid_is_about_nought_for_one_kind() -> None:
    for measure in (fid, kid):
        values = [measure(*heaps(apart)) for apart in (0.0, 0.5, 1.0, 2.0)]
        assert values == sorted(values)
    assert abs(kid(*heaps(0.0)) or 1.0) < 0.1 * (kid(*heaps(0.5)) or 0.0)
    assert fid(heaps(0.0)[0], heaps(0.0)[0]) == pytest.approx(0.0, abs=1e-5)


def test_too_few_or_unlike() -> None:
    assert kid(np.ones((1, 4)), np.ones((5, 4))) is None
    assert fid(np.ones((1, 4)), np.ones((5, 4))) is None
    with pytest.raises(ShapeError, match="features"):
        kid(np.ones((3, 4)), np.ones((3, 5)))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


@pytest.mark.slow
def test_features_come_from_the_weights_in_the_cache(hub: Path) -> None:
    torch.manual_seed(0)
    network = inception_v3(weights=None, init_weights=False, transform_input=True).eval()
    torch.save(network.state_dict(), hub / Path(WEIGHTS).name)
    features = InceptionFeatures()
    images = list(np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8))
    found = features(images)
    assert found.shape == (3, 2048)
    assert found[0] == pytest.approx(features([images[0]])[0], rel=1e-2, abs=1e-12)
    assert np.abs(found[0] - found[1]).max() > 0.01 * found[0].max()
    assert features([]).shape == (0, 2048)


def test_without_weights_one_line_says_where_they_belong(hub: Path) -> None:
    with pytest.raises(ConfigError, match="perceptual=true has to download inception_v3_google") as caught:
        InceptionFeatures()
    assert str(hub) in str(caught.value)
