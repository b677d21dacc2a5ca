"""Histograms of a face set as inline SVG; colours come from the page's style, so that they follow light and dark."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from faceswap_lab.core.markup import Html, join, tag
from faceswap_lab.faces.curation.pose_bins import BIN_DEG

WIDTH, HEIGHT = 360, 170
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 24
MOST_YAW_BIN = 9


def histogram(title: str, values: Sequence[float], unit: str, *, num_bins: int = 20) -> Html:
    """How many faces have which value.

    Args:
        title: What is counted.
        values: One a face; not finite ones are left out.
        unit: Of the values, or empty.
        num_bins: Number of bars.
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return tag("figure", tag("figcaption", tag("strong", title), " not known"), class_="chart")
    low, high = float(min(finite)), float(max(finite))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    counts, _ = np.histogram(finite, bins=num_bins, range=(low, high))
    said = f"median {np.median(finite):.3g}{unit}, {min(finite):.3g} to {max(finite):.3g}"
    step = (WIDTH - LEFT - RIGHT) / num_bins
    bars = _bars(counts.tolist(), LEFT, step, step * 0.88, "c0", float(counts.max()))
    ticks = [(share, f"{low + share * (high - low):.3g}{unit}") for share in (0.0, 0.5, 1.0)]
    return _figure(title, said, [*_frame(float(counts.max()), "{:.0f}"), *bars, *_ticks(ticks)])


def coverage(counts: Mapping[str, Mapping[int, int]]) -> Html:
    """Share of the faces at each step of yaw, for one set or for two beside one another.

    Args:
        counts: By name of the set: number of faces by step, see ``pose_bins.yaw_counts``.
    """
    shares = {
        name: [100 * inside.get(step, 0) / max(sum(inside.values()), 1) for step in _steps()]
        for name, inside in counts.items()
    }
    top = max(max(values) for values in shares.values()) or 1.0
    slot = (WIDTH - LEFT - RIGHT) / len(_steps())
    width = slot * 0.84 / len(shares)
    bars = [
        bar
        for place, values in enumerate(shares.values())
        for bar in _bars(values, LEFT + place * width, slot, width, f"c{place}", top)
    ]
    middle = 0.5 / len(_steps())
    places = ((-60, 3), (-30, 6), (0, 9), (30, 12), (60, 15))
    ticks = [(place / len(_steps()) + middle, f"{degrees}°") for degrees, place in places]
    legend = [tag("span", tag("i", class_=f"key c{place}"), name) for place, name in enumerate(shares)]
    return _figure("Yaw", join(*legend), [*_frame(top, "{:.0f} %"), *bars, *_ticks(ticks)])


def gaps(ours: Mapping[int, int], theirs: Mapping[int, int], *, share: float = 0.02) -> list[int]:
    """Steps of yaw that hold at least this share of their faces and none of ours."""
    total = max(sum(theirs.values()), 1)
    return sorted(step for step, count in theirs.items() if count / total >= share and not ours.get(step))


def degrees_of(step: int) -> str:
    """The angles of a step: ``15° to 25°``."""
    return f"{(step - 0.5) * BIN_DEG:.0f}° to {(step + 0.5) * BIN_DEG:.0f}°"


def _steps() -> range:
    return range(-MOST_YAW_BIN, MOST_YAW_BIN + 1)


def _bars(values: Sequence[float], start: float, step: float, width: float, style: str, top: float) -> list[Html]:
    floor = HEIGHT - BOTTOM
    heights = [value / top * (floor - TOP) for value in values]
    return [
        tag(
            "rect",
            x=round(start + place * step, 1),
            y=round(floor - height, 1),
            width=round(width, 1),
            height=round(height, 1),
            class_=f"bar {style}",
        )
        for place, height in enumerate(heights)
        if height > 0
    ]


def _frame(top: float, form: str) -> list[Html]:
    floor = HEIGHT - BOTTOM
    return [
        tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=floor, y2=floor, class_="grid"),
        tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=TOP, y2=TOP, class_="grid"),
        tag("text", form.format(top), x=LEFT - 4, y=TOP + 4, text_anchor="end"),
        tag("text", "0", x=LEFT - 4, y=floor + 4, text_anchor="end"),
    ]


def _ticks(ticks: Sequence[tuple[float, str]]) -> list[Html]:
    anchors = {0.0: "start", 1.0: "end"}
    return [
        tag(
            "text",
            text,
            x=round(LEFT + share * (WIDTH - LEFT - RIGHT), 1),
            y=HEIGHT - 6,
            text_anchor=anchors.get(share, "middle"),
        )
        for share, text in ticks
    ]


def _figure(title: str, said: str, parts: Sequence[Html]) -> Html:
    picture = tag("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=title)
    return tag("figure", tag("figcaption", tag("strong", title), " ", said), picture, class_="chart")
