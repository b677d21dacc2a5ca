"""The assembled network: faces of anyone in, the same pose and expression on a chosen identity out.

One encoder and one bottleneck see every identity, so the latent has to say what a face *does*; each identity's own
decoder knows what that person *looks like*. A swap reads one person's latent with another person's decoder.

Shape letters: B batch, C channels, H and W sides of the latent, S side of a face in px.
"""

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError, ShapeError
from faceswap_lab.models.spec import BottleneckFactory, Decoded, Decoder, DecoderFactory, Encoder, PerIdentity

__all__ = ["Decoded", "SharedAutoencoder"]


class SharedAutoencoder(nn.Module):
    """Encoder and bottleneck shared by all identities, one decoder for each.

    Args:
        encoder: States ``input_size`` and ``out_spec``.
        bottleneck: Called with ``in_spec=encoder.out_spec`` and the identities; states ``out_spec``.
        decoder: Called with ``in_spec=bottleneck.out_spec`` once per identity; states ``output_size``.
        identities: Names, each once. Their order is the order of ``decoders``, hence part of a checkpoint.
        shared_decoder: One decoder for all, for bottlenecks whose latents say whose face it is.

    Raises:
        ConfigError: No identity, a name given twice, or a decoder factory whose products share parameters or differ in
            the side of what they draw.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        bottleneck: BottleneckFactory,
        decoder: DecoderFactory,
        identities: Sequence[str],
        shared_decoder: bool = False,
    ) -> None:
        super().__init__()
        if not identities or len(set(identities)) != len(identities):
            raise ConfigError(f"model.identities={list(identities)}: name at least one identity, and each only once")
        self.identities = list(identities)
        self.encoder = encoder
        self.bottleneck = bottleneck(in_spec=encoder.out_spec, identities=self.identities)
        # A list rather than a ModuleDict, which refuses names such as "J. Doe" or "keys".
        factories = [decoder] * (1 if shared_decoder else len(identities))
        if isinstance(decoder, PerIdentity) and not shared_decoder:
            factories = decoder.for_identities(self.identities)
        decoders = [factory(in_spec=self.bottleneck.out_spec) for factory in factories]
        if len({(of_one.output_size, of_one.finished_size) for of_one in decoders}) > 1:
            drawn = ", ".join(
                f"{name} {of.output_size} px, finished {of.finished_size}"
                for name, of in zip(identities, decoders, strict=True)
            )
            raise ConfigError(f"model.decoder draws faces of different sides ({drawn}); give them the same")
        self.decoders = nn.ModuleList(decoders)
        self.input_size = encoder.input_size
        self.output_size = decoders[0].output_size
        self.finished_size = decoders[0].finished_size
        _refuse_shared_parameters(self.decoders)

    def encode(self, faces_B3SS: Tensor) -> Tensor:
        """Codes of RGB faces in [0, 1], of any mix of identities: the bottleneck's, one face a row.

        Raises:
            ShapeError: The faces are not (B, 3, input_size, input_size).
        """
        expected = (3, self.input_size, self.input_size)
        if faces_B3SS.ndim != 4 or tuple(faces_B3SS.shape[1:]) != expected:
            raise ShapeError(
                f"the network takes faces of shape (B, {', '.join(map(str, expected))}), got "
                f"{tuple(faces_B3SS.shape)}; cut the crops at {self.input_size} px"
            )
        return self.bottleneck(self.encoder(faces_B3SS))

    def decode(self, code: Tensor, identity: str) -> Decoded:
        """Faces (and masks) of ``identity`` that do what the code says, ``output_size`` px a side, not finished.

        Raises:
            ConfigError: The network has no such identity.
        """
        return self.decoder_of(identity)(self.bottleneck.latent_of(code, identity))

    def decoder_of(self, identity: str) -> Decoder:
        """What draws an identity.

        Raises:
            ConfigError: The network has no such identity.
        """
        if identity not in self.identities:
            raise ConfigError(f"identity={identity} is not in this network; it knows {', '.join(self.identities)}")
        place = self.identities.index(identity)
        return cast(Decoder, self.decoders[place % len(self.decoders)])

    def draw(self, code: Tensor, identity: str) -> Decoded:
        """As ``decode``, finished: as faces are shown, ``finished_size`` px a side."""
        return self.decoder_of(identity).finish(self.decode(code, identity))

    def refusal(self, identity: str) -> str | None:
        """Why nobody else's faces can be drawn as this identity, or None where they can."""
        return self.bottleneck.refusal(identity)

    def forward(self, faces_B3SS: Tensor, identity: str) -> Decoded:
        """Restores faces of ``identity``, or swaps anybody else's to it: finished, ``finished_size`` px a side."""
        return self.draw(self.encode(faces_B3SS), identity)


def _refuse_shared_parameters(decoders: nn.ModuleList) -> None:
    seen: set[int] = set()
    for decoder in decoders:
        parameters = {id(parameter) for parameter in decoder.parameters()}
        if parameters & seen:
            raise ConfigError(
                "model.decoder gives decoders that share parameters; parts nested in it must be factories "
                "(_partial_: true) as well"
            )
        seen |= parameters
