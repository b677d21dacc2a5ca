"""What does `steady=` do to flicker, and what does it cost? Takes the words of `faceswap-lab evaluate`.

    python -m experiments.steady.run checkpoint=run/checkpoints/last.ckpt output=runs/steady \
        footage.alice=held/alice.mp4 footage.bob=held/bob.mp4

Evaluates twice, with ``steady=none`` and ``steady=track``; what is there already is not measured again. Writes a report
for each and ``table.md``; the last line of standard output is one JSON object: by direction and setting the figures.
"""

import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.running.commands import CommandError, run_command
from faceswap_lab.cli import log_to_console
from faceswap_lab.core.files import atomic_write_text

logger = logging.getLogger("faceswap_lab")

SETTINGS = ("none", "track")
FIGURES = ("flicker_ratio", "identity_distance_target", "mask_hull_ratio", "colour_drift", "seam_ratio")
"""Flicker, and beside it what tells whether it was bought with a face that shows less."""


def main(words: Sequence[str]) -> int:
    """Measures both settings.

    Args:
        words: Overrides of `evaluate`; ``output=`` is the folder of both reports.

    Returns:
        Exit code.
    """
    outputs = [word for word in words if word.startswith("output=")]
    if len(outputs) != 1 or any(word.startswith("steady") for word in words):
        sys.stderr.write("error: give the words of `faceswap-lab evaluate`, with output= and without steady=\n")
        return 2
    log_to_console()
    output = Path(outputs[0].removeprefix("output="))
    found: dict[str, Mapping[str, Any]] = {}
    for setting in SETTINGS:
        metrics = output / setting / "metrics.json"
        if not metrics.exists():
            others = [word for word in words if word not in outputs]
            try:
                run_command(["evaluate", *others, f"steady={setting}", f"output={output / setting}"])
            except CommandError as error:
                sys.stderr.write(f"error: {error}\n")
                return 2
        found[setting] = json.loads(metrics.read_text(encoding="utf-8"))
    summary = figures_of(found)
    atomic_write_text(output / "table.md", table(summary))
    logger.info("wrote %s", output / "table.md")
    sys.stdout.write(json.dumps(summary) + "\n")
    return 0


def figures_of(found: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, dict[str, float | None]]]:
    """By direction and setting the figures; directions in which nothing was measured are left out.

    Args:
        found: ``metrics.json`` by setting.
    """
    directions = [pair for pair, figures in found[SETTINGS[0]]["pairs"].items() if figures]
    return {
        pair: {setting: {name: found[setting]["pairs"][pair][name] for name in FIGURES} for setting in found}
        for pair in directions
    }


def table(summary: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    """The figures for a README, a line a direction and setting."""
    lines = ["| direction | `steady=` | " + " | ".join(f"`{name}`" for name in FIGURES) + " |"]
    lines.append("|---" * (len(FIGURES) + 2) + "|")
    for pair, settings in summary.items():
        for setting, figures in settings.items():
            cells = ["" if figures[name] is None else f"{figures[name]:.3f}" for name in FIGURES]
            lines.append(f"| {pair.replace('>', ' → ')} | {setting} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
