"""Training curves as inline SVG, read from the CSV that the run's logger wrote."""

import csv
import math
from collections.abc import Mapping
from pathlib import Path

from faceswap_lab.core.markup import Html, join, tag

Series = list[tuple[float, float]]

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 72, 12, 12, 32
MAX_POINTS = 240
COLOURS = 8


def read_curves(path: Path) -> dict[str, Series]:
    """Steps and values of every logged figure; columns that hold no numbers are left out.

    Args:
        path: `metrics.csv` with a `step` column; cells may be empty.
    """
    curves: dict[str, Series] = {}
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            step = _number(row.get("step"))
            if step is None:
                continue
            for name, cell in row.items():
                value = _number(cell)
                if name not in ("step", "epoch") and value is not None:
                    curves.setdefault(name, []).append((step, value))
    return curves


def choose(curves: dict[str, Series], *names: str) -> dict[str, Series]:
    """The curves of these names, or of their ``_step`` or ``_epoch`` forms, that have at least two points."""
    chosen = {}
    for name in names:
        for logged in (name, f"{name}_step", f"{name}_epoch"):
            if len(curves.get(logged, [])) > 1:
                chosen[name] = curves[logged]
                break
    return chosen


def thin(series: Series, most: int = MAX_POINTS) -> Series:
    """At most that many points: neighbours are averaged, so that a noisy curve shows its course."""
    size = math.ceil(len(series) / most)
    groups = [series[start : start + size] for start in range(0, len(series), size)]
    return [(sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group)) for group in groups]


def line_chart(title: str, curves: Mapping[str, Series], *, over: str = "training steps") -> Html:
    """A line chart with a legend; colours come from the page's style.

    Args:
        title: What is shown.
        curves: Points by name, x ascending; after the eighth, colours come again with dashes.
        over: What x counts.
    """
    thinned = {name: thin(series) for name, series in curves.items()}
    points = [point for series in thinned.values() for point in series]
    x_low, x_high = _bounds([0.0, *(x for x, _ in points)])
    y_low, y_high = _bounds([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)
        return round(across, 1), round(HEIGHT - BOTTOM - (y - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM), 1)

    grid = []
    for share in (0.0, 0.5, 1.0):
        x, y = x_low + share * (x_high - x_low), y_low + share * (y_high - y_low)
        left, level = place(x_low, y)
        across, floor = place(x, y_low)
        grid.append(tag("line", x1=left, x2=WIDTH - RIGHT, y1=level, y2=level, class_="grid"))
        grid.append(tag("text", f"{y:.3g}", x=LEFT - 8, y=level + 4, text_anchor="end"))
        anchor = {0.0: "start", 1.0: "end"}.get(share, "middle")
        grid.append(tag("text", _tick(x), x=across, y=floor + 20, text_anchor=anchor))
    paths = [" ".join(f"{x},{y}" for x, y in (place(*point) for point in series)) for series in thinned.values()]
    lines = [tag("polyline", points=path, class_=f"line {_look(i)}") for i, path in enumerate(paths)]
    label = f"{title} over {over}: " + "; ".join(
        f"{name} from {series[0][1]:.3g} to {series[-1][1]:.3g}" for name, series in thinned.items()
    )
    picture = tag("svg", *grid, *lines, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label)
    legend = [tag("span", tag("i", class_=f"key {_look(i)}"), name) for i, name in enumerate(thinned)]
    caption = tag("figcaption", tag("strong", title), f" over {over} ", join(*legend), class_="legend")
    return tag("figure", caption, picture, class_="chart")


def _look(place: int) -> str:
    return f"c{place % COLOURS}" + (" dashed" if place >= COLOURS else "")


def _tick(value: float) -> str:
    return f"{value:.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.3g}"


def _bounds(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _number(cell: object) -> float | None:
    try:
        value = float(cell) if isinstance(cell, str) and cell else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None
