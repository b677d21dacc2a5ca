"""One page that shows a face set: what is in it, how it is spread, and its faces to tick and throw out."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from faceswap_lab.core.files import atomic_write_text, check_output
from faceswap_lab.core.markup import Html, join, table, tag
from faceswap_lab.core.page_policy import page_policy
from faceswap_lab.core.progress import track
from faceswap_lab.faces.curation.charts import coverage, degrees_of, gaps, histogram
from faceswap_lab.faces.curation.columns import size_of
from faceswap_lab.faces.curation.contact_sheet import Thumbnail, sheet, thumbnail
from faceswap_lab.faces.curation.marks import journal
from faceswap_lab.faces.curation.order import ordered, read_order
from faceswap_lab.faces.curation.pose_bins import yaw_counts
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_safety import names_in
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.mean_embedding import evenly_spaced


def show(faceset: Faceset, output: str | Path, *, other: Faceset | None = None, max_faces: int = 300) -> int:
    """Writes the page and returns how many faces its contact sheet shows.

    Args:
        faceset: The set.
        output: The HTML file; it needs no other file and no network.
        other: Another set, whose yaw coverage stands beside this one's.
        max_faces: Most pictures on the sheet, spread evenly over the kept order.

    Raises:
        OutputError: The page cannot be written.
    """
    check_output(output)
    chosen = evenly_spaced(ordered(faceset, include_rejected=True), max_faces)
    faces = track(chosen, total=len(chosen), description="drawing the contact sheet")
    thumbnails = [thumbnail(faceset, row) for row in faces]
    atomic_write_text(output, "<!doctype html>\n" + page(faceset, thumbnails, other=other))
    return len(thumbnails)


def page(faceset: Faceset, thumbnails: Sequence[Thumbnail], *, other: Faceset | None = None) -> Html:
    """The page's markup."""
    title = f"Faces of {faceset.identity.name}"
    everything, accepted = faceset.rows(include_rejected=True), faceset.rows()
    body = tag(
        "main",
        tag("h1", title),
        tag("p", _lead(faceset, everything, accepted), class_="lead"),
        tag("h2", "Spread"),
        _charts(faceset, accepted, thumbnails),
        tag("h2", "Coverage of head turns"),
        *_coverage(faceset, accepted, other),
        tag("h2", "Contact sheet"),
        _sheet_words(faceset, len(everything), len(thumbnails)),
        sheet(faceset, thumbnails),
        tag("h2", "Where they come from"),
        *_origin(faceset, everything),
        _basket(faceset),
    )
    style, script = _file("page.css"), _file("page.js")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        page_policy(style, script),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Html(style)),
    )
    return tag("html", head, tag("body", body, tag("script", Html(script))), lang="en")


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _lead(faceset: Faceset, everything: Sequence[FaceRow], accepted: Sequence[FaceRow]) -> str:
    there = names_in(faceset.path / "crops")
    num_rejected = sum(row.rejected for row in everything)
    num_gone = sum(not row.rejected and row.file_name not in there for row in everything)
    gone = f", {num_gone} whose crop was deleted" if num_gone else ""
    spec = faceset.crop_spec
    return (
        f"{len(accepted)} faces in use, {num_rejected} rejected{gone}; crops of kind {spec.kind} at {spec.size} px. "
        f"Consent: {_consent(faceset)}."
    )


def _consent(faceset: Faceset) -> str:
    consent = faceset.identity.consent
    said = [consent.basis, *([f"for {consent.scope}"] if consent.scope else [])]
    said += [f"until {consent.expiry}"] if consent.expiry else []
    return ", ".join(said) + (f"; revoked on {consent.revoked}" if consent.revoked else "")


def _charts(faceset: Faceset, rows: Sequence[FaceRow], thumbnails: Sequence[Thumbnail]) -> Html:
    stored = [value for row in rows if (value := getattr(row, "brightness", None)) is not None]
    shown = [one.brightness for one in thumbnails if one.brightness is not None and not one.row.rejected]
    return tag(
        "div",
        histogram("Yaw", [row.yaw for row in rows], "°"),
        histogram("Pitch", [row.pitch for row in rows], "°"),
        histogram("Sharpness", [row.sharpness for row in rows], ""),
        histogram("Size of the crop in the frame", [size_of(row, faceset.crop_spec.size) for row in rows], " px"),
        histogram("Brightness" if stored else "Brightness of the faces shown", stored or shown, ""),
        class_="charts",
    )


def _coverage(faceset: Faceset, rows: Sequence[FaceRow], other: Faceset | None) -> list[Html]:
    ours = yaw_counts(rows)
    if other is None:
        words = "Share of the faces at each step of ten degrees. Give other=FOLDER to see another set beside it."
        return [tag("p", words), tag("div", coverage({faceset.identity.name: ours}), class_="charts")]
    theirs = yaw_counts(other.rows())
    names = faceset.identity.name, other.identity.name
    if names[0] == names[1]:
        names = faceset.path.name, f"{other.path.name} (other)"
    lines = [
        f"{lacking} has no face at {', '.join(map(degrees_of, found))}, where {showing} has some."
        for lacking, showing, found in (
            (names[0], names[1], gaps(ours, theirs)),
            (names[1], names[0], gaps(theirs, ours)),
        )
        if found
    ]
    said = lines or ["Each shows the head turns that the other does."]
    chart = tag("div", coverage({names[0]: ours, names[1]: theirs}), class_="charts")
    return [*[tag("p", line) for line in said], chart]


def _sheet_words(faceset: Faceset, num_all: int, num_shown: int) -> Html:
    sorted_by = read_order(faceset)[0] or "time"
    part = f"{num_shown} of {num_all} faces, spread evenly" if num_shown < num_all else f"All {num_all} faces"
    return tag("p", f"{part}, sorted by {sorted_by}. Tick faces to get the command that rejects them.")


def _origin(faceset: Faceset, rows: Sequence[FaceRow]) -> list[Html]:
    counts = {media.sha256: 0 for media in faceset.identity.media}
    for row in rows:
        counts[row.media] = counts.get(row.media, 0) + 1
    lines = [
        [media.name, f"{media.width} x {media.height}", str(counts[media.sha256]), media.sha256[:12]]
        for media in faceset.identity.media
    ]
    found = table("Footage", ["name", "frame", "faces", "SHA-256"], lines)
    changes = journal(faceset)
    if not changes:
        return [found]
    done = table("Changes, the last one first", ["what", "when"], [[one.what, one.made_at] for one in changes])
    return [found, done]


def _basket(faceset: Faceset) -> Html:
    command = f"faceswap-lab faces edit faceset={shlex.quote(str(faceset.path))} reject="
    text = tag("textarea", command, readonly="", rows=2, aria_label="command that rejects the ticked faces")
    return tag("div", tag("strong", "0 ticked"), join(text), id="basket", hidden="", data_command=command)
