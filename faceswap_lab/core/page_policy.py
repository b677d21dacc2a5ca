"""What a browser may do with a page of ours: show embedded pictures and the page's own style, run its own script."""

import base64
import hashlib

from faceswap_lab.core.markup import Html, tag


def page_policy(style: str, script: str | None = None) -> Html:
    """The strict Content-Security-Policy that stands in the head of every page we write.

    Everything else is refused: other scripts and styles, forms, and every address on a network.

    Args:
        style: Content of the one ``<style>`` element.
        script: Content of the one ``<script>`` element; None: the page has none.
    """
    scripts = "" if script is None else f"script-src '{_hash(script)}'; "
    policy = f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; {scripts}base-uri 'none'; "
    return tag("meta", http_equiv="Content-Security-Policy", content=policy + "form-action 'none'")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"
