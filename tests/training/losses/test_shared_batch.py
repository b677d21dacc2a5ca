"""Two processes with half a batch each get, on average, the values and the gradients that one gets with the whole.

Run as a program, this file is one of the two: ``python test_shared_batch.py RANK FOLDER``.
"""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torchvision
from torch import Tensor, distributed, nn

from faceswap_lab.core.build import build
from faceswap_lab.core.compose import compose_config, conf_dir
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training import losses
from faceswap_lab.training.losses.composite import CompositeLoss

pytestmark = pytest.mark.slow

SIDE, FACES = 64, 4
CHANGED = {"MaskedL1": {"outside": 0.05, "shrink": 2}, "Dssim": {"shrink": 2}}
"""Arguments of terms where these take another way through the code."""


def term_classes() -> dict[str, type[nn.Module]]:
    """Every term in the folder of losses."""
    modules = [
        importlib.import_module(f"{losses.__name__}.{found.name}") for found in pkgutil.iter_modules(losses.__path__)
    ]
    members = [member for module in modules for member in inspect.getmembers(module, inspect.isclass)]
    return {
        name: kind
        for name, kind in members
        if issubclass(kind, nn.Module) and kind is not CompositeLoss and kind.__module__.startswith(losses.__name__)
    }


def options() -> list[str]:
    """Every ``loss=``."""
    return sorted(path.stem for path in (conf_dir() / "loss").glob("*.yaml"))


def made() -> dict[str, nn.Module]:
    """What is tested, by name; LPIPS from the weights in torch's own folder."""
    terms = {name: kind() for name, kind in term_classes().items()}
    terms |= {f"{name} changed": term_classes()[name](**words) for name, words in CHANGED.items()}
    configs = {name: compose_config("train", ["output=x", f"loss={name}"]).loss for name in options()}
    return {**terms, **{f"loss={name}": build(config) for name, config in configs.items()}}


def figures(term: nn.Module, faces: slice) -> list[Tensor]:
    """A term's value and its gradients by what all faces share, as they share a network's weights."""
    draw = torch.Generator().manual_seed(5)
    image_B3SS, target_B3SS, drawn_mask_B1SS = (
        torch.rand(FACES, channels, SIDE, SIDE, generator=draw) * 0.6 + 0.2 for channels in (3, 3, 1)
    )
    mask_B1SS, features_B1SS = torch.zeros(2, FACES, 1, SIDE, SIDE)
    for face, trust in enumerate((1.0, 0.3, 0.8, 0.5)):  # the halves differ in area and in trust
        mask_B1SS[face, :, 4 : 30 + 8 * face, 6:58] = trust
        features_B1SS[face, :, 8:14, 10 : 18 + 6 * face] = trust
    shift = torch.zeros(3, SIDE, SIDE, requires_grad=True)
    mask_shift = torch.zeros(1, SIDE, SIDE, requires_grad=True)
    image, mask = image_B3SS[faces] + shift, drawn_mask_B1SS[faces] + mask_shift
    regions = [features_B1SS[faces]] if isinstance(term, CompositeLoss) else []
    value = term(Decoded(image, mask), target_B3SS[faces], mask_B1SS[faces], *regions)
    value = value["total"] if isinstance(term, CompositeLoss) else value
    value.backward()
    return [value.detach()] + [torch.zeros_like(s) if s.grad is None else s.grad for s in (shift, mask_shift)]


def give_weights(folder: Path) -> None:
    """LPIPS with made weights where torchvision's would lie."""
    torch.hub.set_dir(str(folder))
    path = folder / "checkpoints" / "alexnet-owt-7be5be79.pth"
    if not path.exists():
        path.parent.mkdir()
        torch.manual_seed(3)
        torch.save(torchvision.models.alexnet(weights=None).state_dict(), path)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[Tensor]]]:
    """A folder with the weights, and what one process gets."""
    folder, before = tmp_path_factory.mktemp("shared"), torch.hub.get_dir()
    give_weights(folder)
    whole = {name: figures(term, slice(None)) for name, term in made().items()}
    torch.hub.set_dir(before)
    return folder, whole


@pytest.fixture(scope="module")
def two(one: tuple[Path, dict[str, list[Tensor]]]) -> dict[str, list[Tensor]]:
    """What two processes get, averaged."""
    folder, _ = one
    ranks = [
        subprocess.Popen([sys.executable, __file__, str(rank), str(folder)], stderr=subprocess.PIPE, text=True)
        for rank in range(2)
    ]
    for process in ranks:
        error = process.communicate(timeout=150)[1]
        assert process.returncode == 0, error[-2000:]
    return torch.load(folder / "mean.pt", weights_only=True)


@pytest.mark.parametrize(
    "name", [*term_classes(), *(f"{n} changed" for n in CHANGED), *(f"loss={n}" for n in options())]
)
def test_halves_average_to_the_whole(
    name: str, one: tuple[Path, dict[str, list[Tensor]]], two: dict[str, list[Tensor]]
) -> None:
    assert one[1][name][0] > 1e-4
    for shared, whole in zip(two[name], one[1][name], strict=True):
        torch.testing.assert_close(shared, whole, rtol=1e-4, atol=1e-7)


if __name__ == "__main__":
    number, where = int(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{where / 'meeting'}", rank=number, world_size=2)
    give_weights(where)
    share = FACES // 2
    mean = {name: figures(term, slice(number * share, (number + 1) * share)) for name, term in made().items()}
    for tensors in mean.values():
        for tensor in tensors:
            distributed.all_reduce(tensor)
            tensor /= 2
    if number == 0:
        torch.save(mean, where / "mean.pt")
    distributed.destroy_process_group()
