"""What is done to marked pictures before the mark is looked for."""

import io
from collections.abc import Iterator, Sequence

import av
import cv2
import numpy as np
from watermark_contents import HEIGHT, WIDTH, Picture

from faceswap_lab.provenance.watermark import Detection, detect


def promised_attacks(pan: list[Picture], still: list[Picture], payload: int, key: bytes) -> Iterator[tuple[str, float]]:
    """Name and accuracy of what the mark must survive; single pictures unless the name says otherwise."""
    frame = pan[5]
    pictures: dict[str, Picture] = {
        "none": frame,
        "jpeg_50": jpeg(frame, 50),
        "resize_0.5": resized(frame, 0.5),
        "resize_0.75": resized(frame, 0.75),
        "resize_2": resized(frame, 2),
        "crop_5_each_side": frame[HEIGHT // 20 : -HEIGHT // 20, WIDTH // 20 : -WIDTH // 20],
        "mirror": frame[:, ::-1],
        "brightness_0.8": scaled(frame, 0.8, 0),
        "brightness_1.2": scaled(frame, 1.2, 0),
        "contrast_0.8": scaled(frame, 0.8, 0.2 * frame.mean()),
        "contrast_1.2": scaled(frame, 1.2, -0.2 * frame.mean()),
    }
    for name, picture in pictures.items():
        yield name, accuracy([picture], payload, key, search=name.startswith("crop"))
    yield "x264_crf23_frame", min(accuracy([frame], payload, key) for frame in x264(still, 23))
    yield "x264_crf23_key_frame_pan", accuracy(x264(pan, 23)[:1], payload, key)
    lossy = x264(pan, 28)
    yield "x264_crf28_vote_12", accuracy(lossy, payload, key)
    yield "frame_drop_50_crf28_vote_6", accuracy([lossy[k] for k in (0, 1, 4, 6, 9, 11)], payload, key)


def beyond_attacks(pan: list[Picture], payload: int, key: bytes) -> Iterator[tuple[str, float]]:
    """The same of what nobody promised."""
    frame = pan[5]
    crop = frame[HEIGHT // 20 : -HEIGHT // 20, WIDTH // 20 : -WIDTH // 20]
    gamma = (255 * (frame / 255.0) ** 0.8).astype(np.uint8)
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 1.0, 1.0)
    noise = np.random.default_rng(0).normal(0, 8, frame.shape)
    pictures: dict[str, tuple[Picture, bool]] = {
        "jpeg_30": (jpeg(frame, 30), False),
        "jpeg_10": (jpeg(frame, 10), False),
        "resize_0.25": (resized(frame, 0.25), False),
        "crop_5_jpeg_50_mirror_resized": (resized(jpeg(crop, 50)[:, ::-1], 1 / 0.9), True),
        "crop_uneven": (frame[7:-21, 3:-26], True),
        "brightness_minus_51": (scaled(frame, 1.0, -51.0), False),
        "brightness_plus_51": (scaled(frame, 1.0, 51.0), False),
        "gamma_0.8": (gamma, False),
        "blur_sigma_2": (cv2.GaussianBlur(frame, (0, 0), 2), False),
        "noise_sigma_8": (np.clip(frame + noise, 0, 255).astype(np.uint8), False),
        "rotation_1_degree": (cv2.warpAffine(frame, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT), False),
    }
    for name, (picture, search) in pictures.items():
        yield name, accuracy([picture], payload, key, search=search)
    yield "x264_crf23_any_frame_pan", min(accuracy([frame], payload, key) for frame in x264(pan, 23))
    yield "x264_crf32_vote_12_pan", accuracy(x264(pan, 32), payload, key)
    lossy = x264(pan, 28)
    yield (
        "x264_crf28_crop_5_vote_12_pan",
        accuracy([frame[24:-24, 32:-32] for frame in lossy], payload, key, search=True),
    )


def accuracy(frames: Sequence[Picture], payload: int, key: bytes, *, search: bool = False) -> float:
    """Share of the payload's bits that are read right; 0.5 where nothing is found."""
    found: Detection = detect(frames, [key], search=search)
    return 0.5 if found.payload is None else 1 - (found.payload ^ payload).bit_count() / 32


def x264(frames: Sequence[Picture], crf: int) -> list[Picture]:
    """Frames written by x264 and read again."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as sink:
        options = {"crf": str(crf), "preset": "medium", "threads": "1"}
        stream = sink.add_stream("libx264", rate=25, options=options)
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuv420p"
        for frame in frames:
            sink.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        sink.mux(stream.encode())
    buffer.seek(0)
    with av.open(buffer) as source:
        return [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]


def jpeg(frame: Picture, quality: int) -> Picture:
    """A frame written as JPEG and read again."""
    coded = cv2.imencode(".jpg", np.ascontiguousarray(frame[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.cvtColor(cv2.imdecode(coded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def resized(frame: Picture, scale: float) -> Picture:
    """A frame of another size."""
    kernel = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(frame, None, fx=scale, fy=scale, interpolation=kernel)


def scaled(frame: Picture, gain: float, offset: float) -> Picture:
    """A frame brighter, darker, duller or starker."""
    return np.clip(np.rint(frame * gain + offset), 0, 255).astype(np.uint8)
