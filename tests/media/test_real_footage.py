"""Every file of the real footage is read, or refused with one line; what is read can be written again."""

import json
import os
import subprocess
from fractions import Fraction

import av
import numpy as np
import pytest

from faceswap_lab.core.errors import FootageError, OutputError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media import open_footage
from faceswap_lab.media.writer import open_writer

NUM_FRAMES = {
    "h01_two_faces_sbs.mp4": 100, "h02_cut_two_ids.mp4": 100, "h03_rotmeta.mp4": 60, "h04_rotpix90.mp4": 40,
    "h05_rotpix180.mp4": 40, "h06_vfr.mp4": 80, "h07_noface.mp4": 120, "h08_black.mp4": 50, "h09_black_mid.mp4": 90,
    "h10_lowres.mp4": 100, "h11_occlusion_synth.mp4": 100, "h12_face_leaves_frame.mp4": 100, "h13_dark_noise.mp4": 60,
    "h15_truncated_faststart.mp4": 21, "h16_corrupt_data.mp4": 60, "h20_odd_dims.mp4": 30, "h21_hevc_10bit.mp4": 30,
    "h22_one_frame.mp4": 1, "h23_gray.mkv": 20, "h25_nonzero_start.mp4": 40, "h26 ünïcode name (1).mp4": 1,
    "r01_hand_before_mouth.mkv": 47, "r02_hands_before_chin.mkv": 109, "r03_two_people_vfr.gif": 56,
    "r04_turn_to_profile.gif": 23,
}  # fmt: skip
REFUSED = {
    "h14_truncated_nomoov.mp4": "cut off before its index",
    "h17_zero_bytes.mp4": "empty",
    "h18_not_a_video.mp4": "not a video",
    "h19_audio_only.mp4": "sound only",
}
WARNED = {"h15_truncated_faststart.mp4": "39 of 60 frames cannot be read", "h20_odd_dims.mp4": "539x959 is odd"}


@pytest.mark.hard
@pytest.mark.parametrize("name", sorted(NUM_FRAMES))
def test_every_file_is_read_and_written_again(footage_dir, tmp_path, name, caplog):
    footage = open_footage(footage_dir / "hard" / name)
    times, first = [], None
    with open_writer(tmp_path / "out.mp4", like=footage, crf=10, preset="ultrafast") as writer:
        for frame in footage.frames():
            assert frame.image.shape == (footage.info.height, footage.info.width, 3)
            first = frame.image if first is None else first
            times.append(frame.pts * frame.time_base)
            writer.write(frame.image, frame)
    assert len(times) == NUM_FRAMES[name]
    written = list(open_footage(tmp_path / "out.mp4").frames())
    assert [frame.pts * frame.time_base for frame in written] == times
    assert np.abs(written[0].image.astype(int) - first).mean() < 1.5
    assert [WARNED[name] in record.message for record in caplog.records] == [True] * (name in WARNED)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_read_is_refused_with_one_line(footage_dir, name):
    with pytest.raises(FootageError) as error:
        open_footage(footage_dir / "hard" / name)
    assert REFUSED[name] in str(error.value)
    assert name in str(error.value)


def test_times_that_change_agree_with_the_truth(footage_dir):
    truth = json.loads((footage_dir / "hard" / "h06_vfr_pts.json").read_text())
    frames = open_footage(footage_dir / "hard" / "h06_vfr.mp4").frames()
    assert [frame.pts * frame.time_base for frame in frames] == [Fraction(ms, 1000) for ms in truth]


def test_a_clip_that_starts_at_five_seconds_does_so_still(footage_dir, tmp_path):
    footage = open_footage(footage_dir / "hard" / "h25_nonzero_start.mp4")
    with open_writer(tmp_path / "out.mp4", like=footage, preset="ultrafast") as writer:
        for frame in footage.frames():
            writer.write(frame.image, frame)
    assert next(open_footage(tmp_path / "out.mp4").frames()).pts_s == 5.0


def test_the_phone_clip_is_upright(footage_dir):
    info = open_footage(footage_dir / "hard" / "h03_rotmeta.mp4").info
    assert (info.width, info.height, info.rotation) == (540, 960, 90)


@pytest.mark.hard
def test_a_range_far_in_is_exact_and_has_its_sound(footage_dir, tmp_path):
    clip, ranges = footage_dir / "clips" / "man_kitchen.mp4", FrameRange.parse("400:410")
    footage = open_footage(clip)
    whole = {
        frame.index: int(frame.image.sum(dtype=np.int64)) for frame in footage.frames() if 400 <= frame.index < 410
    }
    with open_writer(tmp_path / "out.mp4", like=footage, ranges=ranges, preset="ultrafast") as writer:
        for frame in footage.frames(ranges):
            assert int(frame.image.sum(dtype=np.int64)) == whole.pop(frame.index)
            writer.write(frame.image, frame)
    assert whole == {}

    def sound(path):
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            return [(packet.pts * packet.time_base, bytes(packet)) for packet in container.demux(stream) if packet.size]

    expected = [data for time, data in sound(clip) if 16 <= time < Fraction("16.4")]
    assert [data for _, data in sound(tmp_path / "out.mp4")] == expected


@pytest.mark.hard
@pytest.mark.parametrize("kind", ["out.mp4", "frames"])
def test_a_full_disk_leaves_nothing(footage_dir, tmp_path, kind):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is refused here")
    try:
        footage = open_footage(footage_dir / "hard" / "h02_cut_two_ids.mp4")
        with pytest.raises(OutputError, match="the disk is full"):
            _copy(footage, disk / kind)
        assert os.listdir(disk) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _copy(footage, output):
    with open_writer(output, like=footage, crf=18) as writer:
        for frame in footage.frames():
            writer.write(frame.image, frame)
