"""Building a network that somebody else described, without the memory that the description may ask for."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as hooks

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import CheckpointError
from faceswap_lab.core.foreign_files import check_unfolded

MAX_NUMBER = 65_536
"""Of any number in a network's description: more than any side, count or width has."""

_MAX_MODULES = 20_000
_MAX_VALUES = 20_000  # of a description; the largest of ours has two hundred
_SPARE_NUMBERS = 16_000_000  # of constants that are computed and not stored, such as grids of coordinates
_LOADED_FROM_ELSEWHERE = ("pretrained", "weights")


def check_description(value: Any) -> None:
    """Refuses a network's description that reads the machine's environment or files, or asks for absurd sizes.

    Args:
        value: Plain values, at most ``core.foreign_files.MAX_DEPTH`` deep.

    Raises:
        CheckpointError: Names what it holds.
    """
    try:
        check_unfolded(value, at_most=_MAX_VALUES)
    except ValueError as error:
        raise CheckpointError(f"the checkpoint's card describes no network that is built: {error}") from error
    _check_values(value)


def _check_values(value: Any) -> None:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name in _LOADED_FROM_ELSEWHERE and item not in (None, False):
                raise CheckpointError(f"the checkpoint's card asks for {name}={item!r:.60}; it is not built")
            _check_values(item)
    elif isinstance(value, list):
        for item in value:
            _check_values(item)
    elif isinstance(value, str) and "${" in value:
        # `${oc.env:...}` in a foreign file would read this machine's environment.
        raise CheckpointError(f"the checkpoint's card holds an interpolation, {value[:60]!r}; it is not built")
    elif isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
        raise CheckpointError(f"the checkpoint's card asks for a network with {value!r:.60} of something; not built")


def build_bounded(description: Mapping[str, Any], *, stored_numbers: int) -> Any:
    """Builds a network after a look at how large it would be.

    It is built without memory first, on torch's device ``meta``, and that is stopped as soon as it has more numbers
    than the file that describes it.

    Args:
        description: As ``core.build.build`` takes it.
        stored_numbers: How many numbers the file holds at most.

    Raises:
        CheckpointError: The network is larger than that.
        ConfigError: As ``core.build.build``.
    """
    with torch.device("meta"), _counted(stored_numbers + _SPARE_NUMBERS):
        build(description)
    return build(description)


@contextlib.contextmanager
def _counted(at_most: int) -> Iterator[None]:
    """Within the block, parts and numbers that are added to any network are counted."""
    num_numbers = num_modules = 0

    def count_numbers(_: nn.Module, name: str, tensor: torch.Tensor | None) -> None:
        nonlocal num_numbers
        num_numbers += 0 if tensor is None else tensor.numel()
        if num_numbers > at_most:
            raise CheckpointError(
                f"the checkpoint's card asks for a network of more numbers than the file holds, {name} among them; "
                "it is not built"
            )

    def count_modules(_: nn.Module, name: str, part: nn.Module | None) -> None:
        nonlocal num_modules
        num_modules += 1
        if num_modules > _MAX_MODULES:
            raise CheckpointError(f"the checkpoint's card asks for a network of over {_MAX_MODULES} parts; not built")

    handles = [
        hooks.register_module_parameter_registration_hook(count_numbers),
        hooks.register_module_buffer_registration_hook(count_numbers),
        hooks.register_module_module_registration_hook(count_modules),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
