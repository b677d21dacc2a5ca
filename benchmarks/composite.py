"""How long putting one face of 128 px back into its frame takes, without the network: 720p, 2160p, and whole frames.

    python benchmarks/composite.py [rounds]

The face is drawn at 128 px and as large in the frame, so that 720p and 2160p differ in the frame alone. Timed are
``PutBack.patch`` and ``paste``, in place: with Reinhard's colours, a feathered hull and alpha, and with all that
``convert`` ships. The baseline composites as tools do that keep whole frames as floats: the face warped into an RGBA
picture as large as the frame, laid over a float copy of the frame, weighed with the frame and rounded. All cases take
turns, so that whatever else the machine does falls on all of them. The last line is JSON: medians of the time that the
thread itself computed (``ms_``), which a busy machine changes little, and of the time on the wall (``wall_ms_``).
"""

import json
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.crop import CropSpec, frame_to_crop
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.blends.membrane import Membrane
from faceswap_lab.swap.colour.reinhard import Reinhard
from faceswap_lab.swap.colour.skin_tone import SkinTone
from faceswap_lab.swap.masks.hull import Hull
from faceswap_lab.swap.masks.hull_predicted import HullPredicted
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.put_back import PutBack

FACE_PX, ROUNDS = 128, 200
SIZES = {"720p": (720, 1280), "2160p": (2160, 3840)}
SPEC = CropSpec("face", FACE_PX)
Case = Callable[[], None]


class Scene:
    """A frame, a face in its middle whose crop covers 128 px of it, and what a network drew."""

    def __init__(self, height: int, width: int) -> None:
        rng = np.random.default_rng(0)
        small = rng.integers(60, 200, (height // 16, width // 16, 3), dtype=np.uint8)
        self.frame = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        self.landmarks_682 = MEAN_FACE_682 * FACE_PX / _crop_side() + (width / 2 + 0.3, height / 2 + 0.6)
        self.frame_to_crop_23 = frame_to_crop(self.landmarks_682, SPEC)
        drawn = cv2.resize(rng.random((24, 24, 3), np.float32), (FACE_PX, FACE_PX), interpolation=cv2.INTER_CUBIC)
        self.drawn_SS3 = np.clip(0.3 + 0.4 * drawn, 0, 1)
        self.predicted_SS = cv2.circle(np.zeros((FACE_PX, FACE_PX), np.float32), (64, 64), 58, 1.0, -1)

    def ours(self, parts: PutBack, *, predicted: bool) -> Case:
        """Patch and paste."""
        mask_SS = self.predicted_SS if predicted else None

        def run() -> None:
            patch = parts.patch(self.frame, self.landmarks_682, self.frame_to_crop_23, self.drawn_SS3, mask_SS)
            assert patch is not None
            paste(self.frame, [patch])

        return run

    def whole_frames(self) -> Case:
        """The baseline, with the same colours and mask as ``plain``."""
        colour, mask = Reinhard(), Hull()
        height, width = self.frame.shape[:2]
        face_px = float(np.ptp(MEAN_FACE_682[:, 1])) * FACE_PX / _crop_side()
        flags = cv2.WARP_INVERSE_MAP | cv2.INTER_CUBIC

        def run() -> None:
            frame_HW3 = self.frame.astype(np.float32) / 255
            crop = cv2.warpAffine(frame_HW3, self.frame_to_crop_23, (FACE_PX, FACE_PX), flags=cv2.INTER_CUBIC)
            in_crop_682 = self.landmarks_682 @ self.frame_to_crop_23[:, :2].T + self.frame_to_crop_23[:, 2]
            mask_SS = mask.alpha(MaskInput(in_crop_682, None, FACE_PX, face_px))
            face_SS3 = colour.match(self.drawn_SS3, crop, mask_SS)
            rgba_SS4 = np.concatenate([face_SS3, mask_SS[..., None]], axis=-1)
            rgba_HW4 = cv2.warpAffine(rgba_SS4, self.frame_to_crop_23, (width, height), flags=flags)
            share_HW1 = np.clip(rgba_HW4[..., 3:], 0, 1)
            joined_HW3 = rgba_HW4[..., :3] * share_HW1 + frame_HW3 * (1 - share_HW1)
            self.frame[:] = np.rint(np.clip(joined_HW3, 0, 1) * 255).astype(np.uint8)

        return run


def _crop_side() -> float:
    """Side of the crop, in units of the mean face."""
    return FACE_PX / float(np.sqrt(np.linalg.det(frame_to_crop(MEAN_FACE_682, SPEC)[:, :2])))


def put_back(colour: Reinhard | SkinTone, mask: Hull | HullPredicted, blend: Alpha | Membrane) -> PutBack:
    """What is timed."""
    return PutBack(colour=colour, mask=mask, blend=blend, crop_spec=SPEC, output_size=FACE_PX)


def time_in_turns(cases: dict[str, Case], rounds: int) -> dict[str, NDArray[np.float64]]:
    """Milliseconds of every round by case, computing and on the wall."""
    times: dict[str, list[float]] = {f"{clock}{name}": [] for name in cases for clock in ("", "wall_")}
    for turn in range(rounds + 5):
        for name, case in cases.items():
            wall, computing = time.perf_counter(), time.thread_time()
            case()
            if turn >= 5:  # the first ones warm up
                times[name].append(1000 * (time.thread_time() - computing))
                times[f"wall_{name}"].append(1000 * (time.perf_counter() - wall))
    return {name: np.array(values) for name, values in times.items()}


def main(rounds: int) -> None:
    cv2.setNumThreads(1)
    plain, shipped = put_back(Reinhard(), Hull(), Alpha()), put_back(SkinTone(), HullPredicted(), Membrane())
    cases: dict[str, Case] = {}
    for name, (height, width) in SIZES.items():
        cases[f"ms_{name}"] = Scene(height, width).ours(plain, predicted=False)
        cases[f"ms_{name}_shipped"] = Scene(height, width).ours(shipped, predicted=True)
    ours = time_in_turns(cases, rounds)
    # A turn of its own: whole frames empty the caches of whoever comes next.
    whole = time_in_turns({f"ms_{name}_whole": Scene(*size).whole_frames() for name, size in SIZES.items()}, 9)
    figures = {name: round(float(np.median(values)), 2) for name, values in (ours | whole).items()}
    figures["ratio_2160p_to_720p"] = round(float(np.median(ours["ms_2160p"] / ours["ms_720p"])), 3)
    figures["times_faster_720p"] = round(figures["ms_720p_whole"] / figures["ms_720p"], 1)
    figures["times_faster_2160p"] = round(figures["ms_2160p_whole"] / figures["ms_2160p"], 1)
    for name, values in ours.items():
        low, middle, high = np.percentile(values, (10, 50, 90))
        sys.stdout.write(f"{name}: 10 % {low:.2f}, median {middle:.2f}, 90 % {high:.2f} ms\n")
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
