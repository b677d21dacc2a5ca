"""Where the configuration and the caches lie, in a checkout and in an installed wheel alike."""

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
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "faceswap-lab"
