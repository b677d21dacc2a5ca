"""What an evaluation adds to a model card: figures on held-out footage, and how easily its swaps are told."""

from typing import Any, cast

from faceswap_lab.core.markdown import code, rows, text
from faceswap_lab.evaluation.figure_table import GROUPS, number
from faceswap_lab.evaluation.schema import DetectabilityMetrics, Metrics


def measured_card(metrics: Metrics) -> str:
    """Markdown for the section of quantitative analyses of ``core.model_card.model_card``.

    Args:
        metrics: As `metrics.json` holds them.
    """
    footage = rows(
        ("held-out footage of", "file", "SHA-256", "frames"),
        [
            (text(name), text(of["name"]), code(of["sha256"]), text(of["range"] or "all"))
            for name, of in metrics["footage"].items()
        ],
    )
    notes = "".join(f"- {text(note)}\n" for note in metrics["notes"])
    detectability = metrics["detectability"]
    return (
        "### On held-out footage\n\nA column for each direction, footage > identity; ends of the 95 % interval in "
        f"brackets.\n\n{footage}\n{_pairs(metrics)}\n### Detectability\n\n"
        + (_UNASKED if detectability is None else _detectability(detectability))
        + (f"\n### Remarks\n\n{notes}" if notes else "")
    )


_UNASKED = "Not measured; `faceswap-lab evaluate … detectability=true` trains a forgery classifier and asks it.\n"


def _pairs(metrics: Metrics) -> str:
    pairs = {pair: cast(dict[str, Any], of) for pair, of in metrics["pairs"].items() if of is not None}
    lines = [
        (
            f"{text(label)} ({text(unit)})",
            *(_figure(of.get(name), metrics["intervals"].get(pair, {}).get(name)) for pair, of in pairs.items()),
        )
        for figures in GROUPS.values()
        for name, (label, unit) in figures.items()
    ]
    return rows(("figure", *(text(pair) for pair in pairs)), lines)


def _figure(value: float | None, ends: list[float | None] | None) -> str:
    return number(value) + ("" if ends is None else f" ({number(ends[0])} to {number(ends[1])})")


def _detectability(found: DetectabilityMetrics) -> str:
    table = rows(
        ("AUC at x264's CRF", *(text(crf) for crf in found["crf"]), "faces asked about"),
        [
            (text(pair), *(number(value) for value in values), text(found["frames"][pair]))
            for pair, values in found["auc"].items()
        ],
    )
    return (
        "A small forgery classifier that learned from the other directions; 0.5 is guessing, 1 tells every swap. A low "
        f"figure says only that this classifier fails.\n\n{table}"
    )
