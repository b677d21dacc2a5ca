"""What a conversion refuses: one line each, before a frame is read, and nothing left behind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faceswap_lab.core.errors import CheckpointError, ConfigError, ConsentError, FacesetError, FootageError, OutputError
from faceswap_lab.swap.masks.predicted import Predicted
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper


@pytest.fixture(autouse=True)
def _nothing_left(tmp_path: Path) -> Any:
    before = set(tmp_path.rglob("*"))
    yield
    assert {path for path in tmp_path.rglob("*") if "out" in path.name} <= before


def test_unknown_identity(run: Callable[..., ConvertReport]) -> None:
    with pytest.raises(ConfigError, match="it holds ada, ben"):
        run(identity="cat")


def test_batch_size(run: Callable[..., ConvertReport]) -> None:
    with pytest.raises(ConfigError, match="batch_size=0"):
        run(batch_size=0)


def test_footage(run: Callable[..., ConvertReport], tmp_path: Path) -> None:
    with pytest.raises(FootageError, match="no such file"):
        run(footage=tmp_path / "missing.mp4")


def test_output_is_the_footage(run: Callable[..., ConvertReport], clip: Path, swapper: Swapper) -> None:
    before = clip.read_bytes()
    with pytest.raises(OutputError, match="same as the input"):
        convert(clip, clip, swapper=swapper, identity="ada")
    assert clip.read_bytes() == before


def test_output_folder(run: Callable[..., ConvertReport], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"out\.mp4"):
        run("file/out.mp4")


def test_output_suffix(run: Callable[..., ConvertReport]) -> None:
    with pytest.raises(OutputError, match=r"cannot write \.doc"):
        run("out.doc")


def test_faceset(run: Callable[..., ConvertReport], tmp_path: Path) -> None:
    with pytest.raises(FacesetError, match="not a face set"):
        run(faceset=tmp_path)


def test_expired_consent(
    run: Callable[..., ConvertReport], tmp_path: Path, make_checkpoint: Callable[..., Path]
) -> None:
    path = make_checkpoint(tmp_path / "old.ckpt", expiry="2020-01-01")
    with pytest.raises(ConsentError, match=r"ada: .*ended on 2020-01-01"):
        run(swapper=Swapper.from_checkpoint(path, device="cpu"))
    run(swapper=Swapper.from_checkpoint(path, device="cpu"), identity="ben", output="ben.mp4")
    path = make_checkpoint(tmp_path / "nobody.ckpt", basis="missing")
    with pytest.raises(ConsentError, match=r"ada: .*basis is 'missing'"):
        run(swapper=Swapper.from_checkpoint(path, device="cpu"))


def test_predicted_mask_without_mask_head(
    run: Callable[..., ConvertReport], tmp_path: Path, make_checkpoint: Callable[..., Path]
) -> None:
    path = make_checkpoint(tmp_path / "bare.ckpt", mask=False)
    with pytest.raises(CheckpointError, match="use mask=hull"):
        run(swapper=Swapper.from_checkpoint(path, device="cpu"), mask=Predicted())
