"""How a run appears in an experiment tracker: online or not, under which group, name and id."""

import netrc
import os
import secrets
from pathlib import Path
from typing import Any

from faceswap_lab.core.files import atomic_write_text

_HOST = "api.wandb.ai"
_ID_FILE = "wandb-id.txt"


def wandb_settings(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Settings of Lightning's ``WandbLogger`` for a run.

    Args:
        folder: The run's folder. It keeps the id, so that a run resumed there goes on in the tracker as well.

    Returns:
        ``offline`` unless Weights & Biases finds a key in its own places, which is never read into our configuration;
        ``group``, the study; ``name``, the run; ``id``.
    """
    run = Path(folder).resolve()
    return {"offline": not _has_key(), "group": run.parent.name, "name": run.name, "id": _run_id(run)}


def _has_key() -> bool:
    if os.environ.get("WANDB_API_KEY"):
        return True
    try:
        return netrc.netrc().authenticators(_HOST) is not None
    except (OSError, netrc.NetrcParseError):
        return False


def _run_id(run: Path) -> str:
    path = run / _ID_FILE
    if not path.exists():
        atomic_write_text(path, secrets.token_hex(4))
    return path.read_text(encoding="utf-8").strip()
