"""Tiny clips made by PyAV, whose frames carry their number in the picture."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

NUM_BITS = 8
Picture = NDArray[np.uint8]


def draw_number(number: int, width: int = 64, height: int = 48) -> Picture:
    """Returns a smooth picture with the number as a row of black and white blocks, which survives compression."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([60 + x * 120 // width, 60 + y * 120 // height, np.full_like(x, 90 + number % 40)], axis=-1)
    for bit, columns in enumerate(np.array_split(np.arange(width), NUM_BITS)):
        picture[: height // 3, columns] = 235 if number >> bit & 1 else 20
    return np.ascontiguousarray(picture.astype(np.uint8))


@pytest.fixture(scope="session")
def drawn() -> Callable[..., Picture]:
    """``drawn(number)``: the picture with that number."""
    return draw_number


@pytest.fixture(scope="session")
def number_in() -> Callable[[Picture], int]:
    """``number_in(image)``: the number that a picture carries."""

    def read(image: Picture) -> int:
        band = image[4 : image.shape[0] // 3 - 4].mean(axis=(0, 2))
        blocks = np.array_split(band, NUM_BITS)
        return sum((float(np.median(block)) > 128) << bit for bit, block in enumerate(blocks))

    return read


@pytest.fixture(scope="session")
def make_clip() -> Callable[..., Path]:
    """``make_clip(path, pts=range(10), ...)``: writes a clip with PyAV alone and returns its path."""

    def make(
        path: Path,
        *,
        pts: Sequence[int] = range(10),
        time_base: Fraction = Fraction(1, 25),
        size: tuple[int, int] = (64, 48),
        codec: str = "libx264",
        pix_fmt: str = "yuv420p",
        options: dict[str, str] | None = None,
        audio: str | None = None,
        prepare: Callable[[Any], None] | None = None,
        picture: Callable[[int], Picture] | None = None,
    ) -> Path:
        with av.open(str(path), "w") as container:
            video = container.add_stream(codec, rate=25, time_base=time_base, width=size[0], height=size[1])
            video.pix_fmt = pix_fmt
            video.options.update({"g": "6"} | (options or {}))
            if prepare is not None:
                prepare(video)
            sound = container.add_stream(audio, rate=48000 if audio == "libopus" else 44100) if audio else None
            if sound is not None and audio and audio.startswith("pcm"):
                sound.codec_context.layout = "mono"
            for number, ticks in enumerate(pts):
                image = picture(number) if picture else draw_number(number, *size)
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts, frame.time_base = ticks, time_base
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
            if sound is not None:
                _write_tone(container, sound, float((max(pts) + 1) * time_base))
        return path

    return make


def _write_tone(container: Any, stream: Any, seconds: float) -> None:
    rate = stream.codec_context.sample_rate
    wave = (8000 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)).astype(np.int16)
    for start in range(0, len(wave), 1024):
        chunk = wave[None, start : start + 1024]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
