"""What a run's length may be, said before anything is read."""

import math
from typing import Any

from omegaconf import DictConfig

from faceswap_lab.core.errors import ConfigError


def check_length(cfg: DictConfig) -> None:
    """Refuses a length that no run can have: schedules, swaps and the probe would complain of what follows from it.

    Args:
        cfg: Composed ``conf/train.yaml``.

    Raises:
        ConfigError: Steps are not whole or not positive, or minutes are not positive or have no end.
    """
    _check_steps("trainer.max_steps", cfg.trainer.max_steps, "null leaves it to minutes=")
    _check_steps("validate_every", cfg.validate_every, "null validates about twenty times in a run")
    if cfg.minutes is not None and not 0 < cfg.minutes < math.inf:
        raise ConfigError(f"minutes={cfg.minutes:g} must be more than 0, and have an end")


def _check_steps(key: str, steps: Any, otherwise: str) -> None:
    if steps is not None and (type(steps) is not int or steps < 1):
        raise ConfigError(f"{key}={steps} must be a whole number of 1 or more; {otherwise}")
