"""The warp of a batch by torch is the warp face by face by OpenCV, up to rounding."""

from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.augment import Augment
from faceswap_lab.data.batch import FaceBatch
from faceswap_lab.data.datamodule import FaceDataModule
from faceswap_lab.data.device_warp import move_batch, refine_grid, warp_batch
from faceswap_lab.data.landmark_warp import LandmarkWarp
from faceswap_lab.data.warp import A, FaceWarp, move, regular_grid, upsampling_weights, warp
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.geometry import fit_similarity, invert_affine

MakeFaceset = Callable[..., Faceset]


def _picture(size: int) -> np.ndarray:
    y, x = np.mgrid[:size, :size] / size
    return (127 + 100 * np.stack([np.sin(9 * x + y), np.cos(7 * y), x - y, np.sin(6 * x * y)], axis=-1)).astype(
        np.uint8
    )


@pytest.mark.parametrize("cells", [2, 4, 8])
def test_a_bent_grid_samples_as_opencv_does(cells: int) -> None:
    rng = np.random.default_rng(cells)
    crop = _picture(96)
    points = regular_grid(96, cells + 1) + rng.normal(0, 0.12 * 96 / cells, ((cells + 1) ** 2, 2))
    theirs = warp(crop, points, upsampling_weights(64, cells + 1))
    planes = torch.from_numpy(crop).permute(2, 0, 1)[None].float()
    grid = torch.from_numpy(refine_grid(points, 9).astype(np.float32))[None]
    ours = warp_batch(planes, grid, size=64)[0].permute(1, 2, 0).numpy()
    assert np.abs(ours - theirs).max() < 2.5
    assert np.abs(ours - theirs).mean() < 0.5


def test_an_affine_map_samples_as_opencv_does() -> None:
    crop = _picture(96)
    to_face = fit_similarity(np.array([[10.0, 5], [90, 12], [80, 88]]), np.array([[0.0, 0], [63, 0], [60, 63]]))
    planes = torch.from_numpy(crop).permute(2, 0, 1)[None].float()
    matrix = torch.from_numpy(invert_affine(to_face).astype(np.float32))[None]
    ours = move_batch(planes, matrix, size=64)[0].permute(1, 2, 0).numpy()
    assert np.abs(ours - move(crop, to_face, 64)).max() < 2.5


def test_a_finer_grid_bends_the_same_way() -> None:
    points = regular_grid(64, 3) + np.random.default_rng(1).normal(0, 3, (9, 2))
    fine = refine_grid(points, 9)
    coarse_map = upsampling_weights(40, 3) @ points[:, 0].reshape(3, 3) @ upsampling_weights(40, 3).T
    fine_map = upsampling_weights(40, 9) @ fine[..., 0] @ upsampling_weights(40, 9).T
    np.testing.assert_allclose(fine_map, coarse_map, atol=1e-4)


WARPS = {
    "classic": FaceWarp,
    "faceswap": partial(FaceWarp, rigid_target=False),
    "jittered": partial(FaceWarp, cells=(2, 4, 8), pinned=True, bounded=True, rigid_target=False),
    "landmarks": partial(LandmarkWarp, grid=16),
}


def _batches(facesets: list[Faceset], *, warp: str, **options: Any) -> list[dict[str, FaceBatch]]:
    augment = partial(
        Augment,
        warp=WARPS[warp],
        shared={"flip": A.HorizontalFlip(p=0.5), "light": A.RandomBrightnessContrast(p=0.5)},
    )
    data = FaceDataModule(
        {faceset.identity.name: faceset for faceset in facesets},
        augment=augment,
        **{"input_size": 24, "target_size": 32, "seed": 1, "batch_size": 4, "num_workers": 0, "partners": 2, **options},
    )
    data.prepare_data()
    data.setup()
    drawn = [data.on_after_batch_transfer(batch, 0) for batch in islice(data.training_batches(), 3)]
    data.teardown()
    return drawn


@pytest.mark.parametrize("warp", WARPS)
@pytest.mark.parametrize("names", [("alice", "bob"), ("alice", "bob", "carol")], ids=len)
def test_the_batches_of_a_run_are_the_same_either_way(
    make_faceset: MakeFaceset, warp: str, names: tuple[str, ...]
) -> None:
    facesets = [make_faceset(name, 20) for name in names]
    draw = partial(_batches, facesets, warp=warp)
    for one, other in zip(draw(warp_on="cpu"), draw(warp_on="device"), strict=True):
        for name, faces in one.items():
            again = other[name]
            assert faces.swap is not None
            assert again.swap is not None
            assert faces.swap.identity == again.swap.identity
            for first, second in zip([*faces[:4], *faces.swap[1:]], [*again[:4], *again.swap[1:]], strict=True):
                assert first.shape == second.shape
                assert first.stride() == second.stride()
                assert float((first - second).abs().mean()) < 0.5 / 255 * 2
                assert float((first - second).abs().max()) < 0.04
    cpu, auto = (draw(warp_on=where)[0]["bob"].warped_B3SS for where in ("cpu", "auto"))
    assert torch.equal(cpu, auto) or torch.cuda.is_available()


def test_what_works_on_warped_faces_is_refused(make_faceset: MakeFaceset) -> None:
    facesets = {name: make_faceset(name, 20) for name in ("alice", "bob")}
    sizes = {"input_size": 24, "target_size": 32, "seed": 1}
    for options, message in (
        ({"input_only": {"noise": A.GaussNoise()}}, r"data\.warp_on=device: augment\.input_only works on warped"),
        ({"sharpening": 0.5}, r"data\.warp_on=device: augment\.sharpening works on warped"),
    ):
        with pytest.raises(ConfigError, match=message):
            FaceDataModule(facesets, augment=partial(Augment, warp=FaceWarp, **options), warp_on="device", **sizes)
    with pytest.raises(ConfigError, match=r"data\.warp_on=gpu must be auto, cpu or device"):
        FaceDataModule(facesets, augment=partial(Augment, warp=FaceWarp), warp_on="gpu", **sizes)
