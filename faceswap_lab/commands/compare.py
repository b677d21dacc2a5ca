"""Show runs side by side: choices, figures, curves and the same frames."""

import logging

from omegaconf import DictConfig

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.overrides import override
from faceswap_lab.evaluation.compare import compare, default_output
from faceswap_lab.evaluation.found_runs import FoundRun
from faceswap_lab.faces.clip_list import listed

logger = logging.getLogger("faceswap_lab")


def run(cfg: DictConfig) -> list[FoundRun]:
    """Writes the page.

    Args:
        cfg: Composed ``conf/compare.yaml``.

    Raises:
        FaceswapLabError: As ``evaluation.compare.compare``.
    """
    output = default_output(cfg.output)
    folders = listed("runs", cfg.runs)
    if not folders:
        raise ConfigError("runs is an empty list; give folders that train wrote, such as runs='[runs/a,runs/b]'")
    words = [override("runs", cfg.runs), override("output", cfg.output)]
    runs = compare(folders, output, command=" ".join(["faceswap-lab compare", *words]))
    logger.info("wrote %s: %d runs", output, len(runs))
    return runs
