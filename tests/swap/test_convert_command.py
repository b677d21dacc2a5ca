"""`convert` on the command line: output and last line, or one line and exit code 2; the hard footage, file by file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faceswap_lab.media.footage import open_footage

HARD = {
    "h01_two_faces_sbs.mp4",
    "h02_cut_two_ids.mp4",
    "h03_rotmeta.mp4",
    "h06_vfr.mp4",
    "h09_black_mid.mp4",
    "h10_lowres.mp4",
    "h11_occlusion_synth.mp4",
    "h12_face_leaves_frame.mp4",
    "h13_dark_noise.mp4",
    "h15_truncated_faststart.mp4",
    "h20_odd_dims.mp4",
    "h21_hevc_10bit.mp4",
    "h22_one_frame.mp4",
    "h23_gray.mkv",
    "h25_nonzero_start.mp4",
    "h26 ünïcode name (1).mp4",
    "r01_hand_before_mouth.mkv",
    "r02_hands_before_chin.mkv",
    "r03_two_people_vfr.gif",
    "r04_turn_to_profile.gif",
}
NO_FACE = {"h07_noface.mp4", "h08_black.mp4"}
UNREADABLE = {
    "h14_truncated_nomoov.mp4",
    "h17_zero_bytes.mp4",
    "h18_not_a_video.mp4",
    "h19_audio_only.mp4",
}
# Turned without metadata, and garbage that decodes: whether a face is found is up to the detector.
EITHER = {"h04_rotpix90.mp4", "h05_rotpix180.mp4", "h16_corrupt_data.mp4"}


def words(checkpoint: Path, footage: Path | str, output: Path, *more: str) -> list[str]:
    return ["convert", f"checkpoint={checkpoint}", f"footage={footage}", "identity=ada", f"output={output}", *more]


def refused(result: Any, *parts: str) -> None:
    assert result.code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr
    for part in parts:
        assert part in result.stderr


def test_writes_and_says_so(run_cli: Callable[..., Any], tmp_path: Path, checkpoint: Path, clip: Path) -> None:
    """The clip shows no face: a warning, and a whole output all the same."""
    output = tmp_path / "out.mp4"
    options = (
        "range=2:6",
        "colour=mean",
        "mask=hull",
        "provenance=unlabelled",
        "writer.preset=ultrafast",
        "device=cpu",
    )
    result = run_cli(words(checkpoint, clip, output, *options))
    assert result.code == 0
    assert "0 of 4 frames were swapped" in result.stderr
    last = result.stdout.strip().splitlines()[-1]
    assert last.startswith(f"wrote {output}")
    assert len(list(open_footage(output).frames())) == 4
    assert Path(f"{output}.manifest.json").exists()


def test_errors(run_cli: Callable[..., Any], tmp_path: Path, checkpoint: Path, clip: Path) -> None:
    output = tmp_path / "out.mp4"
    refused(run_cli(words(tmp_path / "none.ckpt", clip, output)), "none.ckpt", "no such file")
    refused(run_cli(words(clip, clip, output)), f"checkpoint {clip}")
    refused(run_cli([*words(checkpoint, clip, output), "identity=cat"]), "identity=cat", "ada, ben")
    refused(run_cli(words(checkpoint, clip, clip)), "same as the input")
    refused(run_cli(words(checkpoint, clip, clip / "out.mp4")), "out.mp4")
    refused(run_cli(words(checkpoint, checkpoint, output)), checkpoint.name)
    refused(run_cli(words(checkpoint, clip, output, "range=6:2")), "range")
    refused(run_cli(words(checkpoint, clip, output, "range=90:95")), "range 90:95")
    refused(run_cli(words(checkpoint, clip, output, "colour.max_strech=2")), "max_strech")
    refused(run_cli(words(checkpoint, clip, output, "batch_size=many")), "batch_size")
    refused(run_cli(words(checkpoint, clip, output, "mask=square")), "mask")
    refused(run_cli(words(checkpoint, clip, output, "faceset=/nowhere")), "/nowhere")
    assert list(tmp_path.iterdir()) == []


def test_several_footages_into_a_folder(
    run_cli: Callable[..., Any], tmp_path: Path, checkpoint: Path, clip: Path
) -> None:
    """One that cannot be read is warned about; names that meet, and an output that is no folder, are refused."""
    twin, broken, output = tmp_path / "twin.mp4", tmp_path / "broken.mp4", tmp_path / "swapped"
    twin.write_bytes(clip.read_bytes())
    broken.write_bytes(b"no video")
    options = ("range=0:2", "writer.preset=ultrafast", "device=cpu")
    result = run_cli(words(checkpoint, f"[{clip}, {twin}, {broken}]", output, *options))
    assert result.code == 0, result.stderr
    assert sorted(path.name for path in output.glob("*.mp4")) == [clip.name, "twin.mp4"]
    assert "broken.mp4" in result.stderr
    assert result.stdout.strip().splitlines()[-1] == f"wrote {output}: 2 of 3 footages"
    result = run_cli(words(checkpoint, str(tmp_path / "twi*.mp4"), tmp_path / "some", *options))
    assert (tmp_path / "some" / "twin.mp4").exists(), result.stderr
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "twin.mkv").write_bytes(clip.read_bytes())
    (tmp_path / "other" / "twin.mp4").write_bytes(clip.read_bytes())
    refused(run_cli(words(checkpoint, f"[{twin}, {tmp_path}/other/twin.mp4]", output)), "would both become")
    refused(run_cli(words(checkpoint, f"[{clip}, {twin}]", tmp_path / "out.mp4")), "name a folder")
    refused(run_cli(words(checkpoint, f"[{broken}]", tmp_path / "none")), "broken.mp4")
    assert not (tmp_path / "none").exists()


def test_hard_names_are_all_there(footage_dir: Path) -> None:
    found = {path.name for path in (footage_dir / "hard").iterdir() if path.suffix in (".mp4", ".mkv", ".gif")}
    assert found == HARD | NO_FACE | UNREADABLE | EITHER


@pytest.mark.hard
@pytest.mark.parametrize("name", sorted(HARD | NO_FACE | UNREADABLE | EITHER))
def test_hard_footage(
    run_cli: Callable[..., Any], tmp_path: Path, checkpoint: Path, footage_dir: Path, name: str
) -> None:
    footage, output = footage_dir / "hard" / name, tmp_path / "out.mp4"
    result = run_cli(words(checkpoint, footage, output, "writer.preset=ultrafast", "device=cpu"))
    assert "Traceback" not in result.stderr
    if name in UNREADABLE:
        refused(result, name)
        assert list(tmp_path.iterdir()) == []
        return
    assert result.code == 0, result.stderr
    frames = list(open_footage(output).frames())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "out.mp4.manifest.json"]
    if name in NO_FACE:
        assert f"0 of {len(frames)} frames were swapped" in result.stderr
    if name in HARD:
        assert "0 of" not in result.stderr
    if name.startswith("h15"):
        assert len(frames) == 21
        assert "warning" in result.stderr
    else:
        times = [frame.pts_s for frame in open_footage(footage).frames()]
        assert [frame.pts_s for frame in frames] == pytest.approx(times, abs=1e-3)
