"""What the parts of a network promise each other: shapes, and what each slot asks of its part.

Shape letters: B batch, N random numbers, C channels, H and W height and width of a feature map, S side of a square
image in px.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError


class FeatureSpec(NamedTuple):
    """Shape of a square feature map, without the batch.

    Attributes:
        channels: Number of channels.
        size: Height and width.
    """

    channels: int
    size: int


class Decoded(NamedTuple):
    """What a decoder draws.

    Attributes:
        image_B3SS: RGB in [0, 1].
        mask_B1SS: Share of face in each pixel, in [0, 1], or None for a decoder without mask head.
    """

    image_B3SS: Tensor
    mask_B1SS: Tensor | None


class Encoder(nn.Module):
    """From faces (B, 3, input_size, input_size), RGB in [0, 1], to a map of shape ``out_spec``.

    The bases in this file hold no behaviour: they name what a part states about itself, once it is built.
    """

    input_size: int
    out_spec: FeatureSpec

    def options_to_rebuild(self) -> dict[str, Any]:
        """Options that differ when its weights come from a checkpoint, so that none are fetched again."""
        return {}


class Bottleneck(nn.Module):
    """From the encoder's map to a code of the face, and from that to the latent of an identity.

    What is called is the part that sees all identities in one pass; ``latent_of`` is what an identity adds, nothing
    here. Latents have the shape ``out_spec``. Where ``morphs``, a swap can go part of the way, as far as ``strength``.
    """

    out_spec: FeatureSpec
    noise_size: int = 0
    """How many random numbers it takes for each face in training."""
    noise_BN: Tensor | None = None
    """Those of the faces that come next, from the standard normal distribution; without them it draws its own."""
    morphs: bool = False
    strength: float | Tensor = 1.0

    def latent_of(self, code: Tensor, identity: str) -> Tensor:
        """What the decoder of an identity reads, (B, C, H, W)."""
        return code

    def refusal(self, identity: str) -> str | None:
        """Why nobody else's faces can be drawn as this identity, or None where they can."""
        return None

    def set_strength(self, strength: float) -> None:
        """How far a swap goes from the footage's person to the drawn one, in [0, 1], where it can go part of the way.

        Raises:
            ConfigError: This one cannot, or the strength is out of range.
        """
        raise ConfigError(f"strength={strength}: this network swaps wholly or not at all; train with bottleneck=amp")

    def penalty(self) -> Tensor | None:
        """A term for the loss, of the faces that went through last; None where there is nothing to add."""
        return None


class Decoder(nn.Module):
    """From the latent to ``Decoded``, ``output_size`` px a side: what is compared with real faces in training.

    What is shown is that, finished: ``finished_size`` px a side, with what is measured on real faces, not learned.
    """

    output_size: int
    grain_cells: int = 0
    """Along each side of a face, of how many places the strength of grain is to be measured; 0: it draws none."""

    @property
    def finished_size(self) -> int:
        """Side of a finished face, px."""
        return self.output_size

    def finish(self, decoded: Decoded) -> Decoded:
        """A face as it is shown; here as it was drawn."""
        return decoded

    def set_grain(self, strength_KK: Tensor) -> None:
        """Takes how strong an identity's grain is, as spread of the luma in [0, 1]; for those with ``grain_cells``."""


class BottleneckFactory(Protocol):
    """Builds a bottleneck for the map that the chosen encoder gives and the identities that will use it, in order."""

    def __call__(self, *, in_spec: FeatureSpec, identities: Sequence[str]) -> Bottleneck: ...


class DecoderFactory(Protocol):
    """Builds a fresh decoder, called once per identity."""

    def __call__(self, *, in_spec: FeatureSpec) -> Decoder: ...


@runtime_checkable
class PerIdentity(Protocol):
    """A decoder factory that makes different ones."""

    def for_identities(self, identities: Sequence[str]) -> list[DecoderFactory]:
        """A factory for each identity, in order."""
        ...
