"""The root fields of ``compare``."""

from dataclasses import dataclass
from typing import ClassVar

from omegaconf import MISSING

from faceswap_lab.core.schema_field import option


@dataclass
class CompareSchema:
    """Fields of ``compare``."""

    examples: ClassVar[tuple[str, ...]] = (
        "runs='[runs/a,runs/b]' output=compare.html",
        "runs=runs/study output=compare.html",
    )

    runs: str = option(
        MISSING, "folders of runs or of their evaluations, [runs/a,runs/b], or a study of train -m", path=True
    )
    output: str = option("compare.html", "page to write", path=True)
