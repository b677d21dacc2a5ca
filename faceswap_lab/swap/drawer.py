"""What draws faces, whatever runs it: crops of anybody in, faces of one identity out.

Shape letters: B batch, S side of a face in px.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.autoencoder import SharedAutoencoder


class SwappedFaces(NamedTuple):
    """What was drawn for a batch.

    Attributes:
        images: RGB in [0, 1], float32, shape (B, S, S, 3).
        masks: Share of face in each pixel, [0, 1], float32, shape (B, S, S); None for a network without mask head.
    """

    images: NDArray[np.float32]
    masks: NDArray[np.float32] | None


class Drawer(Protocol):
    """A network, by torch or by another runtime.

    Attributes:
        identities: Whom it knows.
        input_size: Side of the crops that it takes, px.
        output_size: Side of what it draws, px.
        device: On which it runs.
    """

    identities: list[str]
    input_size: int
    output_size: int
    device: torch.device | str

    def draw(self, faces_BSS3: NDArray[np.uint8], identity: str) -> SwappedFaces:
        """Faces of the identity that do what the crops' faces do."""
        ...

    def can_draw(self, identity: str) -> bool:
        """Whether it can draw the identity at all, be it from that person's own faces."""
        ...

    def refusal(self, identity: str) -> str | None:
        """Why nobody else's faces can be drawn as this identity, or None where they can."""
        ...

    def set_strength(self, strength: float) -> None:
        """How far swaps go, in [0, 1]; raises ConfigError where they cannot go part of the way."""
        ...


class TorchDrawer:
    """Draws by the network that was trained.

    Args:
        network: The network; it is moved to the device and put into evaluation mode.
        device: ``auto`` (CUDA where there is one), ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        ConfigError: There is no such device.
    """

    def __init__(self, network: SharedAutoencoder, *, device: str) -> None:
        self.device: torch.device | str = _find_device(device)
        self.identities = list(network.identities)
        self.input_size, self.output_size = network.input_size, network.finished_size
        self.network = network.to(self.device).eval()

    def draw(self, faces_BSS3: NDArray[np.uint8], identity: str) -> SwappedFaces:
        """See `Drawer.draw`."""
        with torch.inference_mode():
            faces_B3SS = torch.from_numpy(faces_BSS3).to(self.device).permute(0, 3, 1, 2).float() / 255
            decoded = self.network(faces_B3SS, identity)
            images = decoded.image_B3SS.float().clamp(0, 1).permute(0, 2, 3, 1).contiguous().cpu().numpy()
            if decoded.mask_B1SS is None:
                return SwappedFaces(images, None)
            return SwappedFaces(images, decoded.mask_B1SS[:, 0].float().clamp(0, 1).cpu().numpy())

    def can_draw(self, identity: str) -> bool:
        """See `Drawer.can_draw`."""
        return identity in self.identities

    def refusal(self, identity: str) -> str | None:
        """See `Drawer.refusal`."""
        return self.network.refusal(identity)

    def set_strength(self, strength: float) -> None:
        """See `Drawer.set_strength`."""
        self.network.bottleneck.set_strength(strength)


def _find_device(device: str) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(device)
    except RuntimeError as error:
        raise ConfigError(f"device={device} is unknown; use auto, cpu or cuda") from error
    if found.type not in ("cpu", "cuda"):
        raise ConfigError(f"device={device} is not supported; use auto, cpu or cuda")
    if found.type == "cuda" and (found.index or 0) >= torch.cuda.device_count():
        raise ConfigError(f"device={device}: torch sees {torch.cuda.device_count()} CUDA devices; use auto or cpu")
    return found
