"""Which layer of a network is the first to give no numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from faceswap_lab.data.batch import FaceBatch
from faceswap_lab.training.module import AutoencoderModule


@torch.no_grad()
def first_broken_layer(module: AutoencoderModule, batch: dict[str, FaceBatch], batch_idx: int) -> str | None:
    """Sends a training batch through the network once more, with the same chance, and watches every layer.

    Args:
        module: As it was when the loss was no number.
        batch: Of that moment.
        batch_idx: Its number.

    Returns:
        Name of the layer that first hands on something infinite or no number, the innermost such as
        ``net.encoder.layers.2.0``; None where all hand on numbers, so that it is a term of the loss that does not.
    """
    found: list[str] = []

    def watch(name: str) -> Any:
        def look(layer: nn.Module, inputs: Any, output: Any) -> None:
            if not found and not all(bool(tensor.isfinite().all()) for tensor in _tensors(output)):
                found.append(name)

        return look

    hooks = [layer.register_forward_hook(watch(name)) for name, layer in module.named_modules() if name]
    try:
        module.on_train_batch_start(batch, batch_idx)  # sets what a network may draw itself
        module.restore(module.encode(batch))
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else None


def _tensors(output: Any) -> Iterator[Tensor]:
    """What a layer gave, alone or in tuples, lists and dictionaries."""
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, Mapping):
        for part in output.values():
            yield from _tensors(part)
    elif isinstance(output, list | tuple):
        for part in output:
            yield from _tensors(part)
