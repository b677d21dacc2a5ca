"""A clip from frames and sound that a program made, where ``writer`` takes both from existing footage."""

import os
from collections.abc import Iterable
from fractions import Fraction

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import atomic_path


def write_clip(
    path: str | os.PathLike[str],
    images: Iterable[NDArray[np.uint8]],
    *,
    fps: int,
    samples: NDArray[np.float32] | None = None,
    rate_hz: int = 44_100,
    crf: int = 16,
) -> None:
    """Writes an H.264 clip, with one AAC track where there is sound.

    Args:
        path: File to write, such as ``clip.mp4``; whole or absent.
        images: Frames of one even size, (H, W, 3) RGB uint8, taken one at a time.
        fps: Frames per second.
        samples: Mono sound in [-1, 1], or None.
        rate_hz: Samples per second.
        crf: x264's constant rate factor, 0 (best) to 51.

    Raises:
        OutputError: The file cannot be written.
    """
    with atomic_path(path) as temporary:
        try:
            with av.open(str(temporary), "w") as container:
                _write(container, images, fps, samples, rate_hz, crf)
        except FFmpegError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another output") from error


def _write(
    container: OutputContainer,
    images: Iterable[NDArray[np.uint8]],
    fps: int,
    samples: NDArray[np.float32] | None,
    rate_hz: int,
    crf: int,
) -> None:
    if samples is None:
        samples, sound = np.empty(0, np.float32), None
    else:
        sound = container.add_stream("aac", rate=rate_hz, layout="mono")
    video = container.add_stream("libx264", rate=fps, options={"crf": str(crf), "preset": "veryfast"})
    video.pix_fmt = "yuv420p"
    sent = 0
    for index, image in enumerate(images):
        if index == 0:
            video.height, video.width = image.shape[:2]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame.pts, frame.time_base = index, Fraction(1, fps)
        container.mux(video.encode(frame))
        # Sound goes in step with the picture, so that players find both in one place of the file.
        until = min(round((index + 1) / fps * rate_hz), len(samples))
        if sound is not None and until > sent:
            container.mux(sound.encode(_sound(samples[sent:until], sent, rate_hz)))
            sent = until
    container.mux(video.encode(None))
    if sound is not None:
        container.mux(sound.encode(None))


def _sound(samples: NDArray[np.float32], start: int, rate_hz: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
    return frame
