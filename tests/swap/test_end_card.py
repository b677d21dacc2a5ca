"""The end card in conversions: after the footage, which stays as it is, in every kind of video; resumed as well."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.writer import open_writer
from faceswap_lab.media.writers.av1 import Av1
from faceswap_lab.media.writers.ffv1 import Ffv1
from faceswap_lab.media.writers.gif import Gif
from faceswap_lab.media.writers.images import Images
from faceswap_lab.media.writers.prores import Prores
from faceswap_lab.media.writers.vp9 import Vp9
from faceswap_lab.media.writers.x265 import X265
from faceswap_lab.provenance.end_card import EndCard
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.provenance.verify import verify
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper
from faceswap_lab.swap.writers.side_by_side import SideBySide

NUM_FRAMES, SECONDS = 12, 0.4
NUM_CARD = 9  # at the clip's mean rate of 22.2 frames a second
Run = Callable[..., ConvertReport]


@pytest.fixture
def run(tmp_path: Path, clip: Path, checkpoint: Path, make_finder: Callable[..., FaceFinder]) -> Run:
    """``run(name, seconds, **options)`` converts the clip."""

    def run(name: str, seconds: float = SECONDS, **options: Any) -> ConvertReport:
        given: dict[str, Any] = {
            "swapper": Swapper.from_checkpoint(checkpoint),
            "identity": "ada",
            "finder": make_finder(),
            "marks": Marks(label=CornerLabel(), end_card=EndCard(seconds=seconds)),
            "writer": writer,
        }
        return convert(clip, tmp_path / name, **(given | options))

    return run


def writer(path: Path, **options: Any) -> Any:
    return open_writer(path, crf=0, preset="ultrafast", **options)


def packets(path: Path, kind: str) -> list[tuple[Fraction, Fraction, bytes]]:
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        found = [packet for packet in container.demux(stream) if packet.size]
        return sorted((p.pts * p.time_base, p.duration * p.time_base, bytes(p)) for p in found)


def is_card(image: np.ndarray) -> bool:
    return bool(np.abs(np.median(image) - 28) < 8 and image.max() > 180)


def test_it_follows_the_footage_whose_times_and_sound_stay(run: Run, tmp_path: Path) -> None:
    plain, carded = run("plain.mp4", 0), run("card.mp4")
    assert carded.num_frames == plain.num_frames == NUM_FRAMES
    whole, alone = ([*open_footage(report.output).frames()] for report in (carded, plain))
    assert len(whole) == NUM_FRAMES + NUM_CARD
    assert [frame.pts_s for frame in whole[:NUM_FRAMES]] == [frame.pts_s for frame in alone]
    gaps = np.diff([frame.pts_s for frame in whole[NUM_FRAMES - 1 :]])
    np.testing.assert_allclose(gaps[1:], SECONDS / NUM_CARD, atol=2e-3)
    assert [is_card(frame.image) for frame in whole] == [False] * NUM_FRAMES + [True] * NUM_CARD
    assert packets(carded.output, "audio") == packets(plain.output, "audio")
    assert carded.manifest.read_text().count('"end_card"') >= 1


def test_of_a_range_the_sound_ends_with_it(run: Run) -> None:
    ranges = FrameRange.parse("2:7")
    plain, carded = (run(f"{seconds}.mp4", seconds, ranges=ranges) for seconds in (0, SECONDS))
    assert packets(carded.output, "audio") == packets(plain.output, "audio")
    frames = list(open_footage(carded.output).frames())
    assert [is_card(frame.image) for frame in frames] == [False] * 5 + [True] * NUM_CARD
    times = [[frame.pts_s for frame in open_footage(report.output).frames()] for report in (carded, plain)]
    assert times[0][:5] == times[1]


@pytest.mark.parametrize("segment_frames", [5, 6, 100])
def test_segments_give_the_same_as_one_piece(run: Run, segment_frames: int) -> None:
    in_one, in_segments = (run(f"{n}.mp4", segment_frames=n, config={}) for n in (None, segment_frames))
    for kind in ("video", "audio"):
        one, several = packets(in_one.output, kind), packets(in_segments.output, kind)
        assert [packet[:2] for packet in one] == [packet[:2] for packet in several]
    frames = [[frame.image for frame in open_footage(of.output).frames()] for of in (in_one, in_segments)]
    assert len(frames[1]) == NUM_FRAMES + NUM_CARD
    np.testing.assert_array_equal(frames[0], frames[1])


@pytest.mark.parametrize(("segment_frames", "num_resumed"), [(7, 7), (6, 12)])
def test_a_run_that_was_cut_off_ends_with_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, segment_frames: int, num_resumed: int
) -> None:
    """Also where all of the footage was written, and only the card is missing."""
    whole = run("whole.mp4", segment_frames=6, config={})
    draw, num_drawn = EndCard.draw, []

    def cut_power(self: EndCard, *args: Any, **options: Any) -> Any:
        num_drawn.append(None)
        if len(num_drawn) > 3:
            raise PowerCutError
        return draw(self, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(EndCard, "draw", cut_power)
        with pytest.raises(PowerCutError):
            run("cut.mp4", segment_frames=segment_frames, config={})
    assert not (tmp_path / "cut.mp4").exists()
    resumed = run("cut.mp4", segment_frames=segment_frames, config={})
    assert resumed.num_resumed == num_resumed
    frames = [[frame.image for frame in open_footage(of.output).frames()] for of in (whole, resumed)]
    times = [[frame.pts_s for frame in open_footage(of.output).frames()] for of in (whole, resumed)]
    assert times[0] == times[1]
    np.testing.assert_array_equal(frames[0], frames[1])


class PowerCutError(Exception):
    """Ends a run without a word, as a killed process does."""


@pytest.mark.parametrize(
    ("name", "writer"),
    [
        ("a.mkv", Ffv1()),
        ("a.mov", Prores(profile="proxy")),
        ("a.webm", Vp9()),
        ("b.mp4", Av1()),
        ("c.mp4", X265(preset="ultrafast")),
        ("a.gif", Gif()),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_every_kind_of_video_has_it(run: Run, name: str, writer: Any) -> None:
    report = run(name, writer=writer)
    frames = list(open_footage(report.output).frames())
    assert [is_card(frame.image) for frame in frames] == [False] * NUM_FRAMES + [True] * NUM_CARD


def test_images_go_without_it_and_one_line_says_so(run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    report = run("frames", writer=Images())
    assert len(list(report.output.iterdir())) == NUM_FRAMES
    assert [record.getMessage() for record in caplog.records if "end_card" in record.getMessage()] == [
        f"{tmp_path / 'frames'}: provenance.end_card has no effect on images"
    ]
    assert "end_card" not in report.manifest.read_text()


def test_the_whole_file_is_ours_and_intact(run: Run) -> None:
    report = run("card.mp4")
    found = verify(report.output)
    assert (found.verdict, found.manifest_matches) == ("intact", True)


def test_footage_without_a_clock_has_it_too(
    tmp_path: Path, checkpoint: Path, make_finder: Callable[..., FaceFinder], make_face: Callable[..., Face]
) -> None:
    """A folder of images has no times of its own."""
    from faceswap_lab.media.images import write_image

    folder = tmp_path / "images"
    folder.mkdir()
    for index in range(4):
        write_image(folder / f"{index}.png", np.full((128, 160, 3), 60 + index, np.uint8))
    report = convert(
        folder,
        tmp_path / "out.mp4",
        swapper=Swapper.from_checkpoint(checkpoint),
        identity="ada",
        finder=make_finder(),
        marks=Marks(label=None, end_card=EndCard(seconds=0.2)),
        writer=writer,
    )
    times = [frame.pts_s for frame in open_footage(report.output).frames()]
    np.testing.assert_allclose(times, np.arange(9) / 25, atol=1e-3)


@pytest.mark.parametrize("segment_frames", [5, 6])
def test_what_stands_beside_has_none(run: Run, segment_frames: int) -> None:
    report = run("card.mp4", segment_frames=segment_frames, config={}, also=[SideBySide()])
    (beside,) = report.beside
    frames = list(open_footage(beside).frames())
    assert len(frames) == NUM_FRAMES
    assert len(list(open_footage(report.output).frames())) == NUM_FRAMES + NUM_CARD
