"""A run's folder: its state is true, done jobs are not run again, unborn runs leave nothing."""

from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.runs import discard_if_unborn, read_status, recorded


@pytest.fixture
def cfg(tmp_path: Path) -> DictConfig:
    return OmegaConf.create({"output": str(tmp_path / "run"), "checkpoint": None})


def test_states_follow_the_run(cfg: DictConfig) -> None:
    seen: list[str] = []
    assert recorded(cfg, lambda c: seen.append(read_status(c.output)["state"]) or 0.5) == 0.5
    assert seen == ["running"]
    assert read_status(cfg.output)["state"] == "done"


def test_a_done_job_is_not_run_again(cfg: DictConfig) -> None:
    recorded(cfg, lambda _: 0.25)
    assert recorded(cfg, lambda _: pytest.fail("ran again")) == 0.25


def test_a_failure_is_recorded_and_the_next_start_resumes(cfg: DictConfig) -> None:
    def fail(_: DictConfig) -> float:
        (Path(cfg.output) / "checkpoints").mkdir()
        (Path(cfg.output) / "checkpoints" / "last.ckpt").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recorded(cfg, fail)
    assert read_status(cfg.output)["state"] == "failed"
    recorded(cfg, lambda c: float(c.checkpoint.endswith("last.ckpt")))
    assert read_status(cfg.output)["score"] == 1.0


def test_a_foreign_status_is_refused(tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text("not json")
    with pytest.raises(ConfigError, match=r"status\.json"):
        read_status(tmp_path)


def test_an_unborn_run_leaves_nothing_but_a_born_one_stays(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "day" / "time"
    (folder / ".hydra").mkdir(parents=True)
    (folder / "status.json").write_text("{}")
    (tmp_path / "other").touch()
    discard_if_unborn(folder)
    assert not (tmp_path / "runs").exists()
    (folder / "checkpoints").mkdir(parents=True)
    discard_if_unborn(folder)
    assert folder.exists()
