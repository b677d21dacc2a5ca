"""Decoders of one kind that differ between identities: more capacity for whom it is worth it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoder, DecoderFactory, FeatureSpec


class Asymmetric:
    """Makes a decoder, with other options for some identities.

    Args:
        decoder: Makes it for everybody.
        options: Identity to what differs for it, such as ``{"bob": {"widths": [512, 256, 128]}}``. The side of what is
            drawn must stay the same.
    """

    def __init__(self, *, decoder: DecoderFactory, options: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._decoder = decoder
        self._options = {name: dict(changes) for name, changes in (options or {}).items()}

    def __call__(self, *, in_spec: FeatureSpec) -> Decoder:
        return self._decoder(in_spec=in_spec)

    def for_identities(self, identities: Sequence[str]) -> list[DecoderFactory]:
        """A factory for each identity, in order.

        Raises:
            ConfigError: Options are given for somebody else.
        """
        unknown = [name for name in self._options if name not in identities]
        if unknown:
            raise ConfigError(
                f"model.decoder.options.{unknown[0]}: no such identity; the network has {', '.join(identities)}"
            )
        return [partial(self._decoder, **self._options.get(name, {})) for name in identities]
