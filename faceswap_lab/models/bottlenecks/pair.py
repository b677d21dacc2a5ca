"""What bottlenecks for exactly two people share: they draw the first as the second does, never the reverse."""

from collections.abc import Sequence

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Bottleneck


class PairBottleneck(Bottleneck):
    """Takes two identities in order: whose face is drawn, and whose footage it is drawn into.

    Raises:
        ConfigError: There are not two.
    """

    def __init__(self, kind: str, identities: Sequence[str]) -> None:
        super().__init__()
        if len(identities) != 2:
            raise ConfigError(
                f"bottleneck={kind} takes exactly two identities, first the one whose face is drawn, then the one of "
                f"the footage; got {len(identities)}: {', '.join(identities)}"
            )
        self._kind, self.drawn, self.footage = kind, identities[0], identities[1]

    def refusal(self, identity: str) -> str | None:
        if identity == self.drawn:
            return None
        return (
            f"bottleneck={self._kind} draws {self.drawn} into footage of {self.footage} only; for the other direction "
            "train with the face sets in the other order"
        )
