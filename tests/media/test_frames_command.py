"""`faceswap-lab frames`: every n-th frame of a range as images."""

import pytest
from omegaconf import OmegaConf

from faceswap_lab.commands.frames import run
from faceswap_lab.core.errors import FootageError, OutputError
from faceswap_lab.core.schema import FramesSchema
from faceswap_lab.media import read_image


def config(**fields):
    return OmegaConf.merge(OmegaConf.structured(FramesSchema), {key: str(value) for key, value in fields.items()})


def test_every_nth_frame_of_a_range(tmp_path, make_clip, number_in):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(30))
    assert run(config(footage=clip, output=tmp_path / "frames", every=5, range="4:20", format="jpg")) == 4
    written = sorted((tmp_path / "frames").iterdir())
    assert [path.name for path in written] == [f"frame_{index:06d}.jpg" for index in (4, 9, 14, 19)]
    assert [number_in(read_image(path)) for path in written] == [4, 9, 14, 19]


def test_errors_leave_nothing_behind(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4", pts=range(5))
    with pytest.raises(FootageError, match="holds none"):
        run(config(footage=clip, output=tmp_path / "frames", range="50:60"))
    with pytest.raises(OutputError, match="image format 'xyz': choose one of png"):
        run(config(footage=clip, output=tmp_path / "frames", format="xyz"))
    with pytest.raises(OutputError, match="already holds files"):
        run(config(footage=clip, output=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_the_command_line_writes_frames(tmp_path, make_clip, run_cli):
    clip = make_clip(tmp_path / "a clip (1).mp4", pts=range(6))
    result = run_cli(["frames", clip, f"output={tmp_path / 'out'}", "every=3"])
    assert result.code == 0
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == ["frame_000000.png", "frame_000003.png"]
    assert result.stdout.strip().splitlines()[-1].startswith(f"wrote {tmp_path / 'out'}")
