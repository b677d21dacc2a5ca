"""What the network draws, for the eye: held-out faces, restored and swapped, in one picture.

Shape letters: B faces, S side of a face in px, H and W of the picture.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from faceswap_lab.core.files import atomic_path
from faceswap_lab.data.batch import FaceBatch
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.training.module import AutoencoderModule
from faceswap_lab.training.trackers import show_picture

_GAP_PX = 2


class Preview(pl.Callback):
    """Writes ``previews/<step>.png`` and ``previews/last.png`` at every validation, and to the loggers.

    A row is a face: the input, then what each identity's decoder makes of it, in the order of the identities. So the
    restored faces stand on the diagonal of blocks, and every other column is a swap.

    Args:
        faces: Rows an identity.
        keep: Whether to keep one file a validation beside ``last.png``.
    """

    def __init__(self, *, faces: int = 3, keep: bool = True) -> None:
        self._faces, self._keep = faces, keep

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: dict[str, FaceBatch],
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        # During the validation, not after it: averaged weights are in place only then.
        if batch_idx or trainer.sanity_checking or not trainer.is_global_zero:
            return
        assert isinstance(pl_module, AutoencoderModule)
        picture_HW3 = draw_preview(pl_module.net, batch, faces=self._faces)
        folder = Path(trainer.default_root_dir) / "previews"
        names = ["last.png", f"{trainer.global_step:07d}.png"] if self._keep else ["last.png"]
        for name in names:
            with atomic_path(folder / name) as temporary:
                Image.fromarray(picture_HW3).save(temporary)
        show_picture(trainer.loggers, "preview", picture_HW3, step=trainer.global_step)


@torch.no_grad()
def draw_preview(net: SharedAutoencoder, batch: Mapping[str, FaceBatch], *, faces: int = 3) -> NDArray[np.uint8]:
    """The picture, shape (H, W, 3): a row a face, a column for the input and for each identity's decoder.

    Args:
        net: The network; its mode is left as it is.
        batch: Faces of each identity; the first and others evenly spread are drawn.
        faces: Rows an identity at most.
    """
    rows: list[Tensor] = []
    for of_identity in batch.values():
        count = len(of_identity.warped_B3SS)
        chosen = torch.linspace(0, count - 1, min(faces, count)).round().long()
        inputs_B3SS = of_identity.warped_B3SS[chosen.to(of_identity.warped_B3SS.device)]
        latent = net.encode(inputs_B3SS)
        drawn = [net.decode(latent, name).image_B3SS.float() for name in net.identities]
        shown_B3SS = F.interpolate(inputs_B3SS, size=drawn[0].shape[-1], mode="bilinear", antialias=True)
        cells = torch.stack([shown_B3SS, *drawn], dim=1)  # (B, columns, 3, S, S)
        cells = F.pad(cells, (0, _GAP_PX, 0, _GAP_PX), value=1.0)
        rows += [torch.cat(list(row), dim=2) for row in cells]
    picture_3HW = torch.cat(rows, dim=1)[:, :-_GAP_PX, :-_GAP_PX]
    return (picture_3HW.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
