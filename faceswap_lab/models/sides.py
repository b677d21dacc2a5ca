"""Sides of square images, and whether a network can halve them."""

from faceswap_lab.core.errors import ConfigError


def check_halvings(key: str, *, size: int, halvings: int) -> None:
    """Passes if ``size`` can be halved ``halvings`` times.

    Args:
        key: Option that holds the size, for the message.
        size: Side, px.
        halvings: How often the network halves it.

    Raises:
        ConfigError: It cannot; the message names the nearest side that can.
    """
    stride = 2**halvings
    if size < stride or size % stride:
        nearest = max(1, round(size / stride)) * stride
        raise ConfigError(
            f"{key}={size} cannot be halved {halvings} times; use a multiple of {stride}, such as {nearest}"
        )
