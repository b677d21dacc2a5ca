"""One picture of a study: a panel a figure, a line a setting, a dot a seed, a bar for the interval of the mean."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from experiments.running.results import Row, is_undecided, summarise

_COLOUR, _GREY = "#1f5fa8", "#9a9a9a"


def plot(path: Path, rows: Sequence[Row], settings: Sequence[str], figures: Mapping[str, str]) -> None:
    """Draws what is known so far; undecided settings are grey.

    Args:
        path: PNG to write.
        rows: Of the jobs that are done.
        settings: In the order of the lines, from above.
        figures: Text over each panel by the figure's name.
    """
    size = (2.0 + 2.6 * len(figures), 0.9 + 0.34 * len(settings))
    drawing, panels = plt.subplots(1, len(figures), figsize=size, sharey=True, squeeze=False, layout="constrained")
    for axis, (figure, title) in zip(panels[0], figures.items(), strict=True):
        for line, setting in enumerate(settings):
            summary = summarise(rows, setting, figure)
            if summary is None:
                continue
            colour = _GREY if is_undecided(rows, setting) else _COLOUR
            axis.scatter(summary.seeds, [line] * len(summary.seeds), s=14, color=colour, alpha=0.6, linewidths=0)
            half = 0.0 if math.isnan(summary.half) else summary.half
            axis.errorbar(summary.mean, line, xerr=half, color=colour, marker="|", markersize=11, capsize=2)
        axis.set_title(title, fontsize=9)
        axis.tick_params(labelsize=8)
        axis.grid(axis="x", alpha=0.3)
    panels[0][0].set_yticks(range(len(settings)), list(settings))
    panels[0][0].invert_yaxis()
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing.savefig(path, dpi=130)
    plt.close(drawing)
