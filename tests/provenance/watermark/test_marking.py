"""The mark in pictures: hard to see, still, and read again after what happens to pictures on their way."""

import io
import time
from collections.abc import Callable
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError, ShapeError
from faceswap_lab.provenance.watermark import Embedder, detect, embed
from faceswap_lab.provenance.watermark.canvas import coefficients_of, luma_of, to_canvas
from faceswap_lab.provenance.watermark.embedder import STEP
from faceswap_lab.provenance.watermark.types import Picture

KEY, PAYLOAD = b"a secret of the tests", 0xC0FFEE42
HEIGHT, WIDTH = 480, 640


def textured(seed: int = 0, margin: int = 40) -> Picture:
    """Clouds of all sizes with shot noise."""
    rng = np.random.default_rng(seed)
    size = (HEIGHT + margin, WIDTH + margin)
    picture = np.full((*size, 3), 120.0)
    for cells in (4, 12, 40, 130):
        picture += cv2.resize(rng.normal(0, 22, (cells, cells, 3)), size[::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def panned(count: int = 12) -> list[Picture]:
    whole = textured()
    return [np.ascontiguousarray(whole[2 * k : 2 * k + HEIGHT, 3 * k : 3 * k + WIDTH]) for k in range(count)]


def still() -> Picture:
    return panned(1)[0]


def flat(level: int) -> Picture:
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def marked(frame: Picture, payload: int = PAYLOAD) -> Picture:
    copy = frame.copy()
    embed(copy, payload, KEY)
    return copy


def psnr(one: Picture, other: Picture) -> float:
    return float(10 * np.log10(255**2 / np.mean(np.square(one.astype(np.float64) - other))))


def jpeg(frame: Picture, quality: int) -> Picture:
    return cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def x264(frames: list[Picture], crf: int) -> list[Picture]:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as sink:
        stream = sink.add_stream("libx264", rate=25, options={"crf": str(crf), "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in frames:
            sink.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        sink.mux(stream.encode())
    buffer.seek(0)
    with av.open(buffer) as source:
        return [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]


@pytest.mark.parametrize("frame", [still(), flat(0), flat(128), flat(255)], ids=["texture", "black", "grey", "white"])
def test_is_hard_to_see_and_read_again(frame: Picture) -> None:
    changed = marked(frame)
    assert psnr(changed, frame) >= 43.5
    assert np.abs(changed.astype(int) - frame).max() <= 14
    found = detect([changed], [KEY])
    assert found.found
    assert found.payload == PAYLOAD
    assert found.log10_p < -300


ATTACKS: dict[str, Callable[[Picture], Picture]] = {
    "jpeg 50": lambda frame: jpeg(frame, 50),
    "half": lambda frame: cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "double": lambda frame: cv2.resize(frame, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC),
    "squeezed": lambda frame: cv2.resize(frame, (400, 480), interpolation=cv2.INTER_AREA),
    "mirrored": lambda frame: frame[:, ::-1],
    "brighter": lambda frame: np.clip(frame * 1.2, 0, 255).astype(np.uint8),
    "darker": lambda frame: (frame * 0.8).astype(np.uint8),
    "contrast": lambda frame: np.clip((frame - frame.mean()) * 1.2 + frame.mean(), 0, 255).astype(np.uint8),
    "dull": lambda frame: ((frame - frame.mean()) * 0.8 + frame.mean()).astype(np.uint8),
    "16 bits": lambda frame: frame.astype(np.uint16) * 257,
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
@pytest.mark.parametrize("frame", [still(), flat(30)], ids=["texture", "dark"])
def test_survives(frame: Picture, attack: Callable[[Picture], Picture]) -> None:
    found = detect([attack(marked(frame))], [KEY], search=False)
    assert found.payload == PAYLOAD


@pytest.mark.parametrize("cut", [(24, 32, 24, 32), (5, 3, 20, 26)], ids=["5 % a side", "uneven"])
def test_a_crop_is_found(cut: tuple[int, int, int, int]) -> None:
    top, left, bottom, right = cut
    cropped = marked(still())[top : HEIGHT - bottom, left : WIDTH - right]
    found = detect([jpeg(cropped, 75)[:, ::-1]], [KEY])
    assert found.payload == PAYLOAD
    assert found.mirrored
    assert found.place.width == pytest.approx(192 * (1 - (left + right) / WIDTH), abs=1.5)
    assert found.place.left == pytest.approx(192 * left / WIDTH, abs=1.5)


def test_a_clip_is_read_after_x264_by_votes_of_any_frames() -> None:
    embedder, frames = Embedder(PAYLOAD, KEY), panned()
    for frame in frames:
        embedder.embed(frame)
    decoded = x264(frames, 28)
    assert detect(decoded, [KEY], search=False).payload == PAYLOAD
    kept = [decoded[k] for k in (9, 0, 4, 2, 11, 7)]  # frames dropped, and in no order
    assert detect(kept, [KEY], search=False).payload == PAYLOAD


def test_finds_which_key_and_nothing_without_it() -> None:
    frame = marked(still())
    found = detect([frame], [b"other", KEY], search=False)
    assert (found.key_index, found.payload) == (1, PAYLOAD)
    for frames, keys in (([frame], [b"other"]), ([still()], [KEY]), ([frame], [])):
        found = detect(frames, keys)
        assert (found.found, found.payload, found.key_index, found.log10_p) == (False, None, None, 0.0)
        assert found.confidence == 0


def test_does_not_flicker_where_the_footage_is_still() -> None:
    """A standing camera's noise moves coefficients to and fro; their marked values stay where they are."""
    rng, scene = np.random.default_rng(5), still().astype(np.float64)
    clean = [np.clip(scene + rng.normal(0, 2, scene.shape), 0, 255).astype(np.uint8) for _ in range(12)]
    frames, embedder = [frame.copy() for frame in clean], Embedder(PAYLOAD, KEY)
    for frame in frames:
        embedder.embed(frame)

    def movement(clip: list[Picture]) -> float:
        """Mean change between frames of what the eye sees of a block, grey levels."""
        canvases = [to_canvas(luma_of(frame)) for frame in clip]
        return float(np.mean([np.abs(after - before).mean() for before, after in pairwise(canvases)]))

    assert movement(frames) < 1.05 * movement(clean)
    marks = np.stack([coefficients_of(to_canvas(luma_of(frame))) for frame in frames])
    jumps = np.abs(np.diff(marks, axis=0)) > STEP / 2
    assert jumps.mean() < 0.002  # without holding on: about 0.02


def test_is_quick() -> None:
    frames, embedder = panned(), Embedder(PAYLOAD, KEY)
    embedder.embed(frames[0].copy())
    times = []
    for frame in frames:
        start = time.perf_counter()
        embedder.embed(frame)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.03  # 7 ms on an idle core; benchmarks/watermark.py measures


def test_16_bit_frames_are_marked_as_8_bit_ones() -> None:
    frame = still()
    fine = frame.astype(np.uint16) * 257
    embed(fine, PAYLOAD, KEY)
    apart = np.abs(fine / 257 - marked(frame).astype(np.float64)) > 1.1
    assert apart.mean() < 0.2  # a coefficient half way between two points may go to the other one
    assert detect([fine], [KEY], search=False).payload == PAYLOAD
    assert fine.dtype == np.uint16


def test_a_part_of_an_array_is_marked_in_place() -> None:
    frame = np.zeros((HEIGHT + 10, WIDTH + 10, 3), np.uint8)
    frame[5:-5, 5:-5] = still()
    before = frame.copy()
    embed(frame[5:-5, 5:-5], PAYLOAD, KEY)
    assert detect([frame[5:-5, 5:-5]], [KEY], search=False).payload == PAYLOAD
    assert (frame[:5] == before[:5]).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (50, 60)])
def test_small_pictures_come_through(size: tuple[int, int]) -> None:
    frame = np.full((*size, 3), 90, np.uint8)
    embed(frame, PAYLOAD, KEY)
    assert frame.shape == (*size, 3)
    detect([frame], [KEY])


def test_errors() -> None:
    with pytest.raises(ShapeError, match="float64"):
        embed(np.zeros((4, 4, 3)), PAYLOAD, KEY)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match=r"\(4, 4\)"):
        embed(np.zeros((4, 4), np.uint8), PAYLOAD, KEY)
    with pytest.raises(ConfigError, match="no frame"):
        detect([], [KEY])
    with pytest.raises(ConfigError, match="false_positive_rate"):
        detect([still()], [KEY], false_positive_rate=0.0)
