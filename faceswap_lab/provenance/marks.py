"""Which marks an output carries, besides the manifest that every output has."""

from __future__ import annotations

from faceswap_lab.provenance.label import CornerLabel


class Marks:
    """The marks of an output.

    Args:
        label: Visible label in every frame from the first swapped one on; None leaves the picture without.
    """

    def __init__(self, *, label: CornerLabel | None) -> None:
        self.label = label
