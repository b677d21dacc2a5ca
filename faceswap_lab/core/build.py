"""The one place where configuration becomes objects."""

from collections.abc import Mapping
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig

from faceswap_lab.core.errors import ConfigError, FaceswapLabError
from faceswap_lab.core.targets import check_targets


def build(node: DictConfig | Mapping[str, Any], **kwargs: Any) -> Any:
    """Builds the object that a node's ``_target_`` names; with ``_partial_: true``, a factory for it.

    Plain lists and dicts reach the constructors, never OmegaConf's containers, which would end up in checkpoints.

    Args:
        node: A node with ``_target_``, from a composed configuration or a plain mapping.
        kwargs: Arguments that only the program knows, such as ``net``; given as they are.

    Raises:
        ConfigError: A target is not allowed, or a constructor refuses its arguments.
        FaceswapLabError: As the constructor itself raised it.
    """
    check_targets(node)
    try:
        return instantiate(node, _convert_="all", **kwargs)
    except InstantiationException as error:
        cause = error.__cause__
        if isinstance(cause, FaceswapLabError):
            raise cause from error
        target = node.get("_target_", "")
        raise ConfigError(f"{target}: {cause or error}") from error
