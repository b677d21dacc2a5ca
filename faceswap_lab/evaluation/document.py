"""The frame of every page we write: style inside, no script, and nothing that could be loaded from elsewhere."""

from importlib.resources import files

from faceswap_lab.core.markup import Html, tag
from faceswap_lab.core.page_policy import page_policy


def document(title: str, *sections: str) -> str:
    """A whole HTML page.

    The policy in it lets a browser show embedded pictures and this very style, and refuses all else: scripts, forms,
    and every address on a network.

    Args:
        title: Of the window.
        sections: Contents, text among them escaped.
    """
    style = files("faceswap_lab.evaluation").joinpath("report.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        page_policy(style),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Html(style)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', tag('main', *sections)), lang='en')}\n"


def section(title: str, anchor: str, *parts: str) -> Html:
    """A part of a page under a headline."""
    return tag("section", tag("h2", title, id_=anchor), *parts, aria_labelledby=anchor)
