"""Checkpoints that would run code, or ask for more memory than they have bytes."""

import io
import os
import pickle
import shutil
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from faceswap_lab.core.checkpoint import CARD_KEY, peek_card, read_checkpoint
from faceswap_lab.core.errors import CheckpointError, DamagedCheckpointError
from tests.swap.conftest import tiny_checkpoint

Refused = Callable[..., str]


class Numbers:
    """Stands for a record of float32 numbers; ``claimed`` is how many the pickle says there are."""

    def __init__(self, record: str, claimed: int) -> None:
        self.record, self.claimed = record, claimed


class Call:
    """Pickles as a call."""

    def __init__(self, called: Any, *arguments: Any) -> None:
        self.called, self.arguments = called, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.called, self.arguments


class TorchPickler(pickle.Pickler):
    """Pickles as ``torch.save`` does, whatever the content."""

    def persistent_id(self, obj: Any) -> Any:
        return ("storage", torch.FloatStorage, obj.record, "cpu", obj.claimed) if isinstance(obj, Numbers) else None


def tensor(numbers: Numbers, *shape: int, strides: tuple[int, ...] | None = None, offset: int = 0) -> Call:
    strides = strides or tuple(torch.empty(shape, device="meta").stride())
    return Call(torch._utils._rebuild_tensor_v2, numbers, offset, shape, strides, False, OrderedDict())


def archive(
    path: Path,
    content: Any,
    *,
    records: Mapping[str, bytes] | None = None,
    compression: int = zipfile.ZIP_STORED,
    more: Mapping[str, bytes] | None = None,
) -> Path:
    """A checkpoint by hand: ``content`` is pickled, bytes are taken for a pickle."""
    if isinstance(content, bytes):
        pickled = content
    else:
        stream = io.BytesIO()
        TorchPickler(stream, protocol=2).dump(content)
        pickled = stream.getvalue()
    parts = {"data.pkl": pickled, "byteorder": b"little", "version": b"3\n", **(more or {})}
    parts |= {f"data/{name}": record for name, record in (records or {}).items()}
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, part in parts.items():
            file.writestr(f"archive/{name}", part)
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("whole") / "tiny.ckpt")


@pytest.fixture
def card(whole: Path) -> dict[str, Any]:
    return read_checkpoint(whole)[CARD_KEY]


def convert(checkpoint: Path, folder: Path) -> list[str]:
    (folder / "clip.mp4").write_bytes(b"never opened")
    return ["convert", f"checkpoint={checkpoint}", f"footage={folder / 'clip.mp4'}", "identity=ada"] + [
        f"output={folder / 'swapped.mp4'}"
    ]


TEN = b"\x00" * 40
"""A record of ten float32 numbers."""

BOMBS: dict[str, Callable[[Path, dict[str, Any]], Any]] = {
    "it runs a program": lambda marker, card: Call(os.system, f"touch {marker}"),
    "it opens a file": lambda marker, card: Call(open, str(marker), "w"),
    "it evaluates": lambda marker, card: Call(eval, f"open({str(marker)!r}, 'w')"),
    "it imports what lies in torch": lambda marker, card: Call(torch.hub.load, "a/b", "c"),
    "a hundred gigabytes of nothing": lambda marker, card: Call(bytearray, 10**11),
    "a tensor of its own": lambda marker, card: Call(torch.Tensor, 10**11),
    "more numbers than the record has": lambda marker, card: tensor(Numbers("0", 10**7), 10**7),
    "a record that is not there": lambda marker, card: tensor(Numbers("7", 10), 10),
    "a tensor beyond its numbers": lambda marker, card: tensor(Numbers("0", 10), 10**10),
    "a tensor that begins beyond them": lambda marker, card: tensor(Numbers("0", 10), 2, offset=9),
    "a tensor that begins before them": lambda marker, card: tensor(Numbers("0", 10), 2, offset=-4),
    "one number, ten milliards of times": lambda marker, card: tensor(Numbers("0", 10), 10**5, 10**5, strides=(0, 0)),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("place", ["weights", "card", "elsewhere"])
def test_bombs_are_refused(name: str, place: str, tmp_path: Path, card: dict[str, Any]) -> None:
    marker = tmp_path / "it_ran"
    bomb = BOMBS[name](marker, card)
    content: dict[str, Any] = {"state_dict": {}, CARD_KEY: card}
    if place == "weights":
        content["state_dict"]["net.w"] = bomb
    elif place == "card":
        content[CARD_KEY]["config"]["x"] = bomb
    else:
        content["optimizer_states"] = [bomb]
    path = archive(tmp_path / "bomb.ckpt", content, records={"0": TEN})
    for read in (read_checkpoint, peek_card):
        with pytest.raises(CheckpointError, match="holds more than weights and plain values"):
            read(path)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["it runs a program", "a hundred gigabytes of nothing", "a tensor beyond its numbers"])
def test_commands_say_it_in_a_line(name: str, tmp_path: Path, card: dict[str, Any], refused: Refused) -> None:
    marker = tmp_path / "it_ran"
    path = archive(tmp_path / "bomb.ckpt", {"state_dict": {"net.w": BOMBS[name](marker, card)}, CARD_KEY: card})
    said = refused(convert(path, tmp_path), most_mb=150)
    assert said.startswith(f"checkpoint {path}: holds more than weights and plain values")
    assert not marker.exists()


def test_whatever_is_no_archive_is_refused(tmp_path: Path, card: dict[str, Any]) -> None:
    marker = tmp_path / "it_ran"
    old = tmp_path / "old.ckpt"
    torch.save({"state_dict": {}, CARD_KEY: card}, old, _use_new_zipfile_serialization=False)
    bare = tmp_path / "bare.ckpt"
    bare.write_bytes(pickle.dumps(Call(os.system, f"touch {marker}")))
    for path in (old, bare):
        with pytest.raises(DamagedCheckpointError, match="damaged or not a checkpoint"):
            read_checkpoint(path)
        with pytest.raises(CheckpointError, match="damaged or not a checkpoint"):
            peek_card(path)
    assert not marker.exists()


def test_an_archive_that_unpacks_to_gigabytes_is_refused(
    tmp_path: Path, card: dict[str, Any], refused: Refused
) -> None:
    packed = archive(
        tmp_path / "packed.ckpt",
        {"state_dict": {}, CARD_KEY: card},
        records={"0": b"\x00" * (256 * 2**20)},
        compression=zipfile.ZIP_DEFLATED,
    )
    assert packed.stat().st_size < 2**20
    assert "unpack to more than the file holds" in refused(convert(packed, tmp_path), most_mb=100)


def test_parts_that_share_bytes_are_refused(tmp_path: Path, card: dict[str, Any]) -> None:
    path = archive(tmp_path / "a.ckpt", {"state_dict": {}, CARD_KEY: card}, records={"0": b"\x00" * 2**20})
    with zipfile.ZipFile(path, "a") as file:  # a directory of a thousand names for one record
        there = file.getinfo("archive/data/0")
        for number in range(1000):
            again = zipfile.ZipInfo(f"archive/data/{number + 1}")
            again.file_size, again.compress_size, again.CRC = there.file_size, there.compress_size, there.CRC
            again.header_offset = there.header_offset
            file.filelist.append(again)
        file._didModify = True
    with pytest.raises(DamagedCheckpointError, match="unpack to more than the file holds"):
        read_checkpoint(path)


def test_two_parts_of_one_name_are_refused(tmp_path: Path, card: dict[str, Any]) -> None:
    path = archive(tmp_path / "a.ckpt", {"state_dict": {}, CARD_KEY: card}, more={"DATA.pkl": b"another"})
    with pytest.raises(DamagedCheckpointError, match="two of its parts have one name"):
        read_checkpoint(path)


@pytest.mark.parametrize("name", ["../../outside", "/tmp/outside", "tiny/../../outside", "tiny/data/\x1b[31m"])
def test_names_in_an_archive_lead_nowhere(name: str, whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "inner" / "folder" / "slip.ckpt"
    path.parent.mkdir(parents=True)
    shutil.copyfile(whole, path)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(name, b"written outside")
    before = sorted(tmp_path.rglob("*"))
    if name.startswith("tiny/"):  # nothing is unpacked to the disk, whatever its name
        assert set(read_checkpoint(path)[CARD_KEY]["identities"]) == {"ada", "ben"}
    else:
        with pytest.raises(DamagedCheckpointError):
            read_checkpoint(path)
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/tmp/outside").exists()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.99])
def test_cut_short(share: float, whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.ckpt"
    path.write_bytes(whole.read_bytes()[: int(share * whole.stat().st_size)])
    with pytest.raises(DamagedCheckpointError, match="damaged or not a checkpoint"):
        read_checkpoint(path)
    with pytest.raises(CheckpointError):
        peek_card(path)


def test_a_changed_weight_is_noticed(whole: Path, tmp_path: Path) -> None:
    content = bytearray(whole.read_bytes())
    with zipfile.ZipFile(whole) as file:
        part = next(part for part in file.infolist() if "/data/" in part.filename and part.file_size > 64)
    content[part.header_offset + 200] ^= 1
    (tmp_path / "flipped.ckpt").write_bytes(content)
    with pytest.raises(DamagedCheckpointError, match="another checksum"):
        read_checkpoint(tmp_path / "flipped.ckpt")


def _deep(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"x": value}
    return value


def _wide(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value, value]
    return value


def _cyclic() -> Any:
    value: dict[str, Any] = {}
    value["x"] = value
    return value


@pytest.mark.parametrize("value", [_deep(200), _wide(50), _cyclic()], ids=["deep", "wide", "cyclic"])
def test_tables_without_an_end_are_refused(value: Any, tmp_path: Path, card: dict[str, Any]) -> None:
    card["config"]["x"] = value
    path = archive(tmp_path / "a.ckpt", {"state_dict": {}, CARD_KEY: card})
    with pytest.raises(CheckpointError, match="its card cannot be read: "):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": []}, "model is .* of the wrong kind"),
        ({"steps": "many"}, "steps is 'many', of the wrong kind"),
        ({"identities": {"../../etc": {"consent": {}}}}, "which is no name"),
        ({"identities": {"a\nb": {"consent": {}}}}, "which is no name"),
        ({"identities": {"a" * 300: {"consent": {}}}}, "which is no name"),
        ({"identities": {"ada": {}}}, "no consent record of ada"),
        ({"identities": {}}, "names no identity"),
        ({"config": {1.5: 2}}, "a key that is neither text nor a whole number"),
        ({"schema": 10**100}, "its card has schema"),
    ],
)
def test_odd_cards_are_refused(change: dict[str, Any], said: str, tmp_path: Path, card: dict[str, Any]) -> None:
    path = archive(tmp_path / "a.ckpt", {"state_dict": {}, CARD_KEY: {**card, **change}})
    with pytest.raises(CheckpointError, match=said):
        read_checkpoint(path)


@pytest.mark.parametrize("weights", [[1, 2], {"net.w": 1}, {3: 4}, "text"])
def test_weights_that_are_none_are_refused(weights: Any, tmp_path: Path, card: dict[str, Any]) -> None:
    path = archive(tmp_path / "a.ckpt", {"state_dict": weights, CARD_KEY: card})
    with pytest.raises(CheckpointError, match="its weights are no table of tensors"):
        read_checkpoint(path)
