"""Derives the generic 3-D 68-point head of ``faceswap_lab/faces/head3d.py`` and prints it as literals.

The 13 AFLW2000 fits of ``$FACESWAP_LAB_FOOTAGE/landmarks/aflw2000`` are posed 3-D points in image pixels. Each is
joined by its mirror image, all 26 are aligned by generalised Procrustes analysis (rotation, uniform scale, shift;
no reflection) and averaged; the mean is levelled and scaled to the axes of ``head3d.py``.

Shape letters: M heads, 68 points, 3 axes.
"""

import logging
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from faceswap_lab.faces.head3d import MIRROR_68

FloatArray = NDArray[np.float64]


def read_fits(folder: Path) -> FloatArray:
    """Posed heads, shape (M, 68, 3): x right, y down, z away from the camera (the files' z points at it)."""
    heads = [loadmat(path)["pt3d_68"].T for path in sorted(folder.glob("*.mat"))]
    return np.stack(heads).astype(np.float64) * [1.0, 1.0, -1.0]


def mirrored(heads_M683: FloatArray) -> FloatArray:
    """The same heads seen in a mirror, points renamed so that left stays left."""
    return heads_M683[:, MIRROR_68] * [-1.0, 1.0, 1.0]


def align(moving_683: FloatArray, fixed_683: FloatArray) -> FloatArray:
    """Least-squares similarity of one centred head onto another of unit size (Umeyama 1991), reflection kept out."""
    u, singular, vt = np.linalg.svd(fixed_683.T @ moving_683)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    scale = (singular * signs).sum() / np.square(moving_683).sum()
    return scale * moving_683 @ (u @ np.diag(signs) @ vt).T


def procrustes_mean(heads_M683: FloatArray, num_rounds: int = 50) -> tuple[FloatArray, FloatArray]:
    """Mean shape (68, 3) of unit Frobenius norm, and the aligned heads it is the mean of."""
    heads = heads_M683 - heads_M683.mean(1, keepdims=True)
    aligned = heads
    mean = heads[0] / np.linalg.norm(heads[0])
    for _ in range(num_rounds):
        aligned = np.stack([align(head, mean) for head in heads])
        mean = aligned.mean(0)
        mean /= np.linalg.norm(mean)
    return mean, aligned


def level(head_683: FloatArray) -> FloatArray:
    """Turns a symmetric head upright: mirror plane x = 0, face plane parallel to the image, outer eyes 1 apart.

    The face plane is the one through the outer eye corners and the mouth corners, so "pitch zero" means that a line
    from between the eyes to the mouth runs straight down the image, as passport photographs are taken.
    """
    head = align_to_mirror_plane(head_683)
    eyes, mouth = head[[36, 45]].mean(0), head[[48, 54]].mean(0)
    tilt = np.arctan2(mouth[2] - eyes[2], mouth[1] - eyes[1])
    cos, sin = np.cos(tilt), np.sin(tilt)
    head = (head - eyes) @ np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]]).T
    return head / (head[45, 0] - head[36, 0])


def align_to_mirror_plane(head_683: FloatArray) -> FloatArray:
    """Averages the head with its own best-aligned mirror image, then turns the plane between both to x = 0."""
    across = np.stack([head_683[MIRROR_68[i]] - head_683[i] for i in range(17) if i != 8])
    x_axis = np.linalg.svd(across, full_matrices=False)[2][0]
    x_axis *= np.sign((head_683[45] - head_683[36]) @ x_axis)
    down = head_683[8] - head_683[27]
    y_axis = down - (down @ x_axis) * x_axis
    y_axis /= np.linalg.norm(y_axis)
    head = head_683 @ np.stack([x_axis, y_axis, np.cross(x_axis, y_axis)]).T
    head = head - [head[:, 0].mean(), 0.0, 0.0]
    return (head + mirrored(head[None])[0]) / 2


def main() -> None:
    """Prints the literals and how far the fits spread around them."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    log = logging.getLogger("head3d")
    fits = read_fits(Path(os.environ["FACESWAP_LAB_FOOTAGE"]) / "landmarks" / "aflw2000")
    mean, aligned = procrustes_mean(np.concatenate([fits, mirrored(fits)]))
    head = level(mean)
    outer_eyes = np.linalg.norm(mean[45] - mean[36])
    spread = np.linalg.norm(aligned - mean, axis=-1).mean() / outer_eyes
    log.info("%d fits; mean distance of a fit's point from the mean head: %.3f outer-eye distances", len(fits), spread)
    for x, y, z in head:
        log.info("        [%.4f, %.4f, %.4f],", *(v + 0.0 for v in (x, y, z)))


if __name__ == "__main__":
    main()
