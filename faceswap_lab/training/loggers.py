"""How a run appears in an experiment tracker: online or not, under which group, name and id."""

import importlib.util
import netrc
import os
import secrets
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import Logger, MLFlowLogger

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import atomic_write_text

_HOST = "api.wandb.ai"
_ID_FILE = "wandb-id.txt"
_MLFLOW_ID_FILE = "mlflow-id.txt"


def tracker_settings(name: str, folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Settings of a tracker's logger that depend on the run; none for trackers that need none.

    Args:
        name: Of the option in ``conf/logger``.
        folder: The run's folder.

    Raises:
        ConfigError: The tracker is not installed.
    """
    if name == "mlflow" and importlib.util.find_spec("mlflow") is None:
        raise ConfigError("logger=mlflow needs MLflow; pip install 'faceswap-lab[mlflow]'")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # else its import tells its makers of every use
    known = {"wandb": wandb_settings, "mlflow": mlflow_settings}
    return known[name](folder) if name in known else {}


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


def mlflow_settings(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Settings of Lightning's ``MLFlowLogger`` for a run.

    MLflow has given up keeping runs in files, so they lie in a database in the folder that holds the run's: the runs of
    a study in one, as an experiment of the study's name.

    Args:
        folder: The run's folder. It keeps the id that MLflow gave, see ``keep_id``.
    """
    run = Path(folder).resolve()
    kept = run / _MLFLOW_ID_FILE
    run.parent.mkdir(parents=True, exist_ok=True)
    return {
        "tracking_uri": f"sqlite:///{run.parent / 'mlflow.db'}",
        "artifact_location": (run.parent / "mlflow-artifacts").as_uri(),
        "experiment_name": run.parent.name,
        "run_name": run.name,
        "run_id": kept.read_text(encoding="utf-8").strip() if kept.exists() else None,
    }


def keep_id(logger: Logger, folder: str | os.PathLike[str]) -> bool:
    """Writes the id that MLflow gave a run into the run's folder.

    Returns:
        Whether it was there already: the run is resumed.
    """
    if not isinstance(logger, MLFlowLogger):
        return False
    kept = Path(folder) / _MLFLOW_ID_FILE
    if kept.exists():
        return True
    if logger.run_id is not None:  # other processes than the first have none
        atomic_write_text(kept, logger.run_id)
    return False


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
