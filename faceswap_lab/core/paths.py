"""Where the configuration, the caches and the user's own files lie, in a checkout and in an installed wheel alike."""

import os
from pathlib import Path

PACKAGE_DIR = Path(__file__).resolve().parent.parent


def conf_dir() -> Path:
    """Returns the absolute configuration folder: the wheel's ``faceswap_lab/_conf``, else the checkout's ``conf``.

    Absolute, because Hydra reads a relative one as a module path when it is started by a console script.
    """
    packed = PACKAGE_DIR / "_conf"
    return packed if packed.is_dir() else PACKAGE_DIR.parent / "conf"


def cache_dir() -> Path:
    """Returns the folder for what can be made again, ``$XDG_CACHE_HOME/faceswap-lab``; it may not exist yet."""
    return _user_dir("XDG_CACHE_HOME", ".cache")


def config_dir() -> Path:
    """Returns the folder for the user's keys, ``$XDG_CONFIG_HOME/faceswap-lab``; it may not exist yet."""
    return _user_dir("XDG_CONFIG_HOME", ".config")


def data_dir() -> Path:
    """Returns the folder for what the user has made, ``$XDG_DATA_HOME/faceswap-lab``; it may not exist yet."""
    return _user_dir("XDG_DATA_HOME", ".local/share")


def _user_dir(variable: str, default: str) -> Path:
    base = os.environ.get(variable)
    return (Path(base) if base else Path.home() / default) / "faceswap-lab"
