"""Cards that describe networks which run something else, read this machine, or are larger than any memory."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from faceswap_lab.core.checkpoint import CARD_KEY, read_checkpoint, rebuild_network
from faceswap_lab.core.errors import CheckpointError
from faceswap_lab.core.memory_limit import limited_memory
from tests.swap.conftest import tiny_checkpoint, tiny_model

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return read_checkpoint(tiny_checkpoint(tmp_path_factory.mktemp("whole") / "tiny.ckpt"))


def changed(content: dict[str, Any], change: Change) -> dict[str, Any]:
    model = tiny_model(["ada", "ben"])
    change(model)
    return {**content, CARD_KEY: {**content[CARD_KEY], "model": model}}


def put(*keys: str, value: Any) -> Change:
    def change(model: dict[str, Any]) -> None:
        for key in keys[:-1]:
            model = model[key]
        model[keys[-1]] = value

    return change


TIMM = {"_target_": "faceswap_lab.models.encoders.timm_trunk.TimmTrunk", "name": "resnet18", "input_size": 32}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("_target_", value="os.system"), "os.system is not allowed"),
        (put("encoder", "_target_", value="builtins.eval"), "builtins.eval is not allowed"),
        (put("encoder", "_target_", value="torch.hub.load"), "torch.hub.load is not allowed"),
        (put("encoder", "_target_", value="faceswap_lab.core.files.atomic_write_text"), "is not allowed"),
        (put("encoder", "_target_", value="faceswap_lab.models.layers.torch.load"), "is not a class of"),
        (put("encoder", "_target_", value="faceswap_lab.models.autoencoder.importlib.import_module"), "does not exist"),
        (put("encoder", "_target_", value=["os", "system"]), "expected the path of a class"),
        (put("encoder", "kernel", value={"_target_": "os.system", "command": "true"}), "os.system is not allowed"),
        (put("encoder", "kernel", value="${oc.env:HOME}"), "holds an interpolation"),
        (put("identities", value=["${oc.env:HOME}", "ben"]), "holds an interpolation"),
        (put("encoder", value={**TIMM, "pretrained": True}), "asks for pretrained=True"),
        (put("encoder", value={**TIMM, "weights": "evil.pth"}), "asks for weights='evil.pth'"),
        (put("encoder", "_target_", value="faceswap_lab.models.encoders.nowhere.Nothing"), "does not exist"),
        (put("encoder", "nonsense", value=1), "cannot be built"),
        (put("encoder", "widths", value="abc"), "cannot be built"),
        (put("_target_", value="faceswap_lab.models.spec.FeatureSpec"), "cannot be built|describes no network"),
    ],
)
def test_a_card_builds_our_networks_only(content: dict[str, Any], change: Change, said: str) -> None:
    with pytest.raises(CheckpointError, match=said):
        rebuild_network(changed(content, change))


ABSURD = {
    "a latent of a million": put("bottleneck", "latent", value=1_000_000),
    "a latent of sixty thousand": put("bottleneck", "latent", value=60_000),
    "wide layers": put("encoder", "widths", value=[20_000, 20_000, 20_000]),
    "a kernel of five thousand": put("encoder", "kernel", value=5001),
    "a face of sixty thousand pixels": put("encoder", "input_size", value=65_536),
    "a hundred thousand layers": put("encoder", "widths", value=[8] * 100_000),
    "a number beyond all": put("bottleneck", "latent", value=10**30),
    "an endless number": put("bottleneck", "latent", value=float("inf")),
    "not a number": put("bottleneck", "latent", value=float("nan")),
    "a negative number": put("bottleneck", "latent", value=-5),
    "ten thousand people": put("identities", value=[f"p{number}" for number in range(10_000)]),
}


@pytest.mark.parametrize("name", ABSURD)
def test_a_network_of_absurd_size_is_refused(name: str, content: dict[str, Any]) -> None:
    said = "more numbers than the file holds|not built|describes no network|cannot be built|do not fit its network"
    with limited_memory(300 * 2**20), pytest.raises(CheckpointError, match=said):
        rebuild_network(changed(content, ABSURD[name]))


def test_the_command_says_it_in_a_line(content: dict[str, Any], tmp_path: Path, refused: Callable[..., str]) -> None:
    path = tmp_path / "absurd.ckpt"
    torch.save(changed(content, ABSURD["wide layers"]), path)
    clip, output = tmp_path / "clip.mp4", tmp_path / "out.mp4"
    clip.write_bytes(b"never opened")
    said = refused(
        ["convert", f"checkpoint={path}", f"footage={clip}", "identity=ada", f"output={output}"], most_mb=300
    )
    assert said.startswith("the checkpoint's card asks for a network of more numbers than the file holds")


def test_weights_of_another_backbone_are_read_without_unpickling(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return open, (str(tmp_path / "it_ran"), "w")

    from faceswap_lab.core.errors import ConfigError
    from faceswap_lab.models.encoders.timm_trunk import TimmTrunk

    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ConfigError, match="is no file of weights"):
        TimmTrunk(name="resnet18", input_size=64, weights=str(path))
    torch.save({"state_dict": Evil()}, path)
    with pytest.raises(ConfigError, match="is no file of weights"):
        TimmTrunk(name="resnet18", input_size=64, weights=str(path))
    assert not (tmp_path / "it_ran").exists()


@pytest.mark.parametrize("header", ["{", "[" * 100_000, "1e999", '"\\ud800"', "null", "[]", '{"schema": 1}'])
def test_safetensors_with_an_odd_card_are_refused(header: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    save_file({"w": torch.zeros(3)}, path, metadata={CARD_KEY: header})
    with pytest.raises(CheckpointError, match="checkpoint "):
        read_checkpoint(path)


@pytest.mark.parametrize(
    "start", [b"", b"\x08", (10**15).to_bytes(8, "little"), (2**63).to_bytes(8, "little") + b"{}", b"\x02" + bytes(7)]
)
def test_safetensors_of_absurd_size_are_refused(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    shape = b'{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}'
    for content in (start, start + b"{}", len(shape).to_bytes(8, "little") + shape + bytes(40)):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="checkpoint "):
            read_checkpoint(path)
