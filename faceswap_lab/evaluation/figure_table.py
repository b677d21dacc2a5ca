"""The tables of figures in a report: directions side by side, matrices, and how well faces are restored."""

from collections.abc import Mapping
from typing import Any, cast

from faceswap_lab.core.markup import Html, join, table, tag
from faceswap_lab.evaluation.expression import STILL
from faceswap_lab.evaluation.schema import GOALS, Metrics

NOTHING = "\N{EN DASH}"

Row = tuple[str, str]

GROUPS: dict[str, dict[str, Row]] = {
    "Whose face it is": {
        "identity_distance_target": ("Distance to the identity swapped in", "descriptor distance, 0.6 = one person"),
        "identity_distance_footage": ("Distance to the footage's identity", "descriptor distance"),
        "closer_to_target_ratio": ("Closer to the identity swapped in", "share of faces"),
        "verified_target_ratio": ("Passes for the identity swapped in", "share of faces"),
        "verified_footage_ratio": ("Still passes for the footage's identity", "share of faces"),
        "rank_one_ratio": ("Found among everybody in the gallery", "share of faces"),
        "frechet_identity": ("Spread against real faces", "Fréchet distance of descriptors"),
    },
    "What it does": {
        "mouth_opening_correlation": ("Mouth follows the footage", "correlation"),
        "mouth_opening_std": ("Movement of the footage's mouth", "standard deviation of the opening"),
        "eye_opening_correlation": ("Eyes follow the footage", "correlation"),
        "eye_opening_std": ("Movement of the footage's lids", "standard deviation of the opening"),
        "expression_error": ("Expression error", "eye distances"),
        "gaze_error": ("Gaze error", "eye widths"),
        "pose_error_deg": ("Head pose error", "degrees"),
        "frechet_landmarks": ("Spread of landmarks against the footage's", "Fréchet distance"),
    },
    "How it looks": {
        "faces_found_ratio": ("Faces found again", "share of all frames"),
        "sharpness_ratio": ("Sharpness against real crops", "ratio"),
        "mask_hull_ratio": ("Opaque share of the face", "ratio to the landmark hull"),
        "seam_ratio": ("Edge at the face's outline", "ratio to the footage's"),
        "outside_exact_ratio": ("Pixels outside the mask untouched", "share, before marks and codec"),
        "background_psnr": ("Footage beside the face, as written", "PSNR, dB"),
    },
    "Over time": {
        "flicker_ratio": ("Flicker of the face", "ratio to the footage's"),
        "landmark_jerk_ratio": ("Trembling of the landmarks", "ratio to the footage's"),
        "colour_drift": ("Drift of the face's colour", "CIELAB units"),
        "identity_variance_ratio": ("Wavering of the identity", "ratio to the footage's"),
    },
    "Conversion": {
        "ms_per_frame": ("Conversion", "ms per frame"),
        "frames": ("Frames of the clip", "frames"),
        "frames_swapped": ("Frames swapped", "frames"),
        "frames_searched": ("Frames searched again", "frames"),
        "frames_embedded": ("Faces described for identity", "frames"),
    },
}


def pairs_table(metrics: Metrics) -> Html:
    """All figures of all directions, in groups, with goals and intervals."""
    pairs = {pair: cast(Mapping[str, Any], of) for pair, of in metrics["pairs"].items() if of is not None}
    header = ["Figure", "Goal", *map(words, pairs)]
    head = tag("thead", tag("tr", *[tag("th", cell, scope="col") for cell in header]))
    bodies: list[Html] = []
    for title, figures in GROUPS.items():
        rows = [tag("tr", tag("th", title, scope="rowgroup", colspan=len(header)), class_="group")]
        for name, (label, unit) in figures.items():
            goal = GOALS.get(name)
            cells = [
                _cell(name, of.get(name), metrics["intervals"].get(pair, {}).get(name), still=hardly_moves(name, of))
                for pair, of in pairs.items()
            ]
            first = tag("th", label, " ", tag("small", unit), scope="row")
            rows.append(tag("tr", first, tag("td", str(goal) if goal else ""), *[tag("td", cell) for cell in cells]))
        bodies.append(tag("tbody", *rows))
    caption = tag("caption", "Swapped faces, found again in the converted clips; below, 95 % intervals")
    shape = "scroll wide" if len(pairs) > 2 else "scroll"
    return tag("div", tag("table", caption, head, *bodies), class_=shape)


def matrix_table(metrics: Metrics, figure: str) -> Html:
    """A figure of every footage with every identity drawn over it."""
    names = list(metrics["identities"])
    label = next(figures[figure][0] for figures in GROUPS.values() if figure in figures)
    rows = [
        [name, *[number(value) for value in row]] for name, row in zip(names, metrics["matrices"][figure], strict=True)
    ]
    own = any(metrics["matrices"][figure][place][place] is not None for place in range(len(names)))
    caption = f"{label}: footage down, identity drawn across{'; on the diagonal the footage itself' if own else ''}"
    return table(caption, ["Footage", *names], rows)


def restored_table(metrics: Metrics) -> Html:
    """Held-out faces through their own decoder."""
    rows = [
        [name, *[number(of[key]) for key in ("ssim", "ms_ssim", "psnr", "l1")], str(of["frames"])]
        for name, of in metrics["restored"].items()
    ]
    header = ["Identity", "SSIM", "MS-SSIM", "PSNR, dB", "L1", "Faces"]
    return table("Held-out faces through their own decoder, inside the landmark hull", header, rows)


def cycle_table(metrics: Metrics) -> Html:
    """Held-out faces through another identity and back."""
    rows = [
        [words(pair), *[number(of[key]) for key in ("ssim", "ms_ssim", "psnr", "l1")], str(of["frames"])]
        for pair, of in metrics.get("cycle", {}).items()
    ]
    header = ["There and back", "SSIM", "MS-SSIM", "PSNR, dB", "L1", "Faces"]
    return table("The footage's faces, drawn as the identity and back as their own", header, rows) if rows else Html("")


def judge_table(metrics: Metrics) -> Html:
    """What the second embedder says beside the first."""
    judge = metrics.get("judge")
    if judge is None:
        return Html("")
    labels = GROUPS["Whose face it is"]
    names = [name for name in labels if any(name in of for of in judge["pairs"].values())]
    rows = [[labels[name][0], *[number(of.get(name)) for of in judge["pairs"].values()]] for name in names]
    caption = f"The same by a second embedder, {judge['embedder']}; {judge['threshold']:g} = one person"
    return table(caption, ["Figure", *map(words, judge["pairs"])], rows)


def detectability_table(metrics: Metrics) -> Html:
    """How well swaps are told from real faces."""
    found = metrics.get("detectability")
    if found is None:
        return Html("")
    header = ["Direction", *[f"crf {crf}" for crf in found["crf"]], "Faces asked about", "Faces learned from"]
    rows = [
        [words(pair), *map(number, of), str(found["frames"][pair]), str(found["trained_frames"][pair])]
        for pair, of in found["auc"].items()
    ]
    caption = "AUC of a small forgery classifier that never saw this footage; 0.5 is guessing, 1 tells every face"
    return table(caption, header, rows)


def cost_table(metrics: Metrics) -> Html:
    """What the checkpoint costs to run."""
    cost = metrics.get("cost")
    if cost is None:
        return Html("")
    flops, rows = cost["flops_per_face"], [["Device", cost["device"]]]
    for label, value in (
        ("Parameters", cost["parameters"]),
        ("Operations a face, GFLOP", None if flops is None else flops / 1e9),
        ("Network, ms a face", cost["network_ms_per_face"]),
        ("Conversion, ms a frame", cost["ms_per_frame"]),
        ("Most memory, MiB", cost["peak_memory_mib"]),
        ("Most memory on the GPU, MiB", cost["peak_device_memory_mib"]),
    ):
        rows.append([label, number(value)])
    return table("What it costs, on the machine that measured", ["Cost", "Value"], rows)


def words(pair: str) -> str:
    """A direction as a person says it."""
    footage, _, identity = pair.partition(">")
    return f"{footage} as {identity}"


def number(value: float | None) -> str:
    """A figure in few digits."""
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.3f}".rstrip("0").rstrip(".")


def hardly_moves(name: str, figures: Mapping[str, Any]) -> bool:
    """Whether a correlation is one with footage that hardly moves, so that it means nothing."""
    std = figures.get(name.replace("_correlation", "_std"))
    return name in STILL and std is not None and std < STILL[name]


def _cell(name: str, value: float | None, ends: list[float | None] | None, *, still: bool) -> Html:
    goal = None if still else GOALS.get(name)
    met = goal.met(value) if goal else None
    parts = [number(value)]
    if met is not None:
        parts += [" ", tag("span", "✓ met" if met else "✗ missed", class_="met" if met else "missed")]
    if still:
        parts += [" ", tag("small", "the footage hardly moves")]
    if ends is not None:
        parts.append(tag("small", f"{number(ends[0])} to {number(ends[1])}", class_="interval"))
    return join(*parts)
