"""Training against a network that tells identities by their latents, which are to say only what a face does."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.batch import FaceBatch
from faceswap_lab.models.spec import Bottleneck
from faceswap_lab.training.module import Drawn
from faceswap_lab.training.opposed import OpposedModule


class TrueFaceModule(OpposedModule):
    """Adds to the loss how well a discriminator tells identities by their latents.

    Args:
        net: Restores or swaps faces; all its identities share one latent.
        make_discriminator: Makes the other network from the latent's channels and the number of identities.
        make_discriminator_optimizer: Takes its parameters.
        true_face_weight: Of its opinion in the loss, see ``OpposedModule``.
        toward: The identity that latents of the others are to pass for; None: nobody's is to be told from another's.
        options: As of ``AutoencoderModule``.

    Raises:
        ConfigError: A weight is negative, the bottleneck gives each identity a latent of its own, or ``toward`` is none
            of the identities.

    Source:
        Domain confusion, Tzeng et al. 2015, arXiv:1510.02192, section 4; with ``toward`` DeepFaceLab's true-face
        option, described in words.
    """

    option = "true_face"

    def __init__(
        self,
        net: Any,
        *,
        make_discriminator: Callable[[int, int], nn.Module],
        make_discriminator_optimizer: Callable[..., Optimizer],
        true_face_weight: float | Mapping[int, float] = 0.01,
        toward: str | None = None,
        **options: Any,
    ) -> None:
        if type(net.bottleneck).latent_of is not Bottleneck.latent_of:
            raise ConfigError("training=true_face needs one latent for all identities; choose bottleneck=dense")
        if toward is not None and toward not in net.identities:
            raise ConfigError(f"training.toward={toward} is none of the identities: {', '.join(net.identities)}")
        super().__init__(
            net,
            discriminator=make_discriminator(net.bottleneck.out_spec.channels, len(net.identities)),
            make_discriminator_optimizer=make_discriminator_optimizer,
            weight=true_face_weight,
            weight_name="true_face_weight",
            **options,
        )
        self._toward = toward

    def opinion(self, drawn: Drawn, batch: Mapping[str, FaceBatch]) -> Tensor:
        names, identities = list(drawn.latents), self.net.identities
        if self._toward is None:
            logits_BI = self.discriminator(torch.cat(list(drawn.latents.values()))).float()
            # The cross-entropy to the even odds, less what these themselves cost: 0 where it cannot tell at all.
            return -F.log_softmax(logits_BI, 1).mean() - torch.log(logits_BI.new_tensor(float(len(identities))))
        others = [drawn.latents[name] for name in names if name != self._toward]
        logits_BI = self.discriminator(torch.cat(others)).float()
        wanted_B = torch.full((len(logits_BI),), identities.index(self._toward), device=logits_BI.device)
        return F.cross_entropy(logits_BI, wanted_B)

    def telling_loss(self, drawn: Drawn, batch: Mapping[str, FaceBatch]) -> Tensor:
        logits_BI = self.discriminator(torch.cat([latent.detach() for latent in drawn.latents.values()])).float()
        places = [self.net.identities.index(name) for name, latent in drawn.latents.items() for _ in latent]
        return F.cross_entropy(logits_BI, torch.tensor(places, device=logits_BI.device))
