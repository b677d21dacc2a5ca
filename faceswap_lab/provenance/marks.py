"""Which marks an output carries, besides the manifest that every output has."""

from __future__ import annotations

from typing import Any

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.media.writer import WriterFactory
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.marking import Marking, Watermark

_ON = Watermark()


class Marks:
    """The marks of an output.

    Args:
        label: Visible label in every frame from the first swapped one on; None leaves the picture without.
        watermark: Invisible mark in every frame; None leaves it out, and needs a reason.
        reason: Why there is no watermark; goes into the manifest.

    Raises:
        ConfigError: There is neither watermark nor reason, or a reason for what is not left out.
    """

    def __init__(
        self, *, label: CornerLabel | None, watermark: Watermark | None = _ON, reason: str | None = None
    ) -> None:
        if watermark is None and not (reason and reason.strip()):
            raise ConfigError(
                "provenance.reason is missing: the watermark is left out only for a reason, which the manifest states"
            )
        if watermark is not None and reason:
            raise ConfigError(
                "provenance.reason has no effect here: the watermark is on; provenance=unmarked leaves it out"
            )
        self.label, self.watermark, self.reason = label, watermark, reason

    def over(self, writer: WriterFactory, origin: Any) -> tuple[WriterFactory, Marking | None]:
        """How to write marked frames, and the mark that they carry.

        Args:
            writer: How to write them unmarked.
            origin: As `Watermark.begin`, which says what can go wrong.
        """
        if self.watermark is None:
            return writer, None
        marking = self.watermark.begin(origin)
        return marking.over(writer), marking

    def stated(self, marking: Marking | None) -> dict[str, Any]:
        """What the manifest says of the marks.

        Args:
            marking: The output's watermark.
        """
        label = None if self.label is None else self.label.text
        watermark = None if marking is None else marking.stated()
        return {"label": label, "watermark": watermark} | ({"reason": self.reason} if self.reason else {})
