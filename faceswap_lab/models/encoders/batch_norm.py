"""Batch norm has no place in an encoder that several identities share: frozen, or replaced by group norm."""

import math

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

_GROUPS = 8


def freeze_batch_norm(module: nn.Module) -> None:
    """Makes all batch norm use its running statistics, and leaves its factors as they are."""
    for layer in module.modules():
        if isinstance(layer, _BatchNorm):
            layer.eval()
            for parameter in layer.parameters():
                parameter.requires_grad_(False)


def replace_batch_norm(module: nn.Module) -> None:
    """Puts group norm in the place of all batch norm below a module; an activation that is part of it stays.

    Source:
        Wu and He 2018, arXiv:1803.08494.
    """
    for name, child in module.named_children():
        if isinstance(child, _BatchNorm):
            groups = math.gcd(_GROUPS, child.num_features)
            norm = nn.GroupNorm(groups, child.num_features, device=child.weight.device if child.affine else None)
            # timm's batch norm carries the dropout and the activation that follow it.
            after = [
                getattr(child, part) for part in ("drop", "act") if isinstance(getattr(child, part, None), nn.Module)
            ]
            setattr(module, name, nn.Sequential(norm, *after) if after else norm)
        else:
            replace_batch_norm(child)
