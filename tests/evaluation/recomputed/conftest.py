"""The figures of `pairs` a second time, slowly and plainly.

Asked again, and not written again, are what finds a face and its landmarks, describes it, cuts it out, fits a head to
it and draws a hull, and what OpenCV does to a picture: all these have tests of their own. Which frames count, what is
compared with what, and every formula are written a second time.
"""

import math
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from faceswap_lab.evaluation.search import landmarks_in_its_box
from faceswap_lab.faces.crop import CropSpec, crop_corners, cut, frame_to_crop
from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.pose import head_pose

INNER, RIGID = range(17, 68), [17, 21, 22, 26, *range(27, 36), 36, 39, 42, 45]
LUMA = (0.299, 0.587, 0.114)
MOUTH, LIDS = [(61, 67), (62, 66), (63, 65)], [(37, 41), (38, 40), (43, 47), (44, 46)]


@pytest.fixture(scope="session")
def recomputed() -> Callable[[dict[str, Any]], dict[str, float]]:
    """``recomputed(job)`` gives the figures of a job."""
    return figures_of


def evenly(values: Sequence[int], most: int) -> list[int]:
    if len(values) <= most:
        return list(values)
    return [values[round(step * (len(values) - 1) / (most - 1))] for step in range(most)]


def searched_of(count: int) -> list[int]:
    """All of up to 125 frames, else five runs of 25."""
    if count <= 125:
        return list(range(count))
    starts = [round(run * (count - 25) / 4) for run in range(5)]
    return sorted({start + step for start in starts for step in range(25)})


def similarity(points: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """By linear least squares in a, b and a shift: x' = a x - b y + u, y' = b x + a y + v."""
    rows, ends = [], []
    for (x, y), (u, v) in zip(points, goals, strict=True):
        rows += [[x, -y, 1, 0], [y, x, 0, 1]]
        ends += [u, v]
    a, b, u, v = np.linalg.lstsq(np.array(rows), np.array(ends), rcond=None)[0]
    return np.array([[a, -b, u], [b, a, v]])


def crop_of(image: np.ndarray, landmarks: np.ndarray, kind: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A crop, and whether each of its pixels lies in the landmarks' hull."""
    matrix = frame_to_crop(landmarks, CropSpec(kind, size))
    return cut(image, matrix, size), hull_mask(landmarks, matrix, size) > 0


def luma_of(image: np.ndarray) -> np.ndarray:
    return sum(weight * image[..., channel].astype(np.float64) for channel, weight in enumerate(LUMA))


def sharpness_of(crop: np.ndarray, inside: np.ndarray) -> float:
    luma, values = luma_of(crop), []
    for y, x in zip(*np.nonzero(inside), strict=True):
        if 0 < y < len(crop) - 1 and 0 < x < len(crop) - 1:
            values.append(luma[y - 1, x] + luma[y + 1, x] + luma[y, x - 1] + luma[y, x + 1] - 4 * luma[y, x])
    return float(np.var(values))


def opening(landmarks: np.ndarray, pairs: Sequence[tuple[int, int]]) -> float:
    gaps = [math.dist(landmarks[upper], landmarks[lower]) for upper, lower in pairs]
    return sum(gaps) / len(gaps) / math.dist(landmarks[36], landmarks[45])


def gaze_of(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Where the dark of the irises lies, in widths of an eye from its middle."""
    places, luma = [], luma_of(image)
    for first in (36, 42):
        corners = landmarks[first : first + 6]
        inside = np.zeros(image.shape[:2], np.uint8)
        origin = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
        cv2.fillPoly(inside, [(np.rint(corners - origin).astype(int) + origin).astype(np.int32)], 1)
        if inside.sum() < 24:
            return np.full(2, np.nan)
        limit = np.quantile(luma[inside > 0], 0.6)
        total, centre = 0.0, np.zeros(2)
        for y, x in zip(*np.nonzero(inside), strict=True):
            darkness = max(limit - luma[y, x], 0.0) ** 2
            total += darkness
            centre += darkness * np.array([x, y])
        along = corners[3] - corners[0]
        away = centre / total - (corners[0] + corners[3]) / 2
        places.append([away @ along, away @ np.array([-along[1], along[0]])] / (along @ along))
    return np.mean(places, axis=0)


def expression_of(swapped: np.ndarray, footage: np.ndarray) -> float:
    """Brows, lids and lips once the skull's points are laid over one another by an affine map."""
    moving = [i for i in INNER if i not in RIGID]
    ones = np.column_stack([swapped, np.ones(68)])
    known = ones[RIGID]
    carried = ones @ np.linalg.solve(known.T @ known, known.T @ footage[RIGID])
    apart = [math.dist(carried[i], footage[i]) for i in moving]
    return sum(apart) / len(apart) / math.dist(footage[36], footage[45])


def frechet(first: np.ndarray, second: np.ndarray) -> float:
    """The trace of the root of the covariances' product is the sum of the singular values of the heaps' product."""
    a, b = ((heap - heap.mean(axis=0)) / math.sqrt(len(heap) - 1) for heap in (first, second))
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(((first.mean(0) - second.mean(0)) ** 2).sum() + (a**2).sum() + (b**2).sum() - 2 * shared)


def pearson(first: Sequence[float], second: Sequence[float]) -> float:
    return float(np.corrcoef(first, second)[0, 1])


def trained(folder: Path) -> tuple[np.ndarray, float]:
    """Descriptors of the faces that trained, and how sharp they are."""
    vectors, sharp = [], []
    with sqlite3.connect(folder / "faces.sqlite") as database:
        query = "SELECT media, frame_index, face_index, landmarks, frame_to_crop, embedding FROM faces ORDER BY id"
        for media, frame, face, landmarks, matrix, embedding in database.execute(query):
            vectors.append(np.frombuffer(embedding, "<f8"))
            crop = np.asarray(Image.open(folder / "crops" / f"{media[:8]}_{frame:06d}_{face}.png").convert("RGB"))
            points = np.frombuffer(landmarks, "<f8").reshape(68, 2)
            inside = hull_mask(points, np.frombuffer(matrix, "<f8").reshape(2, 3), 256) > 0
            sharp.append(sharpness_of(crop, inside))
    return np.array(vectors), sum(sharp) / len(sharp)


def steepness(image: np.ndarray, landmarks: np.ndarray) -> float | None:
    """Change of light across the face's outline; None where the crop leaves the frame."""
    matrix = frame_to_crop(landmarks, CropSpec("whole", 192))
    corners = crop_corners(matrix, 192)
    if (corners < 0).any() or (corners > np.array(image.shape[1::-1]) - 1).any():
        return None
    outline = hull_mask(landmarks, matrix, 192, forehead_ratio=0.25).astype(np.float32) / np.float32(255)
    across = np.gradient(cv2.GaussianBlur(outline, (0, 0), sigmaX=3.5))
    luma = luma_of(crop_of(image, landmarks, "whole", 192)[0]).astype(np.float32)
    light = np.gradient(cv2.GaussianBlur(luma, (0, 0), sigmaX=1.5))
    steep = np.sqrt(across[0].astype(np.float64) ** 2 + across[1].astype(np.float64) ** 2)
    band = steep > 0.15 * steep.max()
    change = np.abs(light[0].astype(np.float64) * across[0] + light[1].astype(np.float64) * across[1])
    return float((change[band] / steep[band]).mean())


def figures_of(job: dict[str, Any]) -> dict[str, float]:
    """The figures, all but ``ms_per_frame``, which is a time."""
    before, after, swaps, finder, embed = (job[key] for key in ("before", "after", "swaps", "finder", "embedder"))
    searched = searched_of(len(before))
    asked = evenly([index for index in searched if index in swaps], 64)
    (target, sharp), (own, _) = (trained(job["facesets"][name]) for name in ("hopper", "astronaut"))
    found = {}
    for index in searched:
        if index in swaps and is_found(finder.unrefined.find(after[index]), swaps[index][0].landmarks_682):
            place = swaps[index][0].landmarks_682
            found[index] = [landmarks_in_its_box(of[index], place, finder.landmarker) for of in (before, after)]
    described = [index for index in asked if index in found]
    vectors = np.array([embed.embed(after[index], found[index][1]) for index in described])
    real = np.array([embed.embed(before[index], found[index][0]) for index in described])
    near, leak = ([math.dist(vector, heap.mean(axis=0)) for vector in vectors] for heap in (target, own))
    pairs = list(found.values())
    sharpness = [sharpness_of(*crop_of(after[index], pair[1], "face", 256)) for index, pair in found.items()]
    return {
        "frames": len(before),
        "frames_swapped": len(swaps),
        "frames_searched": len(searched),
        "frames_embedded": len(described),
        "faces_found_ratio": len(found) / len(searched),
        "identity_distance_target": sum(near) / len(near),
        "identity_distance_footage": sum(leak) / len(leak),
        "closer_to_target_ratio": sum(a < b for a, b in zip(near, leak, strict=True)) / len(near),
        "verified_target_ratio": sum(distance < 0.6 for distance in near) / len(near),
        "verified_footage_ratio": sum(distance < 0.6 for distance in leak) / len(leak),
        "rank_one_ratio": sum(a < b for a, b in zip(near, leak, strict=True)) / len(near),
        "frechet_identity": frechet(vectors, target),
        "identity_variance_ratio": float(vectors.var(axis=0).sum() / real.var(axis=0).sum()),
        **moved(found, before, after),
        "sharpness_ratio": sum(sharpness) / len(sharpness) / sharp,
        "pose_error_deg": sum(turned(*pair, before[0].shape) for pair in pairs) / len(pairs),
        **kept(job, searched, described),
    }


def is_found(faces: Sequence[Any], place: np.ndarray) -> bool:
    width = place[:, 0].max() - place[:, 0].min()
    return any(math.dist(face.landmarks_682.mean(axis=0), place.mean(axis=0)) <= 0.35 * width for face in faces)


def turned(footage: np.ndarray, swapped: np.ndarray, shape: tuple[int, ...]) -> float:
    poses = [head_pose(landmarks, (shape[1], shape[0])) for landmarks in (footage, swapped)]
    angles = [[pose.yaw_deg, pose.pitch_deg, pose.roll_deg] for pose in poses]
    return math.sqrt(sum(min(abs(a - b), 360 - abs(a - b)) ** 2 for a, b in zip(*angles, strict=True)))


def moved(found: dict[int, list[np.ndarray]], before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> dict:
    """What mouth, lids, eyes and all landmarks do."""
    mouths, eyes = ([[opening(face, of) for face in pair] for pair in found.values()] for of in (MOUTH, LIDS))
    looks = np.array([[gaze_of(before[i], pair[0]), gaze_of(after[i], pair[1])] for i, pair in found.items()])
    seen = looks[np.isfinite(looks).all(axis=(1, 2))]
    away = np.array([look - np.median(seen, axis=0) for look in seen])
    eyes_apart = math.dist(MEAN_FACE_682[36], MEAN_FACE_682[45])
    upright = [np.array([laid(pair[side])[17:].ravel() for pair in found.values()]) / eyes_apart for side in (1, 0)]
    return {
        "mouth_opening_correlation": pearson(*zip(*mouths, strict=True)),
        "mouth_opening_std": float(np.std([footage for footage, _ in mouths])),
        "eye_opening_correlation": pearson(*zip(*eyes, strict=True)),
        "eye_opening_std": float(np.std([footage for footage, _ in eyes])),
        "expression_error": sum(expression_of(b, a) for a, b in found.values()) / len(found),
        "gaze_error": sum(math.dist(*look) for look in away) / len(away),
        "frechet_landmarks": frechet(*upright),
        "landmark_jerk_ratio": jerk(found, 1) / jerk(found, 0),
    }


def laid(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks turned, scaled and shifted so that the inner ones lie over those of the mean face."""
    matrix = similarity(landmarks[17:], MEAN_FACE_682[17:])
    return landmarks @ matrix[:, :2].T + matrix[:, 2]


def jerk(found: dict[int, list[np.ndarray]], side: int) -> float:
    apart = np.mean([math.dist(pair[side][36], pair[side][45]) for pair in found.values()])
    jerks = []
    for index in found:
        run = [found[index + step][side][17:] for step in range(4) if index + step in found]
        if len(run) == 4:
            third = run[3] - 3 * run[2] + 3 * run[1] - run[0]
            jerks.append(np.mean([math.hypot(x, y) for x, y in third]) / apart)
    return float(np.mean(jerks))


def kept(job: dict[str, Any], searched: Sequence[int], described: Sequence[int]) -> dict:
    """What pixels say: of the mask, of edges, flickering and colours, and of what should be as it was."""
    before, after, swaps = job["before"], job["after"], job["swaps"]
    flickers, edges, colours, opaque, noise = [], [], [], [], []
    equal = outside = 0
    for index, (record, composite, patch) in swaps.items():
        points = record.landmarks_682
        opaque.append((patch.mask >= 0.98).sum() / cv2.contourArea(cv2.convexHull(points.astype(np.float32))))
        left, top, right, bottom = patch.box
        free = np.ones(composite.shape[:2], bool)
        free[top:bottom, left:right] = patch.mask == 0
        outside += int(free.sum())
        equal += int((np.abs(composite.astype(int) - before[index].astype(int)).sum(axis=2)[free] == 0).sum())
        if index not in searched:
            continue
        if index - 1 in searched and index - 1 in swaps:
            flickers.append([changed(of, index, swaps) for of in (after, before)])
        steep = [steepness(of[index], points) for of in (after, before)]
        if None not in steep:
            edges.append(steep)
        colours.append(colour_of(after[index], points) - colour_of(before[index], points))
        if index in described:
            apart = (before[index].astype(np.float64) - after[index].astype(np.float64)) ** 2
            apart[top:bottom, left:right] = np.nan
            noise.append(10 * math.log10(255**2 / np.nanmean(apart)))
    flickering, steeper = np.array(flickers).mean(axis=0), np.array(edges).mean(axis=0)
    return {
        "mask_hull_ratio": float(np.mean(opaque)),
        "outside_exact_ratio": equal / outside,
        "flicker_ratio": flickering[0] / flickering[1],
        "seam_ratio": steeper[0] / steeper[1],
        "colour_drift": float(np.sqrt(np.array(colours).var(axis=0).sum())),
        "background_psnr": sum(noise) / len(noise),
    }


def changed(frames: Sequence[np.ndarray], index: int, swaps: dict) -> float:
    """Mean change of a face's luma from the frame before, its motion taken out."""
    now, then = (crop_of(frames[at], swaps[at][0].landmarks_682, "face", 128) for at in (index, index - 1))
    both = now[1] & then[1]
    return float(np.abs(luma_of(now[0]) - luma_of(then[0]))[both].mean())


def colour_of(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    crop, inside = crop_of(image, landmarks, "face", 64)
    lab = cv2.cvtColor(crop.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    return lab[inside].astype(np.float64).mean(axis=0)
