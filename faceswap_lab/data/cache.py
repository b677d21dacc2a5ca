"""Decoded crops of a face set in one memory map beside it, so that a training step reads pixels and decodes nothing.

The file is a plain ``.npy`` of shape (N, C, C, 4), uint8, RGB and regions (``data.regions``), rows in the face set's
order. Its name holds the key of what it was made from; a face set that changed has another key, hence another file.

Shape letters: N faces, C side of the cached crop in px.
"""

import contextlib
import hashlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.files import atomic_path
from faceswap_lab.core.paths import cache_dir
from faceswap_lab.core.progress import track
from faceswap_lab.data.regions import features_mask, pack_regions
from faceswap_lab.faces.faceset import Faceset

_LAYOUT = 3  # part of the key: another number whenever what is stored changes
_log = logging.getLogger(__name__)


class CropCache:
    """The crops of one face set, read from the disk as they are needed; workers share the pages.

    Args:
        path: The ``.npy`` file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._crops_NCC4: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self._open())

    def __getitem__(self, place: int) -> NDArray[np.uint8]:
        """RGB and regions of a face, shape (C, C, 4), read-only."""
        return self._open()[place]

    def __getstate__(self) -> dict[str, Path]:
        # A memory map would be pickled with all its pixels; a spawned worker opens the file itself.
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Path]) -> None:
        self.path, self._crops_NCC4 = state["path"], None

    def _open(self) -> NDArray[np.uint8]:
        if self._crops_NCC4 is None:
            # A plain array over the map: indexing np.memmap itself costs several times as much.
            self._crops_NCC4 = np.asarray(np.load(self.path, mmap_mode="r", allow_pickle=False))
        return self._crops_NCC4


def open_cache(faceset: Faceset, *, size: int, features: Mapping[str, float] | None = None) -> CropCache:
    """Opens the cache of a face set, making it first if there is none of this content and size.

    Args:
        faceset: Whose crops.
        size: Side to store them at, px; capped at the size of the stored crops, for enlarging adds nothing.
        features: What eyes, nostrils and mouth count for, see ``data.regions.features_mask``.

    Returns:
        The cache. It lies in the face set's folder, or in the user's cache folder where that is read-only.

    Raises:
        FacesetError: A crop is missing or damaged.
        OutputError: The disk is full.
    """
    size = min(size, faceset.crop_spec.size)
    features = {name: weight for name, weight in (features or {}).items() if weight != 1}
    name = f"crops-{size}px-{_key(faceset, size, features)}.npy"
    folders = [Path(faceset.path) / ".cache", cache_dir() / "crops"]
    for folder in folders:
        if (folder / name).is_file():
            return CropCache(folder / name)
    folder = folders[0] if os.access(faceset.path, os.W_OK) else folders[1]
    _build(faceset, size, folder / name, features)
    _forget_older(folder, size, keep=name)
    return CropCache(folder / name)


def _key(faceset: Faceset, size: int, features: Mapping[str, float]) -> str:
    digest = hashlib.sha256(f"{_LAYOUT} {size} {faceset.content_hash()}".encode())
    digest.update("".join(f" {name}={float(weight)!r}" for name, weight in sorted(features.items())).encode())
    for row in faceset.rows():
        # Masks may be drawn again under the same crop, which the content's hash does not see.
        with contextlib.suppress(OSError):
            state = faceset.mask_path(row).stat()
            digest.update(f"{state.st_size} {state.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def _build(faceset: Faceset, size: int, path: Path, weights: Mapping[str, float]) -> None:
    rows = faceset.rows()
    with atomic_path(path) as temporary:
        shape = (len(rows), size, size, 4)
        crops_NCC4 = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
        steps = track(rows, total=len(rows), description=f"decoding the crops of {Path(faceset.path).name}")
        for place, row in enumerate(steps):
            crops_NCC4[place, ..., :3] = _shrink(faceset.crop(row), size)
            features = _shrink(features_mask(row, faceset.crop_spec.size, weights), size)
            crops_NCC4[place, ..., 3] = pack_regions(_shrink(faceset.mask(row), size), features)
        # Sampling beyond the crop repeats its border pixels; a border without face keeps such pixels out of the loss.
        crops_NCC4[:, [0, -1], :, 3] = 0
        crops_NCC4[:, :, [0, -1], 3] = 0
        crops_NCC4.flush()
        del crops_NCC4


def _shrink(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    if len(image) == size:
        return image
    return np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def _forget_older(folder: Path, size: int, *, keep: str) -> None:
    """Removes caches of this size made from an earlier state of the face set.

    Only in the face set's own folder: in the user's cache folder files of several face sets lie side by side.
    """
    if folder.name != ".cache":
        return
    for stale in folder.glob(f"crops-{size}px-*.npy"):
        if stale.name != keep:
            try:
                stale.unlink()
            except OSError as error:
                _log.debug("%s stays: %s", stale, error)
