"""HTML that is escaped unless it says otherwise: text is `str`, finished markup is `Html`."""

import html


class Html(str):
    """Markup that may stand in a page as it is."""

    __slots__ = ()


VOID = frozenset({"img", "meta", "link", "br", "input", "wbr"})


def tag(name: str, *children: str, **attributes: str | int | float) -> Html:
    """One element; text among its children is escaped.

    Args:
        name: The element.
        *children: Text, or `Html` from this function.
        **attributes: A trailing underscore is dropped and the others become dashes: ``class_``, ``aria_label``.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"' for key, value in attributes.items()
    )
    if name in VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*parts: str) -> Html:
    """The parts one after the other, text escaped."""
    return Html("".join(part if isinstance(part, Html) else html.escape(part) for part in parts))


def table(caption: str, header: list[str], rows: list[list[str]]) -> Html:
    """A table whose first column names the rows."""
    head = tag("thead", tag("tr", *[tag("th", cell, scope="col") for cell in header]))
    body = [tag("tr", tag("th", row[0], scope="row"), *[tag("td", cell) for cell in row[1:]]) for row in rows]
    return tag("div", tag("table", tag("caption", caption), head, tag("tbody", *body)), class_="scroll")
