"""Tells decoders how strong the grain of real faces is; what is measured once need not be learned."""

import torch

from faceswap_lab.data.datamodule import FaceDataModule
from faceswap_lab.data.grain import grain_strength
from faceswap_lab.models.autoencoder import SharedAutoencoder

_FACES = 48
"""Of each identity that are looked at: medians over more differ by less than anybody sees."""


def measure_grain(net: SharedAutoencoder, data: FaceDataModule) -> None:
    """Measures it on some of each identity's training faces, for decoders that draw grain.

    Args:
        net: Its decoders are told.
        data: After ``setup``.
    """
    for name in net.identities:
        decoder = net.decoder_of(name)
        if decoder.grain_cells:
            crops = data.some_crops(name, _FACES)
            strength_KK = grain_strength(crops, size=decoder.finished_size, cells=decoder.grain_cells)
            decoder.set_grain(torch.from_numpy(strength_KK))
