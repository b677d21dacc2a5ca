"""Trackers for real, without a network: what a run wrote is read back from W&B's file, MLflow's and TensorBoard's."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceswap_lab.core.metrics_table import last_metrics
from faceswap_lab.training.callbacks.tables import tables_of

Cli = Callable[..., Any]
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def words(tiny: list[str], folders: dict[str, str], tmp_path: Path) -> list[str]:
    facesets = [f"facesets.{name}={folder}" for name, folder in folders.items()]
    return ["train", *tiny, *facesets, f"output={tmp_path / 'study' / 'run'}"]


def resumed(words: list[str], run: Path) -> list[str]:
    return [*words, "trainer.max_steps=6", f"checkpoint={run / 'checkpoints' / 'last.ckpt'}"]


def wandb_records(path: Path) -> Iterator[Any]:
    """Records of a file of W&B: after 7 bytes, blocks of 32 KiB in the log format of LevelDB."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, at, parts = path.read_bytes(), 7, b""
    while at + 7 <= len(content):
        left = 0x8000 - at % 0x8000
        if left < 7:
            at += left
            continue
        length, kind = int.from_bytes(content[at + 4 : at + 6], "little"), content[at + 6]
        parts += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            record = Record()
            record.ParseFromString(parts)
            yield record
            parts = b""


@pytest.mark.slow
def test_wandb_offline_holds_figures_pictures_and_tables_under_one_id(
    run_cli: Cli, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    run = tmp_path / "study" / "run"
    result = run_cli([*words, "logger=[csv,wandb]"])
    assert result.code == 0, result.stderr
    again = run_cli([*resumed(words, run), "logger=[csv,wandb]"])
    assert again.code == 0, again.stderr

    files = sorted(run.glob("wandb/offline-run-*/run-*.wandb"))
    assert len(files) == 2
    assert len({path.name for path in files}) == 1  # one id
    history: dict[str, Any] = {}
    config: dict[str, Any] = {}
    for record in (record for path in files for record in wandb_records(path)):
        if record.WhichOneof("record_type") == "run":
            assert (record.run.project, record.run.run_group, record.run.display_name) == (
                "faceswap-lab",
                "study",
                "run",
            )
            assert record.run.run_id == (run / "wandb-id.txt").read_text()
        changed = [*record.run.config.update, *record.config.update]
        config |= {item.key or "/".join(item.nested_key): item.value_json for item in changed}
        if record.WhichOneof("record_type") == "history":
            history |= {item.key or "/".join(item.nested_key): item.value_json for item in record.history.item}
    assert json.loads(config["choices"])["encoder"] == "original"
    assert float(history["val/ssim"]) == pytest.approx(last_metrics(run)["val/ssim"])
    for shown in ("train/loss", "preview", "val/by_identity"):
        assert any(name.startswith(shown) for name in history), sorted(history)
    pictures = list(run.glob("wandb/offline-run-*/files/media/images/preview_*.png"))
    assert len(pictures) == 2
    for table in run.glob("wandb/offline-run-*/files/media/table/val/by_identity_*.json"):
        content = json.loads(table.read_text())
        assert content["columns"] == ["identity", "ssim", "l1"]
        assert [row[0] for row in content["data"]] == ["ada", "ben"]


@pytest.mark.slow
def test_mlflow_holds_figures_pictures_and_tables_under_one_id(run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    run = tmp_path / "study" / "run"
    result = run_cli([*words, "logger=[csv,tensorboard,mlflow]"])
    assert result.code == 0, result.stderr
    again = run_cli([*resumed(words, run), "logger=[csv,tensorboard,mlflow]"])
    assert again.code == 0, again.stderr
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"

    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{tmp_path / 'study' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("study")
    (found,) = client.search_runs([experiment.experiment_id])
    assert found.info.run_id == (run / "mlflow-id.txt").read_text()
    assert (found.info.run_name, found.info.status) == ("run", "FINISHED")
    assert found.data.params["choices/encoder"] == "original"
    measured = client.get_metric_history(found.info.run_id, "val/ssim")
    assert len(measured) == 2
    assert measured[-1].value == pytest.approx(last_metrics(run)["val/ssim"])
    artifacts = tmp_path / "study" / "mlflow-artifacts" / found.info.run_id / "artifacts"
    assert len(list(artifacts.glob("images/preview*.png"))) == 2
    table = json.loads((artifacts / "val" / "by_identity.json").read_text())
    assert table["columns"] == ["step", "identity", "ssim", "l1"]
    assert [row[:2] for row in table["data"]] == [[3, "ada"], [3, "ben"], [6, "ada"], [6, "ben"]]

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    board = EventAccumulator(str(run / "tensorboard"))
    board.Reload()
    assert board.Scalars("val/ssim")[-1].value == pytest.approx(last_metrics(run)["val/ssim"])
    assert len(board.Images("preview")) == 2
    assert "val/by_identity/text_summary" in board.Tags()["tensors"]


def test_the_table_of_figures_is_written_whatever_the_loggers(run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    result = run_cli([*words, "logger=tensorboard"])
    assert result.code == 0, result.stderr
    assert "val/ssim" in last_metrics(tmp_path / "study" / "run")
    assert list((tmp_path / "study" / "run" / "tensorboard").glob("events*"))


def test_metrics_become_a_row_an_identity_and_a_matrix() -> None:
    measured = {"val/ssim": 0.5, "val/ssim_ada": 0.4, "val/ssim_ben": 0.6, "val/l1_ben": 0.1, "train/l1_ada": 9.0}
    measured |= {"val/identity_ada_as_ben": 0.7, "val/identity_ada_as_ada": 0.2, "val/identity_ben_as_ada": 0.8}
    tables = tables_of(measured, ["ada", "ben"])
    assert set(tables) == {"val/by_identity", "val/identity_matrix"}
    assert tables["val/by_identity"][0] == ["identity", "ssim", "l1"]
    np.testing.assert_equal(tables["val/by_identity"][1], [["ada", 0.4, np.nan], ["ben", 0.6, 0.1]])
    assert tables["val/identity_matrix"][0] == ["footage", "ada", "ben"]
    np.testing.assert_equal(tables["val/identity_matrix"][1], [["ada", 0.2, 0.7], ["ben", 0.8, np.nan]])
