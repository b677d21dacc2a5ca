"""Networks of face-alignment, without the rest of that package."""

import importlib

from torch import nn

from faceswap_lab.core.errors import ConfigError


def face_alignment_network(module: str, name: str, *, option: str) -> type[nn.Module]:
    """A network's class out of face-alignment; imported only here, for it brings numba, seconds for nothing else.

    Args:
        module: Within the package, such as ``detection.sfd.net_s3fd``.
        name: Of the class.
        option: What the user chose, for the message: ``detector=sfd``.

    Raises:
        ConfigError: The package is missing.
    """
    try:
        return getattr(importlib.import_module(f"face_alignment.{module}"), name)
    except ImportError as error:
        raise ConfigError(f"{option} needs face-alignment; run `pip install 'face-alignment>=1.5'`") from error
