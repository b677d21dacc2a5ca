"""Pictures become a clip, a frame each."""

from pathlib import Path

import numpy as np

from faceswap_lab.media import open_footage, write_image
from faceswap_lab.media.timelapse import write_timelapse


def test_every_picture_is_a_frame_and_odd_sides_are_made_even(tmp_path: Path) -> None:
    pictures = []
    for number in range(4):
        pictures.append(tmp_path / f"{number:07d}.png")
        write_image(pictures[-1], np.full((33, 41, 3), 60 * number, np.uint8))
    write_timelapse(tmp_path / "timelapse.mp4", pictures, fps=5)
    footage = open_footage(tmp_path / "timelapse.mp4")
    frames = list(footage.frames())
    assert [frame.image.shape for frame in frames] == [(34, 42, 3)] * 4
    np.testing.assert_allclose([frame.image.mean() for frame in frames], [0, 60, 120, 180], atol=3)
    np.testing.assert_allclose([frame.pts_s for frame in frames], [0, 0.2, 0.4, 0.6], atol=1e-6)
