"""Any backbone of timm as encoder: one class for all of them, and a YAML for each that we know to work."""

from pathlib import Path
from typing import Any, Self

import timm
import torch
from timm.models import load_state_dict
from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.encoders.batch_norm import freeze_batch_norm, replace_batch_norm
from faceswap_lab.models.spec import Encoder, FeatureSpec

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, where a backbone names none


class TimmTrunk(Encoder):
    """One feature map of a backbone, for faces of any side that it can shrink.

    Batch norm mixes the identities of a batch and differs between training and use. With weights it is frozen as it
    came; without, there is nothing to keep, and group norm takes its place.

    Args:
        name: As ``timm.list_models()`` has it.
        input_size: Side of the faces, px.
        level: Which of the backbone's maps, from the finest, 0; -1 is the coarsest.
        pretrained: Load the published weights; they are downloaded at first use.
        weights: A file of weights for the whole backbone instead; only tensors are read from it.
        frozen_stages: How many of its maps, from the finest, stay as the weights make them.
        batch_norm: ``frozen`` or ``replaced``; null freezes it where there are weights.

    Raises:
        ConfigError: There is no such backbone, level or file, the weights cannot be had, or the side does not fit.

    Source:
        Wightman 2019, PyTorch Image Models, doi:10.5281/zenodo.4414861.
    """

    _mean: Tensor
    _std: Tensor

    def __init__(
        self,
        *,
        name: str,
        input_size: int = 64,
        level: int = -1,
        pretrained: bool = False,
        weights: str | None = None,
        frozen_stages: int = 0,
        batch_norm: str | None = None,
    ) -> None:
        super().__init__()
        if not timm.is_model(name):
            near = timm.list_models(f"*{name.split('.')[0].split('_')[0]}*")[:5]
            raise ConfigError(
                f"model.encoder.name={name}: timm has no such backbone{'; near: ' if near else ''}{', '.join(near)}"
            )
        if batch_norm not in (None, "frozen", "replaced"):
            raise ConfigError(f"model.encoder.batch_norm={batch_norm}: use frozen, replaced or null")
        has_weights = pretrained or weights is not None
        self._freezes = has_weights if batch_norm is None else batch_norm == "frozen"
        if frozen_stages and not (has_weights or self._freezes):
            raise ConfigError(
                f"model.encoder.frozen_stages={frozen_stages} freezes random weights; set pretrained or weights"
            )
        self.input_size = input_size
        levels = _count_levels(name, input_size)
        if not -levels <= level < levels or not 0 <= frozen_stages <= levels:
            raise ConfigError(
                f"model.encoder.level={level}, frozen_stages={frozen_stages}: {name} has {levels} maps, from 0"
            )
        self.trunk = _build(name, input_size, level % levels, pretrained=pretrained, weights=weights)
        if self._freezes:
            freeze_batch_norm(self.trunk)
        else:
            replace_batch_norm(self.trunk)
        _freeze_first(self.trunk, frozen_stages, name, input_size)
        cfg: Any = timm.get_pretrained_cfg(name)
        mean, std = (cfg.mean, cfg.std) if cfg is not None else (_MEAN, _STD)
        self.register_buffer("_mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("_std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        self.out_spec = self._measure(name)

    def forward(self, faces_B3SS: Tensor) -> Tensor:
        return self.trunk((faces_B3SS - self._mean) / self._std)[0]

    def train(self, mode: bool = True) -> Self:
        """As ``nn.Module.train``; frozen batch norm stays in use."""
        super().train(mode)
        if self._freezes:
            freeze_batch_norm(self.trunk)
        return self

    def options_to_rebuild(self) -> dict[str, Any]:
        return {"pretrained": False, "weights": None, "batch_norm": "frozen" if self._freezes else "replaced"}

    def _measure(self, name: str) -> FeatureSpec:
        """What comes out; the only sure way to know is to look."""
        was_training = self.training
        self.eval()
        try:
            with torch.no_grad():
                shape = self(self._mean.new_zeros(1, 3, self.input_size, self.input_size)).shape
        except (RuntimeError, AssertionError, ValueError) as error:
            raise ConfigError(f"model.encoder.input_size={self.input_size} does not fit {name}: {error}") from error
        self.train(was_training)
        if len(shape) != 4 or shape[2] != shape[3]:
            raise ConfigError(
                f"model.encoder.name={name} gives features of shape {tuple(shape)}; a square map is needed"
            )
        return FeatureSpec(channels=shape[1], size=shape[2])


def _build(name: str, input_size: int, level: int, *, pretrained: bool, weights: str | None) -> nn.Module:
    options: dict[str, Any] = dict(_options(name, input_size))
    if weights is not None:
        if not Path(weights).is_file():
            raise ConfigError(f"model.encoder.weights={weights}: no such file")
        options["pretrained_cfg_overlay"] = {"state_dict": _read_weights(name, weights, options)}
    try:
        return timm.create_model(
            name, features_only=True, out_indices=(level,), pretrained=pretrained or weights is not None, **options
        )
    except Exception as error:
        cure = (
            f"is model.encoder.weights={weights} of {name}?"
            if weights
            else "offline? set pretrained=false or weights=FILE"
        )
        raise ConfigError(f"model.encoder.name={name}: its weights could not be loaded; {cure}") from error


def _read_weights(name: str, weights: str, options: dict[str, Any]) -> dict[str, Tensor]:
    """Reads tensors only, and all that are needed: timm would log what is missing, and go on with random weights."""
    with torch.device("meta"):
        whole: Any = timm.create_model(name, **options)
    try:
        found = dict(load_state_dict(weights, weights_only=True))
    except Exception as error:
        raise ConfigError(f"model.encoder.weights={weights} is no file of weights ({error})") from error
    head = str((whole.pretrained_cfg or {}).get("classifier") or "head")
    missing = [key for key in whole.state_dict() if key not in found and not key.startswith(head)]
    if missing:
        raise ConfigError(
            f"model.encoder.weights={weights} is not of {name}: {len(missing)} tensors, {missing[0]} first, are missing"
        )
    return found


def _options(name: str, input_size: int) -> dict[str, Any]:
    cfg: Any = timm.get_pretrained_cfg(name)
    # Transformers with learned places are made for one side.
    return {"img_size": input_size} if cfg is not None and cfg.fixed_input_size else {}


def _feature_info(name: str, input_size: int) -> list[dict[str, Any]]:
    with torch.device("meta"):
        trunk: Any = timm.create_model(name, features_only=True, **_options(name, input_size))
    return list(trunk.feature_info.get_dicts())


def _count_levels(name: str, input_size: int) -> int:
    try:
        return len(_feature_info(name, input_size))
    except (RuntimeError, AssertionError, ValueError, TypeError) as error:
        raise ConfigError(
            f"model.encoder.name={name} with input_size={input_size}: no maps can be taken ({error})"
        ) from error


def _freeze_first(trunk: nn.Module, stages: int, name: str, input_size: int) -> None:
    """Takes the first maps' layers, and all before them, out of training."""
    if not stages:
        return
    last_module = str(_feature_info(name, input_size)[stages - 1]["module"]).replace(".", "_")
    names = [parameter for parameter, _ in trunk.named_parameters()]
    plain = [one.replace(".", "_") for one in names]
    last = max((i for i, one in enumerate(plain) if f"{last_module}_" in f"{one}_"), default=-1)
    for parameter in list(trunk.parameters())[: last + 1]:
        parameter.requires_grad_(False)
