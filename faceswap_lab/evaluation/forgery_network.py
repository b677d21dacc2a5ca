"""A small classifier that tells swapped faces from real ones by their texture, trained here in seconds.

Shape letters: N windows, S their side in px, B batch.
"""

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.evaluation.identity import FloatArray

Windows = NDArray[np.uint8]
_STEPS, _BATCH, _RATE = 160, 16, 3e-3
_GAIN = 12.0  # brings what is left of skin once its smooth part is gone to about 1


class ForgeryNetwork(nn.Module):
    """Scores the fine structure of a face: the higher, the more it seems swapped.

    It sees luma without its smooth part, through patches of 23 px, and takes the mean over the face: what it learns is
    how texture looks, not who has it. With few people to learn from anything larger would learn their faces by heart.

    Source:
        Noise residuals in front of a network: Fridrich and Kodovsky, IEEE TIFS 7(3), 2012; scores of patches averaged:
        Chai et al., arXiv:2008.10588. Written anew, much smaller.
    """

    def __init__(self) -> None:
        super().__init__()
        widths, layers = (1, 12, 16, 24, 24), []
        for place, (before, after) in enumerate(pairwise(widths)):
            stride = 2 if place in (1, 2) else 1
            layers += [nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(after)]
            layers += [nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 1))

    def forward(self, luma_BSS: Tensor) -> Tensor:
        """Scores of windows, luma in [0, 1], shape (B,)."""
        luma_B1SS = luma_BSS.unsqueeze(1)
        smooth_B1SS = F.avg_pool2d(F.pad(luma_B1SS, [2] * 4, mode="reflect"), 5, stride=1)
        return self.layers(_GAIN * (luma_B1SS - smooth_B1SS)).mean(dim=(1, 2, 3))


def train_forgery_network(real_NSS: Windows, swapped_NSS: Windows, *, seed: int = 0) -> ForgeryNetwork:
    """Trains on windows of both kinds, mirrored at random, brightness and contrast moved.

    Args:
        real_NSS: Luma, uint8; at least one.
        swapped_NSS: The same of swapped faces.
        seed: The network is a function of it and the windows.
    """
    generator = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = ForgeryNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=_RATE, total_steps=_STEPS)
    labels_B = torch.tensor([0.0, 1.0]).repeat_interleave(_BATCH // 2)
    network.train()
    for _ in range(_STEPS):
        halves = [heap[generator.integers(0, len(heap), _BATCH // 2)] for heap in (real_NSS, swapped_NSS)]
        batch_BSS = np.concatenate(halves).astype(np.float32) / np.float32(255)
        mirrored = generator.random(_BATCH) < 0.5
        batch_BSS[mirrored] = batch_BSS[mirrored, :, ::-1]
        contrast_B = generator.uniform(0.8, 1.25, (_BATCH, 1, 1)).astype(np.float32)
        loss = F.binary_cross_entropy_with_logits(network(torch.from_numpy(batch_BSS * contrast_B)), labels_B)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return network.eval()


def score(network: ForgeryNetwork, windows_NSS: Windows) -> FloatArray:
    """How swapped each window seems, shape (N,), any real number."""
    scores: list[float] = []
    with torch.inference_mode():
        for start in range(0, len(windows_NSS), _BATCH):
            scores += network(torch.from_numpy(windows_NSS[start : start + _BATCH]).float() / 255).tolist()
    return np.array(scores, np.float64)
