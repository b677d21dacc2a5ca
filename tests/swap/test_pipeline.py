"""The stream from footage to output: exactness, order, times, sound, reuse, manifest, and refusals before any work."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.errors import ConfigError, OutputError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.media.footage import Footage, open_footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.writers.x264 import X264
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.casting import Cast
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport, SwapRecord
from faceswap_lab.swap.swapper import Swapper

UNMARKED = Marks(label=None, watermark=None, credential=None, reason="pixels are compared")
NUM_FRAMES = 12


class KeptFrames:
    """A writer that keeps what it is given before anything is encoded."""

    def __init__(self) -> None:
        self.images: list[np.ndarray] = []
        self.frames: list[Frame] = []

    def __call__(self, path: Path, *, like: Footage, ranges: Any = None, tags: Any = None) -> "KeptFrames":
        self.path, self.tags = path, tags
        return self

    def __enter__(self) -> "KeptFrames":
        return self

    def write(self, image: np.ndarray, frame: Frame) -> None:
        self.images.append(image.copy())
        self.frames.append(frame)

    def __exit__(self, *_: object) -> None:
        self.path.write_bytes(b"kept")


def test_only_the_patch_changes_before_encoding(
    run: Callable[..., ConvertReport],
    clip: Path,
    make_finder: Callable[..., FaceFinder],
    make_face: Callable[..., Face],
) -> None:
    """Bit for bit, and a frame without the face is the footage's frame."""
    patches: dict[int, Patch] = {}

    def keep(record: SwapRecord, image: np.ndarray, patch: Patch) -> None:
        patches[record.frame_index] = patch

    kept = KeptFrames()
    finder = make_finder(lambda call: [] if call % 3 == 1 else [make_face((call, 0))])
    report = run(writer=kept, finder=finder, marks=UNMARKED, on_face=keep)
    footage = [frame.image for frame in open_footage(clip).frames()]
    assert report.num_frames == len(kept.images) == NUM_FRAMES
    assert sorted(patches) == [index for index in range(NUM_FRAMES) if index % 3 != 1]
    assert report.num_swapped == len(patches)
    for index, (image, before) in enumerate(zip(kept.images, footage, strict=True)):
        expected = before.copy()
        if index in patches:
            paste(expected, [patches[index]])
            assert not np.array_equal(expected, before)
        np.testing.assert_array_equal(image, expected)


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_batches_do_not_show(run: Callable[..., ConvertReport], batch_size: int) -> None:
    whole, split = KeptFrames(), KeptFrames()
    run(writer=whole, marks=UNMARKED)
    run(writer=split, marks=UNMARKED, batch_size=batch_size)
    assert [frame.index for frame in split.frames] == list(range(NUM_FRAMES))
    for one, other in zip(whole.images, split.images, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1  # torch sums batches in another order


def test_times_and_sound_are_the_footages(run: Callable[..., ConvertReport], clip: Path) -> None:
    report = run()
    assert [f.pts_s for f in open_footage(report.output).frames()] == pytest.approx(
        [f.pts_s for f in open_footage(clip).frames()], abs=1e-6
    )

    def sound(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    assert sound(report.output) == sound(clip)
    assert sound(clip)


def test_label_is_on_from_the_first_swapped_frame_to_the_last(
    run: Callable[..., ConvertReport], make_finder: Callable[..., FaceFinder], make_face: Callable[..., Face]
) -> None:
    def found(call: int) -> list[Face]:
        return [make_face()] if call in (4, 5, 8) else []

    plain, labelled = KeptFrames(), KeptFrames()
    run(writer=plain, finder=make_finder(found), marks=UNMARKED, batch_size=3)
    marks = Marks(label=CornerLabel(), watermark=None, credential=None, reason="pixels are compared")
    run(writer=labelled, finder=make_finder(found), marks=marks, batch_size=3)
    differs = [not np.array_equal(a, b) for a, b in zip(plain.images, labelled.images, strict=True)]
    assert differs == [index >= 4 for index in range(NUM_FRAMES)]


def test_records_say_what_was_done(run: Callable[..., ConvertReport], make_face: Callable[..., Face]) -> None:
    report = run()
    assert report.num_frames == report.num_swapped == NUM_FRAMES
    assert [swap.frame_index for swap in report.swaps] == list(range(NUM_FRAMES))
    assert report.swaps[3].pts_s == pytest.approx(0.14)
    np.testing.assert_array_equal(report.swaps[0].landmarks_682, make_face().landmarks_682)
    assert all(swap.mask_hull_ratio >= 0.75 for swap in report.swaps)
    assert set(report.seconds) == {"decode", "find", "network", "put_back", "mark", "encode"}
    assert report.ms_per_frame == pytest.approx(1000 * report.elapsed_s / NUM_FRAMES)
    assert max(report.seconds.values()) < report.elapsed_s
    assert {(swap.identity, swap.track) for swap in report.swaps} == {("ada", 0)}


def test_range(run: Callable[..., ConvertReport]) -> None:
    report = run(ranges=FrameRange.parse("3:7"))
    assert [swap.frame_index for swap in report.swaps] == [3, 4, 5, 6]
    assert len(list(open_footage(report.output).frames())) == 4


def test_manifest_and_tags(run: Callable[..., ConvertReport], clip: Path, checkpoint: Path) -> None:
    report = run(config={"colour": {"max_stretch": 1.2}})
    assert report.manifest == Path(f"{report.output}.manifest.json")
    text = report.manifest.read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert manifest["output"] == {"name": "out.mp4", "sha256": sha256_of(report.output)}
    assert manifest["inputs"]["footage"] == {"name": clip.name, "sha256": sha256_of(clip)}
    assert manifest["inputs"]["checkpoint"] == {"name": checkpoint.name, "sha256": sha256_of(checkpoint)}
    assert manifest["identities"] == {
        "ada": {
            "role": "swapped in",
            "consent": {"basis": "self", "reference": None, "scope": "research", "expiry": None},
            "licence": None,
        }
    }
    assert manifest["swap"]["frames_swapped"] == NUM_FRAMES
    assert manifest["config"] == {"colour": {"max_stretch": 1.2}}
    assert manifest["model"]["steps"] == 3
    assert manifest["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert str(clip.parent) not in text
    assert "/nowhere/" not in text
    with av.open(str(report.output)) as container:
        assert "AI-generated" in container.metadata["comment"]
        assert container.metadata["digital_source_type"] == manifest["digitalSourceType"]


def test_no_face_is_a_warning(
    run: Callable[..., ConvertReport], make_finder: Callable[..., FaceFinder], caplog: pytest.LogCaptureFixture
) -> None:
    report = run(finder=make_finder(lambda call: []))
    assert report.num_swapped == 0
    assert "0 of 12 frames were swapped: no face was found" in caplog.text
    assert json.loads(report.manifest.read_text())["digitalSourceType"] is None


def test_faces_that_nobody_asked_for_are_said_to_be_there(
    run: Callable[..., ConvertReport], caplog: pytest.LogCaptureFixture
) -> None:
    """The one face is track 0."""
    report = run(identity=None, cast=Cast(swap={"track_7": "ada"}))
    assert report.num_swapped == 0
    assert "0 of 12 frames were swapped: 12 show faces, but nobody of whom identity= or swap= speaks" in caplog.text


def test_settings_that_images_ignore_are_said_once(
    run: Callable[..., ConvertReport], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run("frames", writer=X264(crf=3), ranges=FrameRange(((0, 1),)))
    said = [record.message for record in caplog.records if "have no effect" in record.message]
    assert said == [f"{tmp_path / 'frames'}: settings of writer=x264 have no effect on images"]


def test_rows_of_the_face_set_are_reused(
    tmp_path: Path,
    run: Callable[..., ConvertReport],
    clip: Path,
    make_checkpoint: Callable[..., Path],
    make_finder: Callable[..., FaceFinder],
    make_face: Callable[..., Face],
) -> None:
    """Extracted frames are not searched again, others are; the face set's person stands in the manifest."""
    record = IdentityRecord("ben", check_consent("public-material"), licence="CC0-1.0")
    extract(clip, tmp_path / "ben", record=record, finder=make_finder(), ranges=FrameRange.parse("0:8"))
    path = make_checkpoint(tmp_path / "with_set.ckpt", facesets={"ben": tmp_path / "ben"})
    finder = make_finder(lambda call: [make_face((9, 9))])
    report = run(swapper=Swapper.from_checkpoint(path, device="cpu"), finder=finder)
    assert report.num_reused == 8
    assert finder.detector.num_calls == 4
    np.testing.assert_allclose(report.swaps[7].landmarks_682, make_face().landmarks_682)
    np.testing.assert_allclose(report.swaps[8].landmarks_682, make_face((9, 9)).landmarks_682)
    identities = json.loads(report.manifest.read_text())["identities"]
    assert {name: identities["ben"][name] for name in ("role", "licence")} == {"role": "footage", "licence": "CC0-1.0"}
    consent = identities["ben"]["consent"]
    assert (consent["basis"], consent["scope"]) == ("public-material", "demonstration")
    assert consent == Faceset.open(tmp_path / "ben").identity.consent.to_dict()
    assert identities["ada"]["role"] == "swapped in"


@pytest.mark.parametrize("output", ["swapped", "swapped.png"])
def test_images(
    tmp_path: Path, run: Callable[..., ConvertReport], clip: Path, output: str, make_finder: Callable[..., FaceFinder]
) -> None:
    ranges = FrameRange.parse("2:5" if output == "swapped" else "2:3")
    report = run(output, ranges=ranges)
    assert len(list(open_footage(report.output).frames())) == report.num_swapped == (3 if output == "swapped" else 1)
    assert report.manifest.name == f"{output}.manifest.json"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([output, report.manifest.name])


def test_an_error_under_way_leaves_nothing(run: Callable[..., ConvertReport], tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"an earlier result")

    def fail(record: SwapRecord, image: np.ndarray, patch: Patch) -> None:
        if record.frame_index == 6:
            raise OutputError("the disk is full")

    with pytest.raises(OutputError, match="the disk is full"):
        run(on_face=fail, batch_size=2)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    assert (tmp_path / "out.mp4").read_bytes() == b"an earlier result"


def test_a_direction_that_the_network_cannot_swap_is_refused(
    tmp_path: Path, clip: Path, make_checkpoint: Callable[..., Path], make_finder: Callable[..., FaceFinder]
) -> None:
    liae = {
        "_target_": "faceswap_lab.models.bottlenecks.liae.Liae",
        "_partial_": True,
        "latent": 8,
        "channels": 4,
        "size": 2,
    }
    pair = Swapper.from_checkpoint(make_checkpoint(tmp_path / "pair.ckpt", bottleneck=liae), device="cpu")
    with pytest.raises(ConfigError, match="ada into footage of ben only"):
        convert(clip, tmp_path / "no.mp4", swapper=pair, identity="ben", finder=make_finder())
    assert not (tmp_path / "no.mp4").exists()
    report = convert(clip, tmp_path / "out.mp4", swapper=pair, identity="ada", finder=make_finder())
    assert report.num_swapped == NUM_FRAMES
