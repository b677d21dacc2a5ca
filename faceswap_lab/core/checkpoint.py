"""Reading a trained model: a checkpoint or published weights with a plain *card*, never an unpickled object."""

import os
import pickle
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any, NotRequired, TypedDict, cast

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from faceswap_lab.core.bounded_network import build_bounded, check_description
from faceswap_lab.core.checkpoint_archive import DAMAGED, check_archive
from faceswap_lab.core.errors import CheckpointError, ConfigError, DamagedCheckpointError
from faceswap_lab.core.foreign_files import check_unfolded, parse_json, require_file
from faceswap_lab.core.targets import check_targets

CARD_KEY = "faceswap_lab"
WEIGHTS_SUFFIX = ".safetensors"
"""Of published weights: the tensors by name, and the card as JSON in the header under `CARD_KEY`."""

SCHEMA = 1
MODEL_TARGETS = ("faceswap_lab.models.",)
"""A file from elsewhere may only build our own networks: a wider list would let it run code."""


_MAX_CARD_VALUES = 1_000_000
_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("model", "identities", "crop", "finder", "choices", "config", "metrics", "versions"), dict),
    **dict.fromkeys(("output_size", "seed", "steps", "parameters"), int),
    **dict.fromkeys(("train_seconds", "samples_per_s"), (int, float)),
    "commit": (str, type(None)),
}


class IdentityCard(TypedDict):
    """What a checkpoint says of one identity."""

    consent: dict[str, str | None]
    licence: str | None
    num_faces: int
    faceset: str
    faceset_hash: str


class CropCard(TypedDict):
    """How the crops were cut that the network was trained on; ``size`` in pixels, ``coverage`` only where below 1."""

    kind: str
    size: int
    coverage: NotRequired[float]


class Card(TypedDict):
    """What a checkpoint says of itself: str, int, float, bool, None, list and dict only."""

    schema: int
    model: dict[str, Any]
    identities: dict[str, IdentityCard]
    crop: CropCard
    output_size: int
    finder: dict[str, str]
    choices: dict[str, Any]
    config: dict[str, Any]
    seed: int
    steps: int
    metrics: dict[str, float]
    train_seconds: float
    samples_per_s: float
    parameters: int
    versions: dict[str, str]
    commit: str | None


def read_checkpoint(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Returns a checkpoint's content, on the CPU, with a checked card in it.

    Args:
        path: A ``.ckpt`` file written by ``train``, or a ``.safetensors`` file written by ``export``.

    Raises:
        CheckpointError: The file is missing or not one of ours.
        DamagedCheckpointError: It is cut short, or a checksum in it is not that of its bytes.
    """
    file = Path(path)
    if not os.path.isfile(file):
        hint = "no such file; `train` writes one"
        if os.path.exists(file):
            is_folder = os.path.isdir(file)
            hint = "this is a folder; give the .ckpt file in it" if is_folder else "this is a pipe, not a file"
        raise CheckpointError(f"checkpoint {file}: {hint}")
    content = _read_weights(file) if file.suffix.lower() == WEIGHTS_SUFFIX else _read_lightning(file)
    if not isinstance(content, dict) or CARD_KEY not in content:
        raise CheckpointError(f"checkpoint {file}: not written by faceswap-lab (it has no card)")
    try:
        check_card(content[CARD_KEY])
        _check_weights(content.get("state_dict", {}))
    except CheckpointError as error:
        raise CheckpointError(f"checkpoint {file}: {error}") from error
    return content


def _check_weights(weights: Any) -> None:
    is_table = isinstance(weights, Mapping)
    if not is_table or not all(isinstance(name, str) and isinstance(one, Tensor) for name, one in weights.items()):
        raise CheckpointError("its weights are no table of tensors")


def _read_lightning(file: Path) -> Any:
    check_archive(file)
    try:
        return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"checkpoint {file}: holds more than weights and plain values; it is not loaded"
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise DamagedCheckpointError(DAMAGED.format(file)) from error


def _read_weights(file: Path) -> dict[str, Any]:
    try:
        with safe_open(file, framework="pt") as stored:
            header = (stored.metadata() or {}).get(CARD_KEY)
            weights = {f"net.{name}": stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118, no mapping
        return {"state_dict": weights} | ({} if header is None else {CARD_KEY: parse_json(header)})
    except (SafetensorError, OSError, ValueError) as error:
        raise DamagedCheckpointError(DAMAGED.format(file)) from error


def read_card(path: str | os.PathLike[str]) -> Card:
    """Returns a checkpoint's card. Raises as ``read_checkpoint``."""
    return read_checkpoint(path)[CARD_KEY]


def peek_card(path: str | os.PathLike[str]) -> dict[str, Any]:
    """A checkpoint's card, unchecked and without reading the weights, for looking through many files.

    Raises:
        CheckpointError: The file is not one of ours.
    """
    file = Path(path)
    try:
        if file.suffix.lower() == WEIGHTS_SUFFIX:
            require_file(file)
            with safe_open(file, framework="pt") as stored:
                card = parse_json((stored.metadata() or {}).get(CARD_KEY, "null"))
        else:
            listed = check_archive(file, check_sums=False)
            card = listed.get(CARD_KEY) if isinstance(listed, dict) else None
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"checkpoint {file}: damaged or not a checkpoint") from error
    if not isinstance(card, dict):
        raise CheckpointError(f"checkpoint {file}: not written by faceswap-lab (it has no card)")
    return card


def check_card(card: Any) -> None:
    """Refuses a card that ``rebuild_network`` and ``convert`` could not work with.

    Raises:
        CheckpointError: Names the first field that is missing or odd.
    """
    if not isinstance(card, dict):
        raise CheckpointError("its card is not a table of values")
    if card.get("schema") != SCHEMA:
        raise CheckpointError(
            f"its card has schema {card.get('schema')!r:.40}, this version reads {SCHEMA}; update or retrain"
        )
    for name in Card.__annotations__:
        if name not in card:
            raise CheckpointError(f"its card lacks {name!r}")
        kind = _KINDS.get(name)
        if kind is not None and (not isinstance(card[name], kind) or isinstance(card[name], bool)):
            raise CheckpointError(f"its card's {name} is {card[name]!r:.60}, of the wrong kind")
    try:
        check_unfolded(card, at_most=_MAX_CARD_VALUES)
    except ValueError as error:
        raise CheckpointError(f"its card cannot be read: {error}") from error
    _check_plain(card, "card")
    for name in ("kind", "size"):
        if name not in card["crop"]:
            raise CheckpointError(f"its card lacks {name!r} of the crop")
    if not card["identities"]:
        raise CheckpointError("its card names no identity")
    for name, person in card["identities"].items():
        _check_identity(name, person)


def _check_identity(name: Any, person: Any) -> None:
    # Files and folders are named after people.
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= 200 or "/" in name or name[0] == ".":
        raise CheckpointError(f"its card names an identity {name!r:.80}, which is no name")
    if not isinstance(person, dict) or not isinstance(person.get("consent"), dict):
        raise CheckpointError(f"its card holds no consent record of {name}")
    for key in IdentityCard.__annotations__:
        if key not in person:
            raise CheckpointError(f"its card lacks {key!r} of {name}")


def _check_plain(value: Any, key: str) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            # Schedules in the configuration have steps as keys: {0: 1.0, 20000: 0.5}.
            if not isinstance(name, str | int):
                raise CheckpointError(f"its {key} has a key that is neither text nor a whole number, {name!r:.60}")
            _check_plain(item, f"{key}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_plain(item, f"{key}[{index}]")
    elif not (value is None or isinstance(value, str | int | float | bool)):
        raise CheckpointError(f"its {key[:120]} is a {type(value).__name__}, not a plain value")


def travelling_card(card: Card) -> Card:
    """A checkpoint's card without the folders of this machine: of each path only the last part is left."""
    return cast(Card, without_folders(card))


def without_folders(value: Any) -> Any:
    """Plain values in which of each absolute path only the last part is left."""
    if isinstance(value, dict):
        return {key: without_folders(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_folders(item) for item in value]
    if isinstance(value, str) and PurePath(value).is_absolute():
        return PurePath(value).name
    return value


def rebuild_network(checkpoint: dict[str, Any]) -> nn.Module:
    """Returns the trained network of a checkpoint, in evaluation mode, on the CPU.

    Args:
        checkpoint: As ``read_checkpoint`` returns it.

    Raises:
        CheckpointError: The card names anything but our own models, or the weights do not fit.
    """
    model, stored = checkpoint[CARD_KEY]["model"], checkpoint.get("state_dict", {})
    check_description(model)
    try:
        check_targets(model, MODEL_TARGETS)
        network = build_bounded(model, stored_numbers=_stored_bytes(stored.values()))
    except ConfigError as error:
        raise CheckpointError(f"the checkpoint's network cannot be built: {error}") from error
    if not isinstance(network, nn.Module):
        raise CheckpointError("the checkpoint's card describes no network")
    weights = {
        key.removeprefix("net.").replace("_orig_mod.", ""): value  # torch.compile wraps and renames
        for key, value in stored.items()
        if key.startswith("net.")
    }
    expected = network.state_dict()
    misfits = [name for name, of in expected.items() if getattr(weights.get(name), "shape", None) != of.shape]
    misfits += [name for name in weights if name not in expected]
    if misfits:
        raise CheckpointError(
            f"the checkpoint's weights do not fit its network, {misfits[0]} and {len(misfits) - 1} others: it was "
            "written by another version, or changed; train again with this one"
        )
    network.load_state_dict(weights)
    return network.eval()


def _stored_bytes(tensors: Iterable[Tensor]) -> int:
    """Bytes behind some tensors, those that several share counted once: as many numbers as they hold at most."""
    storages = (tensor.untyped_storage() for tensor in tensors)
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())
