"""Which marks an output carries, and who signs it, besides the manifest that every output has."""

from __future__ import annotations

import copy
from typing import Any, Self

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.media.writer import WriterFactory
from faceswap_lab.provenance.authority import Identification
from faceswap_lab.provenance.credential import Credential
from faceswap_lab.provenance.end_card import EndCard
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.marking import Marking, Watermark

_ON = Watermark()
_SIGNED = Credential()


class Marks:
    """The marks of an output.

    Args:
        label: Visible label in every frame from the first swapped one on; None leaves the picture without.
        watermark: Invisible mark in every frame; None leaves it out, and needs a reason.
        credential: Signs the output and its manifest; None leaves that out, and needs a reason.
        reason: Why there is no watermark or no credential; goes into the manifest.
        end_card: Shown after the last frame of a video; None or 0 seconds: nothing is.

    Raises:
        ConfigError: Watermark or credential is missing without a reason, or there is a reason for what is not left out.
    """

    def __init__(
        self,
        *,
        label: CornerLabel | None,
        watermark: Watermark | None = _ON,
        credential: Credential | None = _SIGNED,
        reason: str | None = None,
        end_card: EndCard | None = None,
    ) -> None:
        left_out = [name for name, mark in (("watermark", watermark), ("credential", credential)) if mark is None]
        if left_out and not (reason and reason.strip()):
            raise ConfigError(
                f"provenance.reason is missing: the {left_out[0]} is left out only for a reason, "
                "which the manifest states"
            )
        if not left_out and reason:
            raise ConfigError(
                "provenance.reason has no effect here: watermark and credential are on; provenance=unmarked leaves the "
                "watermark out, provenance.credential=null the credential"
            )
        self.label, self.watermark, self.credential, self.reason = label, watermark, credential, reason
        self.end_card = end_card if end_card is not None and end_card.seconds > 0 else None

    def without_end_card(self) -> Self:
        """The same for an output that cannot have one."""
        other = copy.copy(self)
        other.end_card = None
        return other

    def identification(self) -> Identification | None:
        """Who signs the output; None where nobody does. Raises as `Credential.identification`."""
        return None if self.credential is None else self.credential.identification()

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

    def stated(self, marking: Marking | None, identification: Identification | None) -> dict[str, Any]:
        """What the manifest says of the marks.

        Args:
            marking: The output's watermark.
            identification: Who signs it.
        """
        stated: dict[str, Any] = {
            "label": None if self.label is None else self.label.text,
            "watermark": None if marking is None else marking.stated(),
            "credential": None
            if identification is None
            else {"certificate_sha256": identification.fingerprint, "local_authority": identification.is_local},
        }
        if self.end_card is not None:
            stated["end_card"] = {"text": self.end_card.text, "seconds": self.end_card.seconds}
        return stated | ({"reason": self.reason} if self.reason else {})
