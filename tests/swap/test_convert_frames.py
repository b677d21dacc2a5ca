"""Which frames a conversion writes, in which size, and how deep."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError, FootageError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.writers.ffv1 import Ffv1
from faceswap_lab.media.writers.prores import Prores
from faceswap_lab.media.writers.vp9 import Vp9
from faceswap_lab.media.writers.x265 import X265
from faceswap_lab.provenance.keyring import watermark_keys
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.provenance.watermark import detect
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper

UNMARKED = Marks(label=None, watermark=None, credential=None, reason="pixels are compared")
WIDTH, HEIGHT, NUM_FRAMES = 160, 128, 12
Run = Callable[..., ConvertReport]


class Kept:
    """A writer that keeps what it is given."""

    def __init__(self) -> None:
        self.images: list[np.ndarray] = []
        self.frames: list[Frame] = []

    def __call__(self, path: Path, **options: Any) -> "Kept":
        self.path, self.ranges = path, options.get("ranges")
        return self

    def __enter__(self) -> "Kept":
        return self

    def write(self, image: np.ndarray, frame: Frame) -> None:
        self.images.append(image.copy())
        self.frames.append(frame)

    def __exit__(self, *_: object) -> None:
        self.path.write_bytes(b"kept")


@pytest.fixture
def run(tmp_path: Path, clip: Path, checkpoint: Path, make_finder: Callable[..., FaceFinder]) -> Run:
    def run(output: str = "out.mp4", **options: Any) -> ConvertReport:
        swapper = Swapper.from_checkpoint(checkpoint, device="cpu")
        defaults: dict[str, Any] = {"swapper": swapper, "identity": "ada", "finder": make_finder()}
        return convert(options.pop("footage", clip), tmp_path / output, **(defaults | options))

    return run


def sound_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def test_the_rest_is_kept_as_it_is(run: Run, clip: Path) -> None:
    kept = Kept()
    report = run(writer=kept, marks=UNMARKED, ranges=FrameRange.parse("3:5,8:9"), keep_rest=True)
    footage = [frame.image for frame in open_footage(clip).frames()]
    assert (report.num_frames, report.num_swapped, kept.ranges) == (NUM_FRAMES, 3, None)
    for index, (image, before) in enumerate(zip(kept.images, footage, strict=True)):
        assert np.array_equal(image, before) == (index not in (3, 4, 8))


def test_times_and_sound_stay_where_the_rest_is_kept(run: Run, clip: Path) -> None:
    report = run(ranges=FrameRange.parse("3:5"), keep_rest=True)
    times = [[frame.pts_s for frame in open_footage(path).frames()] for path in (report.output, clip)]
    assert times[0] == pytest.approx(times[1], abs=1e-6)
    assert sound_packets(report.output) == sound_packets(clip)


def test_what_cannot_be_kept_is_refused(run: Run, tmp_path: Path, clip: Path) -> None:
    with pytest.raises(ConfigError, match="rest=keep has no effect"):
        run(keep_rest=True)
    with pytest.raises(FootageError, match="range 50:60 holds none of its frames"):
        run(ranges=FrameRange.parse("50:60"), keep_rest=True)
    for scale in (0.05, 5, float("nan")):
        with pytest.raises(ConfigError, match=r"scale=.*: give 0\.1 to 4"):
            run(scale=scale)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("scale", "size"), [(0.5, (64, 80)), (2.0, (256, 320)), (0.33, (42, 52))])
def test_another_size_is_marked_as_well(run: Run, scale: float, size: tuple[int, int]) -> None:
    plain, labelled = Kept(), Kept()
    run(writer=plain, marks=UNMARKED, scale=scale)
    report = run(
        scale=scale, writer=labelled, marks=Marks(label=CornerLabel(), credential=None, reason="kept in memory")
    )
    assert {image.shape for image in labelled.images} == {(*size, 3)}
    left, top, right, bottom = CornerLabel().box(size, "bottom right")
    changed = [
        np.abs(one.astype(int) - other)[top:bottom, left:right].mean()
        for one, other in zip(plain.images, labelled.images, strict=True)
    ]
    assert min(changed) > 20
    assert detect(labelled.images, watermark_keys()).found
    assert report.num_frames == NUM_FRAMES


@pytest.fixture(scope="module")
def deep_clip(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    """Ten bits in YCbCr: a gradient of some 800 greys across the picture, which moves."""
    path = tmp_path_factory.mktemp("deep") / "deep.mkv"
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    footage = open_footage(clip)
    with Ffv1(pix_fmt="yuv444p10le", audio="none")(path, like=footage) as writer:
        for frame in footage.frames():
            grey = (6000 + 300 * frame.index + 320 * x + 11 * y).astype(np.uint16)
            writer.write(np.repeat(grey[..., None], 3, axis=2), deep_frame(frame))
    assert open_footage(path).info.bit_depth == 10
    return path


def deep_frame(frame: Frame) -> Frame:
    return Frame(frame.pixels, frame.index, frame.pts_s, frame.index * 40, Fraction(1, 1000), 40)


def levels_beside_the_face(image: np.ndarray, report: ConvertReport) -> int:
    """How many greens there are below the face; a picture of 8 bits has 256 at most, whatever noise is in it."""
    bottom = max(swap.box[3] for swap in report.swaps)
    assert bottom < HEIGHT - 4
    return len(np.unique(image[bottom:, :, 1]))


def test_ten_bits_go_through(run: Run, deep_clip: Path) -> None:
    """Bit for bit outside of the patch, before anything is marked or encoded."""
    kept = Kept()
    report = run(footage=deep_clip, writer=kept, marks=UNMARKED)
    footage = list(open_footage(deep_clip).frames(deep=True))
    assert report.num_swapped == NUM_FRAMES
    for image, frame, swap in zip(kept.images, footage, report.swaps, strict=True):
        assert image.dtype == np.uint16
        left, top, right, bottom = swap.box
        outside = np.ones((HEIGHT, WIDTH), bool)
        outside[top:bottom, left:right] = False
        assert np.array_equal(image[outside], frame.full_depth[outside])
        assert not np.array_equal(image, frame.full_depth)
    assert levels_beside_the_face(kept.images[0], report) > 256


@pytest.mark.parametrize(
    ("writer", "output", "bits"), [(X265(crf=4), "out.mp4", 10), (Prores(profile="4444"), "out.mov", 12)]
)
def test_the_gradient_survives_in_the_file(run: Run, deep_clip: Path, writer: Any, output: str, bits: int) -> None:
    report = run(output, footage=deep_clip, writer=writer, marks=UNMARKED)
    written = open_footage(report.output)
    assert written.info.bit_depth == bits
    frame = next(iter(written.frames(deep=True)))
    assert levels_beside_the_face(frame.full_depth, report) > 256


def test_a_codec_of_8_bits_rounds(run: Run, deep_clip: Path) -> None:
    report = run("out.webm", footage=deep_clip, writer=Vp9(speed=8), marks=UNMARKED)
    assert open_footage(report.output).info.bit_depth == 8


def test_deep_frames_are_marked(run: Run, deep_clip: Path) -> None:
    kept = Kept()
    run(footage=deep_clip, writer=kept, marks=Marks(label=CornerLabel(), credential=None, reason="kept in memory"))
    assert kept.images[0].dtype == np.uint16
    assert detect([(image // 257).astype(np.uint8) for image in kept.images], watermark_keys()).found
    left, top, right, bottom = CornerLabel().box((HEIGHT, WIDTH), "bottom right")
    assert kept.images[0][top:bottom, left:right].max() > 60_000


def test_deep_folders_keep_16_bits(run: Run, deep_clip: Path) -> None:
    report = run("frames", footage=deep_clip, marks=UNMARKED, ranges=FrameRange.parse("0:2"))
    written = open_footage(report.output)
    assert written.info.bit_depth == 16
    assert levels_beside_the_face(next(iter(written.frames(deep=True))).full_depth, report) > 256
