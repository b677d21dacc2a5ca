"""What `training.compile=true` needs of the machine, said in one line where it is not there."""

from collections.abc import Iterator
from contextlib import contextmanager

from faceswap_lab.core.errors import ConfigError


@contextmanager
def compiling(compiled: bool) -> Iterator[None]:
    """Steps of a network that torch.compile compiles when it first sees a batch.

    Args:
        compiled: Whether it does; if not, nothing is done here.

    Raises:
        ConfigError: This machine cannot: a C++ compiler (on a GPU: Triton) is missing or fails.
    """
    if not compiled:
        yield
        return
    from torch._dynamo.exc import TorchDynamoException  # loads what compiles, which takes seconds

    try:
        yield
    except TorchDynamoException as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        why = lines[0] if lines else type(error).__name__
        raise ConfigError(
            f"training.compile=true does not work on this machine: {why}; "
            "install a C++ compiler, such as g++, or set training.compile=false"
        ) from error
