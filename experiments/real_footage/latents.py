"""Do the two people's latents lie apart, and is that what spoils the swap? Measures both on a checkpoint.

    python experiments/real_footage/latents.py CHECKPOINT OUTPUT

Prints how well one number tells the two people's training faces apart in the latent, and writes for each person a copy
of the checkpoint whose bottleneck adds the difference of the mean latents to that person's, for `evaluate`.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from faceswap_lab.core.checkpoint import read_card, read_checkpoint, rebuild_network
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.models.autoencoder import SharedAutoencoder


def latents(network: SharedAutoencoder, faceset: Faceset, size: int) -> np.ndarray:
    """The bottleneck's short vectors of every face, shape (faces, latent)."""
    seen: list[torch.Tensor] = []
    hook = network.bottleneck.squeeze.register_forward_hook(lambda _module, _inputs, output: seen.append(output))

    for row in faceset.rows():
        crop = cv2.resize(faceset.crop(row), (size, size), interpolation=cv2.INTER_AREA)
        faces = torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            network.encode(faces)
    hook.remove()
    return torch.cat(seen).double().numpy()


def main(path: str, output: str) -> None:
    card = read_card(path)
    network = rebuild_network(read_checkpoint(path))
    vectors = {
        n: latents(network, Faceset.open(c["faceset"]), network.input_size) for n, c in card["identities"].items()
    }
    first, second = vectors
    # Fitted on even faces, tested on odd ones: neighbours in time, so an upper bound of what holds elsewhere.
    apart = vectors[second][::2].mean(0) - vectors[first][::2].mean(0)
    middle = (vectors[second][::2].mean(0) + vectors[first][::2].mean(0)) / 2
    scores = {name: (v[1::2] - middle) @ apart for name, v in vectors.items()}
    right = np.concatenate([scores[first] < 0, scores[second] > 0]).mean()
    spread = np.sqrt((scores[first].var() + scores[second].var()) / 2)
    report = {
        "told_apart_ratio": float(right),
        "d_prime": float((scores[second].mean() - scores[first].mean()) / spread),
    }
    sys.stdout.write(json.dumps(report) + "\n")
    for name, other in ((first, second), (second, first)):
        copy = read_checkpoint(path)
        shift = torch.from_numpy(vectors[other].mean(0) - vectors[name].mean(0)).float()
        copy["state_dict"]["net.bottleneck.squeeze.bias"] += shift
        torch.save(copy, Path(output) / f"shifted_{name}.ckpt")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
