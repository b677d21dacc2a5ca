"""The pictures of a report: everybody as everybody, frames at even distances, the best and the worst."""

from collections.abc import Mapping, Sequence

from faceswap_lab.core.markup import Html, join, tag
from faceswap_lab.evaluation.everybody import AsEverybody
from faceswap_lab.evaluation.extremes import ERRORS, Moment
from faceswap_lab.evaluation.figure_table import NOTHING, number, words
from faceswap_lab.evaluation.pictures import Picture, figure, image_of


def everybody_table(rows: Sequence[AsEverybody], identities: Sequence[str]) -> Html:
    """A frame of each footage down, who is drawn across; on the diagonal the footage's own face, restored."""
    head = [tag("th", name, scope="col") for name in ("Footage", *identities)]
    body: list[Html] = []
    for row in rows:
        cells = [tag("th", figure(row.pictures[""]), scope="row")]
        cells += [_cell(row.pictures.get(name), own=name == row.footage) for name in identities]
        body.append(tag("tr", *cells))
    caption = "The same frame as everybody; on the diagonal, the footage's own face through its own decoder"
    whole = tag("table", tag("caption", caption), tag("thead", tag("tr", *head)), tag("tbody", *body), class_="faces")
    return tag("div", whole, class_="scroll")


def direction_pictures(
    pair: str, pictures: Sequence[Picture], moments: Mapping[str, tuple[Moment, Moment]], *, folded: bool = False
) -> Html:
    """One direction: frames at even distances, then those with the least and the largest errors.

    Args:
        pair: "footage>identity".
        pictures: At even distances, in rows of three.
        moments: Best and worst frame by error.
        folded: Show the name alone, which opens the rest: for pages of many directions.
    """
    parts: list[Html] = []
    if pictures:
        parts.append(tag("div", *[figure(picture) for picture in pictures], class_="triples"))
    if moments:
        footage, _, identity = pair.partition(">")
        about = f"Best and worst frames of {footage} as {identity}: footage, swapped, and tinted what was replaced"
        blocks: list[Html] = []
        for name, (best, worst) in moments.items():
            blocks.append(_moment("Best", name, best))
            if worst.index != best.index:
                blocks.append(_moment("Worst", name, worst))
        parts += [tag("p", about), tag("div", *blocks, class_="moments")]
    headline = tag("h3", words(pair))
    return tag("details", tag("summary", headline), *parts) if folded else join(headline, *parts)


def _cell(picture: Picture | None, *, own: bool) -> Html:
    return tag("td", NOTHING if picture is None else figure(picture), **({"class_": "own"} if own else {}))


def _moment(which: str, name: str, moment: Moment) -> Html:
    label, unit = ERRORS[name]
    strip = tag("div", *[image_of(picture) for picture in moment.pictures], class_="strip")
    said = join(tag("strong", f"{which}: {number(moment.value)}"), f" {unit}, {moment.place}. ", tag("small", label))
    return tag("figure", strip, tag("figcaption", said))
