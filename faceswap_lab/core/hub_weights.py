"""Weights of foreign networks in torch's hub cache: fetched once, read without running any code of the file."""

import pickle
import tarfile
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlparse

import torch
from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError


def load_hub_weights(network: nn.Module, url: str, *, option: str, instead: str) -> None:
    """Fills a network with published weights and puts it into evaluation mode.

    Args:
        network: Built as its publisher did.
        url: Of the file; it is kept by its last part. A hash in that name (``name-0123abcd.pth``) is checked.
        option: What the user chose, for messages: ``detector=sfd``.
        instead: What works without: ``detector=mtcnn``.

    Raises:
        ConfigError: The file cannot be fetched, holds more than tensors, is damaged, or belongs to another network.
    """
    path = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(url).path).name
    if not path.is_file():
        _fetch(url, path, option=option, instead=instead)
    try:
        weights: dict[str, Tensor] | Any = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(weights)
    except (
        *(pickle.UnpicklingError, tarfile.TarError, RuntimeError, EOFError, OSError),
        *(KeyError, ValueError, TypeError, AttributeError, IndexError),
    ) as error:
        first_line = str(error).split("\n", 1)[0]
        raise ConfigError(
            f"{option} cannot read {path.name} in torch's hub cache; delete it and try again ({first_line[:120]})"
        ) from error
    network.eval().requires_grad_(False)


def _fetch(url: str, path: Path, *, option: str, instead: str) -> None:
    found = torch.hub.HASH_REGEX.search(path.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Under a temporary name until it is whole and its hash agrees.
        torch.hub.download_url_to_file(url, str(path), found.group(1) if found else None, progress=False)
    except (URLError, TimeoutError, ConnectionError, OSError, RuntimeError) as error:
        raise ConfigError(
            f"{option} has to download {path.name} once and could not ({str(error)[:120]}); go online, put the file "
            f"into {path.parent}, or use {instead}"
        ) from error
