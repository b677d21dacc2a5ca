"""Exported files and anybody's .dfm as checkpoints: they draw what they draw, or are refused in one line."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from faceswap_lab.core.errors import CheckpointError, ConfigError, ConsentError
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.provenance.manifest import manifest_path
from faceswap_lab.swap.export.export import export_checkpoint
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.swapper import Swapper

SIDE, DRAWN = 32, 48


def crops(count: int = 3, size: int = SIDE) -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8))


def foreign(
    path: Path, *, morphs: bool = False, batch: int | str = "batch", mask: float = 0.25, **changes: Any
) -> Path:
    """A .dfm by hand: 32 px in, 48 px out, blue kept and the rest inverted, as strongly as the morph value says."""
    constants = {
        "scales": np.array([1, 1, DRAWN / SIDE, DRAWN / SIDE], np.float32),
        "roi": np.array([], np.float32),
        "one": np.array(1, np.float32),
        "not_blue": np.array([0, 1, 1], np.float32),
        "zero": np.array(0, np.float32),
        "mask": np.full((1, 1, 1, 1), mask, np.float32),
    }
    given, morph = changes.get("input", "in_face:0"), "morph_value:0"
    nodes = [
        helper.make_node("Transpose", [given], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("Resize", ["nchw", "roi", "scales"], ["larger_nchw"], mode="nearest"),
        helper.make_node("Transpose", ["larger_nchw"], ["larger"], perm=[0, 2, 3, 1]),
        helper.make_node("Mul", ["not_blue", morph if morphs else "one"], ["share"]),
        helper.make_node("Sub", ["one", "larger"], ["inverted"]),
        helper.make_node("Sub", ["inverted", "larger"], ["difference"]),
        helper.make_node("Mul", ["difference", "share"], ["change"]),
        helper.make_node("Add", ["larger", "change"], ["out_celeb_face:0"]),
        helper.make_node("ReduceMax", ["larger"], ["brightest"], axes=[3], keepdims=1),
        helper.make_node("Mul", ["brightest", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "mask"], ["out_celeb_face_mask:0"]),
        helper.make_node("Identity", ["out_celeb_face_mask:0"], ["out_face_mask:0"]),
    ]
    value = helper.make_tensor_value_info
    inputs = [value(given, TensorProto.FLOAT, [batch, *changes.get("shape", (SIDE, SIDE, 3))])]
    if morphs:
        inputs.append(value(morph, TensorProto.FLOAT, [1]))
    outputs = [
        value(name, TensorProto.FLOAT, [batch, DRAWN, DRAWN, channels])
        for name, channels in (("out_face_mask:0", 1), ("out_celeb_face:0", 3), ("out_celeb_face_mask:0", 1))
    ]
    weights = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph(nodes, "by hand", inputs, outputs[: changes.get("num_outputs", 3)], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=7)
    onnx.save(model, str(path))
    return path


@pytest.fixture(scope="module")
def facesets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A face set of bob, whom the files below are named after."""
    folder = tmp_path_factory.mktemp("faces") / "bob"
    drawn_faceset(folder, "bob", 3, identity_seed=1)
    return {"bob": folder}


@pytest.mark.parametrize("name", ["ben.dfm", "ben.onnx", "ours.safetensors"])
def test_our_files_draw_what_the_checkpoint_draws(tmp_path: Path, checkpoint: Path, name: str) -> None:
    whom = None if name.endswith("safetensors") else "ben"
    export_checkpoint(checkpoint, tmp_path / name, identity=whom)
    ours = Swapper.from_checkpoint(tmp_path / name, device="cpu", identity="ben")
    theirs = Swapper.from_checkpoint(checkpoint, device="cpu")
    assert ours.crop_spec == theirs.crop_spec
    assert ours.output_size == theirs.output_size
    assert ours.identities == ["ada", "ben"]
    assert ours.refusal("ben") is None
    images, masks = ours.swap(crops(), "ben")
    expected, expected_masks = theirs.swap(crops(), "ben")
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, expected, atol=1e-5)
    np.testing.assert_allclose(masks, expected_masks, atol=1e-5)
    if whom is not None:
        assert ours.refusal("ada") == "the file draws ben only"
        assert not ours.can_draw("ada")
        with pytest.raises(ConfigError, match="draws ben only"):
            ours.swap(crops(), "ada")
        with pytest.raises(ConfigError, match="wholly or not at all"):
            ours.set_strength(0.5)


def test_ours_without_masks_say_so(tmp_path: Path, make_checkpoint: Callable[..., Path]) -> None:
    checkpoint = make_checkpoint(tmp_path / "bare.ckpt", mask=False)
    file = export_checkpoint(checkpoint, tmp_path / "ben.dfm", identity="ben").output
    with pytest.raises(CheckpointError, match="use mask=hull"):
        Swapper.from_checkpoint(file).require_masks("ben")


def test_a_file_of_ours_that_was_changed_is_refused(tmp_path: Path, checkpoint: Path) -> None:
    file = export_checkpoint(checkpoint, tmp_path / "ben.dfm", identity="ben").output
    model = onnx.load(str(file))
    model.doc_string = "another"
    onnx.save(model, str(file))
    with pytest.raises(CheckpointError, match=r"not the file that ben\.dfm\.json describes"):
        Swapper.from_checkpoint(file)
    (tmp_path / "ben.dfm.json").unlink()
    assert Swapper.from_checkpoint(file).identities == ["ada", "ben"]  # its own header says as much
    for entry in model.metadata_props:
        if entry.key == "faceswap_lab":
            entry.value = json.dumps({"schema": 1})
    onnx.save(model, str(file))
    with pytest.raises(CheckpointError, match="its card is damaged"):
        Swapper.from_checkpoint(file)


@pytest.mark.parametrize("batch", ["batch", 1])
def test_a_foreign_dfm_draws(tmp_path: Path, facesets: dict[str, Path], batch: int | str) -> None:
    swapper = Swapper.from_checkpoint(foreign(tmp_path / "bob.dfm", batch=batch), device="cpu", facesets=facesets)
    assert swapper.identities == ["bob"]
    assert (swapper.crop_spec.kind, swapper.crop_spec.size, swapper.output_size) == ("whole", SIDE, DRAWN)
    assert swapper.card["identities"]["bob"]["consent"]["basis"] == "synthetic"
    assert swapper.card["parameters"] > 0
    images, masks = swapper.swap(crops(), "bob")
    assert masks is not None
    np.testing.assert_allclose(masks, np.full((3, DRAWN, DRAWN), 0.25))
    flat = [np.full((SIDE, SIDE, 3), (51, 102, 204), np.uint8)]
    np.testing.assert_allclose(swapper.swap(flat, "bob").images[0, 20, 20], (0.8, 0.6, 0.8), atol=1e-6)  # RGB
    assert images.shape == (3, DRAWN, DRAWN, 3)


def test_a_foreign_amp_takes_the_strength(tmp_path: Path, facesets: dict[str, Path]) -> None:
    swapper = Swapper.from_checkpoint(foreign(tmp_path / "bob.dfm", morphs=True), facesets=facesets)
    grey = [np.full((SIDE, SIDE, 3), 51, np.uint8)]
    for strength, red in ((None, 0.8), (0.5, 0.5), (0.0, 0.2)):
        if strength is not None:
            swapper.set_strength(strength)
        np.testing.assert_allclose(swapper.swap(grey, "bob").images[0, 9, 9], (red, red, 0.2), atol=1e-6)
    with pytest.raises(ConfigError, match="strength=2"):
        swapper.set_strength(2)


def test_a_foreign_file_needs_a_ground(tmp_path: Path, facesets: dict[str, Path]) -> None:
    with pytest.raises(ConsentError, match=r"holds no card.*give facesets\.carol=FOLDER"):
        Swapper.from_checkpoint(foreign(tmp_path / "carol.dfm"), facesets=facesets)


def test_footage_through_a_foreign_dfm(
    tmp_path: Path, facesets: dict[str, Path], clip: Path, make_finder: Callable[..., Any]
) -> None:
    swapper = Swapper.from_checkpoint(foreign(tmp_path / "bob.dfm", mask=1), device="cpu", facesets=facesets)
    report = convert(clip, tmp_path / "out.mp4", swapper=swapper, identity="bob", finder=make_finder())
    assert report.num_swapped == report.num_frames > 0
    manifest = json.loads(manifest_path(tmp_path / "out.mp4").read_text())
    assert manifest["identities"]["bob"]["consent"]["basis"] == "synthetic"
    assert manifest["inputs"]["checkpoint"]["name"] == "bob.dfm"


def _with_external_weights(path: Path) -> None:
    model = onnx.load(str(path))
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/hostname"
    tensor.ClearField("raw_data")
    onnx.save(model, str(path))


def _with_external_constant(path: Path) -> None:
    """Inside of a branch, where only a look at everything finds it."""
    model = onnx.load(str(path))
    tensor = TensorProto(name="far", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="../secret")
    inner = helper.make_graph([helper.make_node("Constant", [], ["far"], value=tensor)], "inner", [], [])
    model.graph.node.append(helper.make_node("If", ["one"], ["x"], then_branch=inner, else_branch=inner))
    onnx.save(model, str(path))


def _with_context(path: Path) -> None:
    model = onnx.load(str(path))
    model.graph.node.append(helper.make_node("EPContext", [], ["x"], domain="com.microsoft", ep_cache_context="a.bin"))
    onnx.save(model, str(path))


@pytest.mark.parametrize("change", [_with_external_weights, _with_external_constant, _with_context])
def test_a_file_that_reads_others_is_refused(
    tmp_path: Path, facesets: dict[str, Path], change: Callable[[Path], None]
) -> None:
    file = foreign(tmp_path / "bob.dfm")
    change(file)
    with pytest.raises(CheckpointError, match="reads other files"):
        Swapper.from_checkpoint(file, facesets=facesets)


def test_what_is_no_dfm_is_refused(tmp_path: Path, facesets: dict[str, Path]) -> None:
    changes: list[tuple[dict[str, Any], str]] = [
        ({"input": "picture"}, r"its first input is picture; a \.dfm takes in_face:0"),
        ({"num_outputs": 2}, "its outputs are out_face_mask:0, out_celeb_face:0"),
        ({"shape": (SIDE, "width", 3)}, "not that of square float faces"),
    ]
    for change, message in changes:
        with pytest.raises(CheckpointError, match=message):
            Swapper.from_checkpoint(foreign(tmp_path / "bob.dfm", **change), facesets=facesets)
    file = tmp_path / "bob.dfm"
    content = file.read_bytes()
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.writestr("a", "b")
    for broken in (b"", b"nonsense", content[: len(content) // 2], (tmp_path / "some.zip").read_bytes()):
        file.write_bytes(broken)
        with pytest.raises(CheckpointError, match="damaged or not an ONNX file"):
            Swapper.from_checkpoint(file, facesets=facesets)
    with pytest.raises(CheckpointError, match="no such file"):
        Swapper.from_checkpoint(tmp_path / "none.dfm")


def test_without_onnxruntime_there_is_one_line(
    run_cli: Callable[..., Any], tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch, facesets: dict[str, Path]
) -> None:
    file = foreign(tmp_path / "bob.dfm")
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    words = [f"footage={clip}", "identity=bob", f"facesets.bob={facesets['bob']}", f"output={tmp_path / 'out.mp4'}"]
    result = run_cli(["convert", f"checkpoint={file}", *words])
    assert result.code == 2
    assert result.stderr.count("\n") == 1
    assert "pip install 'faceswap-lab[export]'" in result.stderr
