"""The table of figures: one file, new columns, and a resumed run that carries on."""

from pathlib import Path

from faceswap_lab.training.csv_log import CsvLog


def lines(folder: Path) -> list[str]:
    return (folder / "metrics.csv").read_text(encoding="utf-8").splitlines()


def test_a_row_a_step(tmp_path: Path) -> None:
    log = CsvLog(str(tmp_path))
    log.log_metrics({"train/loss": 0.5, "epoch": 0}, step=9)
    log.log_metrics({"train/loss": 0.25}, step=19)
    log.finalize("success")
    assert lines(tmp_path) == ["step,train/loss", "9,0.5", "19,0.25"]


def test_figures_of_one_step_share_its_row(tmp_path: Path) -> None:
    log = CsvLog(str(tmp_path))
    log.log_metrics({"train/loss": 0.5}, step=9)
    log.log_metrics({"val/ssim": 0.75}, step=9)
    log.finalize("success")
    assert lines(tmp_path) == ["step,train/loss,val/ssim", "9,0.5,0.75"]


def test_new_columns_leave_earlier_rows_empty(tmp_path: Path) -> None:
    log = CsvLog(str(tmp_path), flush_every=1)
    for step, metrics in enumerate(({"b": 1.0}, {"a": 2.0}, {"a": 3.0, "b": 4.0})):
        log.log_metrics(metrics, step=step)
    log.finalize("success")
    assert lines(tmp_path) == ["step,b,a", "0,1.0,", "1,,2.0", "2,4.0,3.0"]


def test_it_is_on_the_disk_before_the_end(tmp_path: Path) -> None:
    log = CsvLog(str(tmp_path), flush_every=2)
    for step in range(5):
        log.log_metrics({"a": float(step)}, step=step)
    assert len(lines(tmp_path)) == 1 + 4


def test_a_resumed_run_carries_on_and_replaces_what_it_repeats(tmp_path: Path) -> None:
    first = CsvLog(str(tmp_path))
    for step in range(6):
        first.log_metrics({"a": float(step)}, step=step)
    first.finalize("failed")
    second = CsvLog(str(tmp_path))
    second.log_metrics({"a": 40.0, "b": 1.0}, step=4)
    second.finalize("success")
    assert lines(tmp_path) == ["step,a,b", "0,0.0,", "1,1.0,", "2,2.0,", "3,3.0,", "4,40.0,1.0"]


def test_another_run_in_the_folder_starts_anew(tmp_path: Path) -> None:
    for value in (1.0, 2.0):
        log = CsvLog(str(tmp_path))
        log.log_metrics({"a": value}, step=0)
        log.finalize("success")
    assert lines(tmp_path) == ["step,a", "0,2.0"]


def test_figures_told_twice_are_written_once(tmp_path: Path) -> None:
    log = CsvLog(str(tmp_path))
    log.log_metrics({"train/loss": 0.5}, step=9)
    log.save()
    log.log_metrics({"train/loss": 0.5, "epoch": 0}, step=9)
    log.save()
    log.log_metrics({"train/loss": 0.5}, step=10)
    log.finalize("success")
    assert lines(tmp_path) == ["step,train/loss", "9,0.5", "10,0.5"]
