"""The figures of all directions as matrices: a row for each footage, a column for each identity drawn."""

from collections.abc import Mapping, Sequence

from faceswap_lab.evaluation.schema import PairMetrics, RealMetrics, pair_key

_REAL = {
    "identity_distance_target": "identity_distance",
    "verified_target_ratio": "verified_ratio",
    "rank_one_ratio": "rank_one_ratio",
}

SHOWN = (
    *_REAL,
    "mouth_opening_correlation",
    "eye_opening_correlation",
    "expression_error",
    "gaze_error",
    "pose_error_deg",
    "sharpness_ratio",
    "flicker_ratio",
)


def matrices(
    identities: Sequence[str], pairs: Mapping[str, PairMetrics | None], real: Mapping[str, RealMetrics]
) -> dict[str, list[list[float | None]]]:
    """N x N values of each figure; None where nothing was measured.

    On the diagonal, where nobody is swapped, stand the footage's own faces if the figure has a meaning for them.
    """
    found: dict[str, list[list[float | None]]] = {}
    for figure in SHOWN:
        found[figure] = [[_value(figure, row, column, pairs, real) for column in identities] for row in identities]
    return found


def _value(
    figure: str,
    footage: str,
    identity: str,
    pairs: Mapping[str, PairMetrics | None],
    real: Mapping[str, RealMetrics],
) -> float | None:
    if footage == identity:
        own, name = real.get(footage), _REAL.get(figure)
        return None if own is None or name is None else own.get(name)
    figures = pairs.get(pair_key(footage, identity))
    return None if figures is None else figures.get(figure)
