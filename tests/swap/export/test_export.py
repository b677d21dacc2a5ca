"""A tiny network as .dfm, .onnx and .safetensors: contract, parity, card, consent, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from faceswap_lab.core.checkpoint import CARD_KEY, read_checkpoint, rebuild_network
from faceswap_lab.core.errors import CheckpointError, ConfigError, ConsentError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.swap.export.export import export_checkpoint
from faceswap_lab.swap.export.sidecar import parity_path, sidecar_path
from faceswap_lab.training.fit import resumable_card
from faceswap_lab.training.warm_start import warm_start

AMP = {
    "_target_": "faceswap_lab.models.bottlenecks.amp.Amp",
    "_partial_": True,
    "latent": 16,
    "channels": 8,
    "size": 8,
    "strength": 0.75,
}


def faces(count: int = 2) -> np.ndarray:
    """(count, 32, 32, 3), RGB in [0, 1]."""
    return np.random.default_rng(3).uniform(0, 1, (count, 32, 32, 3)).astype(np.float32)


def network_of(checkpoint: Path) -> SharedAutoencoder:
    network = rebuild_network(read_checkpoint(checkpoint))
    assert isinstance(network, SharedAutoencoder)
    return network


def drawn(checkpoint: Path, identity: str) -> tuple[np.ndarray, np.ndarray | None]:
    with torch.inference_mode():
        image, mask = network_of(checkpoint)(torch.from_numpy(faces()).permute(0, 3, 1, 2), identity)
    to_last = (0, 2, 3, 1)
    return image.permute(to_last).numpy(), None if mask is None else mask.permute(to_last).numpy()


def session(path: Path) -> Any:
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("fp16", [False, True])
def test_a_dfm_keeps_the_contract(tmp_path: Path, checkpoint: Path, fp16: bool) -> None:
    """By names, order, shapes, colours and opset of the file alone, as a foreign program reads it."""
    report = export_checkpoint(checkpoint, tmp_path / "ben.dfm", identity="ben", fp16=fp16)
    file, limit = report.output, 5e-3 if fp16 else 1e-4
    model = onnx.load(str(file), load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 12)]
    run = session(file)
    assert [(given.name, given.shape, given.type) for given in run.get_inputs()] == [
        ("in_face:0", ["batch", 32, 32, 3], "tensor(float)")
    ]
    assert [(out.name, out.shape[1:], out.type) for out in run.get_outputs()] == [
        ("out_face_mask:0", [64, 64, 1], "tensor(float)"),
        ("out_celeb_face:0", [64, 64, 3], "tensor(float)"),
        ("out_celeb_face_mask:0", [64, 64, 1], "tensor(float)"),
    ]
    footage_mask, image, mask = run.run(None, {"in_face:0": faces()[..., ::-1].copy()})
    expected, expected_mask = drawn(checkpoint, "ben")
    assert np.abs(image[..., ::-1] - expected).max() <= limit
    assert np.abs(mask - expected_mask).max() <= limit
    assert np.abs(footage_mask - drawn(checkpoint, "ada")[1]).max() <= limit
    types = {tensor.data_type for tensor in model.graph.initializer}
    assert (onnx.TensorProto.FLOAT16 in types) == fp16


def test_the_footage_mask_is_its_identity_s(tmp_path: Path, make_checkpoint: Callable[..., Path]) -> None:
    checkpoint = make_checkpoint(tmp_path / "tiny.ckpt")
    content = torch.load(checkpoint)
    for name, bias in (("decoders.0", -1.0), ("decoders.1", 1.0)):  # ada's masks are dark, ben's bright
        content["state_dict"][f"net.{name}.mask.3.bias"].fill_(bias)
    torch.save(content, checkpoint)
    masks = {}
    for footage in ("ada", "ben"):
        file = tmp_path / f"{footage}.dfm"
        export_checkpoint(checkpoint, file, identity="ben", footage_identity=footage)
        masks[footage], _, mask = session(file).run(None, {"in_face:0": faces()})
    assert masks["ada"].mean() < 0.5 < masks["ben"].mean()
    np.testing.assert_array_equal(masks["ben"], mask)


def test_without_a_mask_head_masks_are_ones(tmp_path: Path, make_checkpoint: Callable[..., Path]) -> None:
    checkpoint = make_checkpoint(tmp_path / "bare.ckpt", mask=False)
    report = export_checkpoint(checkpoint, tmp_path / "ben.dfm", identity="ben")
    assert not report.exported["has_masks"]
    footage_mask, _, mask = session(report.output).run(None, {"in_face:0": faces()})
    assert mask.shape == footage_mask.shape == (2, 64, 64, 1)
    assert mask.min() == footage_mask.min() == 1


def test_amp_takes_a_morph_value(tmp_path: Path, make_checkpoint: Callable[..., Path]) -> None:
    checkpoint = make_checkpoint(tmp_path / "amp.ckpt", bottleneck=AMP)
    report = export_checkpoint(checkpoint, tmp_path / "ada.dfm")  # the only one it can draw
    assert report.exported["identity"] == "ada"
    assert report.exported["strength"] == 0.75
    assert report.parity.strengths == [0.0, 0.5, 1.0]
    run, network = session(report.output), network_of(checkpoint)
    assert [(given.name, given.shape) for given in run.get_inputs()][1] == ("morph_value:0", [1])
    images = []
    for strength in (0.0, 0.25, 1.0):
        image = run.run(
            None, {"in_face:0": faces()[..., ::-1].copy(), "morph_value:0": np.array([strength], np.float32)}
        )[1]
        network.bottleneck.set_strength(strength)
        with torch.inference_mode():
            expected = network(torch.from_numpy(faces()).permute(0, 3, 1, 2), "ada").image_B3SS.permute(0, 2, 3, 1)
        assert np.abs(image[..., ::-1] - expected.numpy()).max() < 1e-5
        images.append(image)
    assert np.abs(images[0] - images[1]).max() > 1e-4
    assert np.abs(images[1] - images[2]).max() > 1e-4
    with pytest.raises(ConfigError, match="draws ada into footage of ben only"):
        export_checkpoint(checkpoint, tmp_path / "ben.dfm", identity="ben")


def test_a_plain_onnx_takes_rgb_and_channels_first(tmp_path: Path, checkpoint: Path) -> None:
    file = export_checkpoint(checkpoint, tmp_path / "ben.onnx", identity="ben").output
    run = session(file)
    assert [given.name for given in run.get_inputs()] == ["faces"]
    image, mask = run.run(["image", "mask"], {"faces": faces().transpose(0, 3, 1, 2).copy()})
    expected, expected_mask = drawn(checkpoint, "ben")
    np.testing.assert_allclose(image.transpose(0, 2, 3, 1), expected, atol=1e-5)
    np.testing.assert_allclose(mask.transpose(0, 2, 3, 1), expected_mask, atol=1e-5)
    assert onnx.load(str(file)).opset_import[0].version == 17


@pytest.mark.parametrize("fp16", [False, True])
def test_safetensors_hold_the_whole_network_and_its_card(tmp_path: Path, checkpoint: Path, fp16: bool) -> None:
    file = export_checkpoint(checkpoint, tmp_path / "ours.safetensors", fp16=fp16).output
    beside = ("", ".json", ".md", ".parity.json")
    assert left(tmp_path) == [f"ours.safetensors{more}" for more in beside]
    for identity in ("ada", "ben"):
        image, mask = drawn(file, identity)
        expected, expected_mask = drawn(checkpoint, identity)
        assert np.abs(image - expected).max() <= (5e-3 if fp16 else 0)
        assert np.abs(mask - expected_mask).max() <= (5e-3 if fp16 else 0)
    card = read_checkpoint(file)[CARD_KEY]
    assert card["identities"]["ben"]["licence"] == "CC0-1.0"
    assert card["identities"]["ada"]["consent"]["basis"] == "self"
    # What is written in float32 is the checkpoint's numbers, and may be exported again.
    again = export_checkpoint(file, tmp_path / "ben.dfm", identity="ben")
    assert again.parity.passed


def test_sidecars_describe_the_file(tmp_path: Path, checkpoint: Path) -> None:
    report = export_checkpoint(checkpoint, tmp_path / "ben.dfm", identity="ben")
    assert left(tmp_path) == ["ben.dfm", "ben.dfm.json", "ben.dfm.md", "ben.dfm.parity.json"]
    sidecar = json.loads(sidecar_path(report.output).read_text())
    assert sidecar["sha256"] == sha256_of(report.output)
    assert sidecar["model_card_sha256"] == sha256_of(tmp_path / "ben.dfm.md")
    assert (tmp_path / "ben.dfm.md").read_text().startswith("# Model card: ben.dfm\n")
    assert sidecar["export"] == {
        "format": "dfm",
        "identity": "ben",
        "footage_identity": "ada",
        "fp16": False,
        "opset": 12,
        "has_masks": True,
        "strength": None,
    }
    assert sidecar["card"]["crop"] == {"kind": "face", "size": 32}
    assert sidecar["card"]["identities"]["ada"]["faceset"] == "ada"  # the last part of /nowhere/ada
    parity = json.loads(parity_path(report.output).read_text())["parity"]
    assert parity["passed"]
    assert parity["limit"] == 1e-4
    assert 0 <= parity["max_difference"] <= 1e-4
    assert set(parity["outputs"]) == {"out_face_mask:0", "out_celeb_face:0", "out_celeb_face_mask:0"}
    assert parity["backends"] == {"torch": torch.__version__, "onnxruntime": onnxruntime.__version__}
    embedded = {entry.key: entry.value for entry in onnx.load(str(report.output)).metadata_props}
    assert json.loads(embedded[CARD_KEY]) == sidecar["card"]


def test_a_file_that_would_draw_something_else_is_refused(
    tmp_path: Path, make_checkpoint: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights beyond float16's range, which the next layer undoes: right in float32, no numbers in float16."""
    monkeypatch.setattr("faceswap_lab.swap.export.export._HALVED_FROM", 1)  # this network's are few
    checkpoint = make_checkpoint(tmp_path / "large.ckpt")
    content = torch.load(checkpoint)
    weights = content["state_dict"]
    for name in ("weight", "bias"):
        weights[f"net.bottleneck.squeeze.{name}"] *= 1e6
    weights["net.bottleneck.widen.weight"] /= 1e6
    torch.save(content, checkpoint)
    for name in ("ben.dfm", "ben.onnx"):
        with pytest.raises(CheckpointError, match="would draw something else"):
            export_checkpoint(checkpoint, tmp_path / name, identity="ben", fp16=True)
    with pytest.raises(CheckpointError, match="would draw something else"):
        export_checkpoint(checkpoint, tmp_path / "ours.safetensors", fp16=True)
    assert left(tmp_path) == ["large.ckpt"]
    assert export_checkpoint(checkpoint, tmp_path / "ben.dfm", identity="ben").parity.passed


def test_consent_is_asked_as_convert_asks_it(tmp_path: Path, make_checkpoint: Callable[..., Path]) -> None:
    checkpoint = make_checkpoint(tmp_path / "expired.ckpt", expiry="2020-01-01")  # ada's
    for options in (
        {"output": tmp_path / "ada.dfm", "identity": "ada"},
        {"output": tmp_path / "ben.dfm", "identity": "ben"},  # with ada's mask
        {"output": tmp_path / "ada.onnx", "identity": "ada"},
        {"output": tmp_path / "ours.safetensors"},
    ):
        with pytest.raises(ConsentError, match=r"ada: .*ended on 2020-01-01"):
            export_checkpoint(checkpoint, **options)
    assert left(tmp_path) == ["expired.ckpt"]
    export_checkpoint(checkpoint, tmp_path / "ben.onnx", identity="ben")


def test_a_crop_that_others_do_not_cut_is_warned_of(
    tmp_path: Path, checkpoint: Path, caplog: pytest.LogCaptureFixture
) -> None:
    export_checkpoint(checkpoint, tmp_path / "ben.dfm", identity="ben")
    assert "trained on crop=face" in caplog.text
    caplog.clear()
    content = torch.load(checkpoint)
    content[CARD_KEY]["crop"]["kind"] = "whole"
    torch.save(content, tmp_path / "whole.ckpt")
    export_checkpoint(tmp_path / "whole.ckpt", tmp_path / "ben2.dfm", identity="ben")
    assert caplog.text == ""


def test_what_does_not_fit_is_refused(tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[tuple[str, dict[str, Any], str]] = [
        ("ben.pt", {}, "output=.*a network is exported as dfm, onnx, safetensors"),
        ("ben.dfm", {"format": "tflite"}, "format=tflite"),
        ("ben.dfm", {"format": "onnx"}, r"does not end in \.onnx"),
        ("ben.dfm", {}, "identity is missing: .*ada, ben"),
        ("ben.dfm", {"identity": "cat"}, "identity=cat is not in the checkpoint; it holds ada, ben"),
        ("ben.dfm", {"identity": "ben", "footage_identity": "cat"}, "footage_identity=cat is not in the checkpoint"),
        ("ben.onnx", {"identity": "ben", "footage_identity": "ada"}, r"only a \.dfm has a mask"),
        ("ben.dfm", {"identity": "ben", "opset": 9}, "opset=9: use 11 to 18"),
        ("ours.safetensors", {"identity": "ben"}, "holds the whole network"),
    ]
    for name, options, message in refused:
        with pytest.raises(ConfigError, match=message):
            export_checkpoint(checkpoint, tmp_path / name, **options)
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match=r"onnxruntime is not installed.*pip install 'faceswap-lab\[export\]'"):
        export_checkpoint(checkpoint, tmp_path / "ben.dfm", identity="ben")
    assert left(tmp_path) == []


def test_command_line(run_cli: Callable[..., Any], tmp_path: Path, checkpoint: Path) -> None:
    output = tmp_path / "ben.dfm"
    result = run_cli(["export", f"checkpoint={checkpoint}", "identity=ben", f"output={output}"])
    assert result.code == 0, result.stderr
    assert result.stdout.splitlines()[-1].startswith(f"wrote {output}: draws ben, ")
    assert "crop=whole" in result.stderr
    bad = run_cli(["export", f"checkpoint={checkpoint}", "identity=cat", f"output={tmp_path / 'cat.dfm'}"])
    assert bad.code == 2
    assert len(bad.stderr.strip().splitlines()) == 1
    assert left(tmp_path) == ["ben.dfm", "ben.dfm.json", "ben.dfm.md", "ben.dfm.parity.json"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["certificate=a.pem"], "error: private_key is missing: give both, or neither"),
        (["certificate=a.pem", "private_key=b.pem"], "error: certificate: a.pem: No such file or directory"),
    ],
)
def test_who_signs_is_named_by_the_keys_of_export(
    run_cli: Callable[..., Any], tmp_path: Path, checkpoint: Path, words: list[str], said: str
) -> None:
    bad = run_cli(["export", f"checkpoint={checkpoint}", "identity=ben", f"output={tmp_path / 'ben.dfm'}", *words])
    assert bad.code == 2
    assert bad.stderr.strip() == said


def test_a_graph_is_not_exported_again(tmp_path: Path) -> None:
    (tmp_path / "ada.dfm").write_bytes(b"graph")
    with pytest.raises(CheckpointError, match=r"ada\.dfm: a graph cannot be exported again; give the \.ckpt or"):
        export_checkpoint(tmp_path / "ada.dfm", tmp_path / "ada.onnx", identity="ada")


def test_weights_alone_do_not_resume_a_run(tmp_path: Path, checkpoint: Path) -> None:
    export_checkpoint(checkpoint, tmp_path / "ours.safetensors")
    network = network_of(checkpoint)
    with pytest.raises(CheckpointError, match="holds weights alone; begin a run with them by init_from="):
        resumable_card(tmp_path / "ours.safetensors", network)
    assert warm_start(network, tmp_path / "ours.safetensors").misfits == []


def test_damaged_weights(tmp_path: Path, checkpoint: Path) -> None:
    file = export_checkpoint(checkpoint, tmp_path / "ours.safetensors").output
    content = file.read_bytes()
    for broken in (content[: len(content) // 2], b"", b"no weights at all"):
        file.write_bytes(broken)
        with pytest.raises(CheckpointError, match="damaged or not a checkpoint"):
            read_checkpoint(file)
