"""Every figure of a direction: ideal where nothing was changed, and worse the more is broken of what it looks at.

The clip is compared with itself (what a network that changes nothing would leave) and with copies that are blurred,
cut out and shifted, shown out of order, tinted from frame to frame, disturbed outside the face, or that show somebody
else.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceswap_lab.evaluation.direction import Direction, measure_direction
from faceswap_lab.evaluation.inputs import Clip, Person
from faceswap_lab.evaluation.reference import measure_reference
from faceswap_lab.faces.extraction import media_sha256
from faceswap_lab.faces.geometry import fit_similarity
from faceswap_lab.swap.report import ConvertReport, SwapRecord

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Frames = list[np.ndarray]
IDEAL = {
    "faces_found_ratio": 1.0,
    "verified_target_ratio": 1.0,
    "rank_one_ratio": 1.0,
    "mouth_opening_correlation": 1.0,
    "eye_opening_correlation": 1.0,
    "mask_hull_ratio": 1.0,
    "flicker_ratio": 1.0,
    "seam_ratio": 1.0,
    "landmark_jerk_ratio": 1.0,
    "identity_variance_ratio": 1.0,
    "background_psnr": 100.0,
    "colour_drift": 0.0,
    "expression_error": 0.0,
    "gaze_error": 0.0,
    "pose_error_deg": 0.0,
    "frechet_landmarks": 0.0,
}


def hull(frame: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    mask = np.zeros(frame.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(landmarks).astype(np.int32)), 255)
    return mask > 0


def blurred(frames: Frames, landmarks: Frames, sigma: float) -> Frames:
    made = []
    for frame, points in zip(frames, landmarks, strict=True):
        inside = cv2.dilate(hull(frame, points).astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
        made.append(np.where(inside[..., None], cv2.GaussianBlur(frame, (0, 0), sigma), frame))
    return made


def shifted(frames: Frames, landmarks: Frames, share: float) -> Frames:
    """The face cut out along its hull and laid over the frame a share of its width further right."""
    made = []
    for frame, points in zip(frames, landmarks, strict=True):
        step = round(share * float(np.ptp(points[:, 0])))
        inside = np.roll(hull(frame, points), step, axis=1)
        made.append(np.where(inside[..., None], np.roll(frame, step, axis=1), frame))
    return made


def shuffled(frames: Frames, landmarks: Frames, reach: float) -> Frames:
    """Every frame takes the place of one up to so many frames away."""
    del landmarks
    order = np.argsort(np.arange(len(frames)) + np.random.default_rng(1).uniform(0, reach, len(frames)))
    return [frames[place] for place in order]


def tinted(frames: Frames, landmarks: Frames, levels: float) -> Frames:
    """Every other face is redder by so many levels of 255."""
    made = []
    for index, (frame, points) in enumerate(zip(frames, landmarks, strict=True)):
        red = frame.astype(np.float64) + np.array([levels, 0, 0]) * hull(frame, points)[..., None] * (index % 2)
        made.append(np.clip(red, 0, 255).astype(np.uint8))
    return made


def reddened(frames: Frames, landmarks: Frames, levels: float) -> Frames:
    """Every face is redder by so many levels of 255."""
    pairs = zip(frames, landmarks, strict=True)
    return [np.where(hull(frame, at)[..., None], cv2.add(frame, (levels, 0, 0, 0)), frame) for frame, at in pairs]


def soiled(frames: Frames, landmarks: Frames, levels: float) -> Frames:
    """Noise of so many levels in the lowest rows, which no face reaches."""
    del landmarks
    generator, made = np.random.default_rng(0), []
    for frame in frames:
        noisy = frame.astype(np.float64)
        noisy[-20:] += generator.normal(0, levels, noisy[-20:].shape)
        made.append(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
    return made


@pytest.fixture(scope="module")
def directed(actors, finder, embedder, save_frames, tmp_path_factory) -> Callable[..., Direction]:
    """The astronaut's clip, changed in some way, measured as a swap to whomever."""
    people = {
        name: Person(name, actor.faceset, measure_reference(actor.faceset, embedder)) for name, actor in actors.items()
    }
    gallery = {name: person.reference.mean_128 for name, person in people.items()}
    actor, real = actors["astronaut"], {}
    clip = Clip(people["astronaut"], actor.clip, media_sha256(actor.clip), None)

    def measure(frames: Sequence[np.ndarray], *, target: str = "astronaut") -> Direction:
        folder = save_frames(tmp_path_factory.mktemp("converted") / "frames", frames)
        records = []
        for index, points in enumerate(actor.landmarks):
            low, high = np.floor(points.min(0)).astype(int), np.ceil(points.max(0)).astype(int) + 1
            area = float(cv2.contourArea(cv2.convexHull(points.astype(np.float32))))
            box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
            records.append(SwapRecord(index, index / 25, points, box, round(area), area, target))
        report = ConvertReport(folder, Path("none"), (target,), len(frames), swaps=records, elapsed_s=1.0)
        return measure_direction(
            clip, people[target], report, finder=finder, embedder=embedder, gallery=gallery, real=real
        )

    return measure


@pytest.fixture(scope="module")
def measured(directed: Callable[..., Direction]) -> Callable[..., dict]:
    """Its figures."""
    return lambda *given, **more: dict(directed(*given, **more).figures)


@pytest.fixture(scope="module")
def untouched(actors, measured) -> dict:
    return measured(actors["astronaut"].frames)


def test_what_changes_nothing_has_the_ideal_value_of_every_figure(untouched: dict) -> None:
    for name, ideal in IDEAL.items():
        assert untouched[name] == pytest.approx(ideal, abs=2e-3 if name == "mask_hull_ratio" else 1e-6), name
    assert untouched["identity_distance_target"] < 0.45
    assert untouched["verified_target_ratio"] == untouched["verified_footage_ratio"] == 1.0  # they are one person
    assert 0.5 < untouched["sharpness_ratio"] < 1.5  # other frames of the same portrait


@pytest.mark.parametrize(
    ("change", "amounts", "falls", "rises"),
    [
        (blurred, (0, 1, 2, 4), ("sharpness_ratio", "flicker_ratio"), ("expression_error",)),
        (shifted, (0, 0.02, 0.05, 0.08), ("background_psnr",), ("pose_error_deg", "expression_error")),
        (reddened, (0, 10, 25, 45), (), ("seam_ratio",)),
        (
            shuffled,
            (0, 4, 40),
            ("mouth_opening_correlation", "eye_opening_correlation"),
            ("flicker_ratio", "landmark_jerk_ratio", "expression_error", "pose_error_deg", "gaze_error"),
        ),
        (tinted, (0, 8, 24, 60), (), ("colour_drift", "flicker_ratio")),
        (soiled, (0, 2, 8, 32), ("background_psnr",), ()),
    ],
)
def test_the_more_is_broken_the_worse(change, amounts, falls, rises, actors, measured, untouched) -> None:
    actor = actors["astronaut"]
    series = [untouched]
    series += [measured(change(actor.frames, actor.landmarks, amount)) for amount in amounts[1:]]
    for name in (*falls, *rises):
        values = [figures[name] for figures in series]
        assert None not in values, name
        assert values == sorted(values, reverse=name in falls), (name, values)
        assert len(set(values)) == len(values), (name, values)


def test_the_frame_that_is_broken_is_shown_as_the_worst(actors, directed) -> None:
    actor, frames = actors["astronaut"], list(actors["astronaut"].frames)
    frames[7] = shifted([frames[7]], [actor.landmarks[7]], 0.08)[0]
    best, worst = directed(frames).extremes["pose_error_deg"]
    assert worst.index == 7
    assert (best.value, worst.pts_s) == (pytest.approx(0.0, abs=1e-6), pytest.approx(7 / 25))
    footage, swapped = worst.pictures  # nobody watched a conversion, so nobody knows the mask
    assert np.abs(footage.image.astype(int) - swapped.image).mean() > 2
    assert np.array_equal(*(picture.image for picture in best.pictures))


def test_somebody_else_s_face_is_told_the_more_frames_show_it(actors, measured) -> None:
    actor, other = actors["astronaut"], actors["hopper"]
    swapped = []
    for frame, points, face, landmarks in zip(
        actor.frames, actor.landmarks, other.frames, other.landmarks, strict=True
    ):
        carried = cv2.warpAffine(face, fit_similarity(landmarks[17:], points[17:]), frame.shape[1::-1])
        swapped.append(np.where(hull(frame, points)[..., None], carried, frame))
    order, series = np.random.default_rng(0).permutation(len(swapped)), []
    for share in (0.0, 0.3, 0.6, 1.0):
        drawn = set(order[: round(share * len(swapped))])
        frames = [swapped[index] if index in drawn else frame for index, frame in enumerate(actor.frames)]
        series.append(measured(frames, target="hopper"))
    for name, falls in (
        ("identity_distance_target", True),
        ("identity_distance_footage", False),
        ("verified_footage_ratio", True),
        ("closer_to_target_ratio", False),
        ("rank_one_ratio", False),
        ("frechet_identity", True),
    ):
        values = [figures[name] for figures in series]
        assert values == sorted(values, reverse=falls), (name, values)
        assert values[0] != values[-1], name
    assert [series[0]["closer_to_target_ratio"], series[-1]["closer_to_target_ratio"]] == [0.0, 1.0]
    wavering = [figures["identity_variance_ratio"] for figures in series]
    assert min(wavering[1], wavering[2]) > 2 * wavering[0]  # now one person, now the other
