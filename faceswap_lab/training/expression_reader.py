"""Asks the latents what a face does, so that they say it whoever's face it is.

Pixels alone ask little for lips that part by a hair: few pixels change, and a decoder that draws its usual mouth is
nearly right. Landmarks know it to the hair's breadth, and mean the same on everybody.

Shape letters: B batch, E expressions.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.data.batch import NUM_EXPRESSIONS
from faceswap_lab.models.spec import FeatureSpec


class ExpressionReader(nn.Module):
    """Reads the expressions of `data.expressions` off latents by one linear map, shared by all identities.

    It serves training alone: what it costs and what it learns is not part of the network.

    Args:
        latent: Shape of the latents.
    """

    def __init__(self, latent: FeatureSpec) -> None:
        super().__init__()
        self.read = nn.Linear(latent.channels * latent.size**2, NUM_EXPRESSIONS)
        nn.init.zeros_(self.read.weight)  # it begins by asking nothing of the encoder
        nn.init.zeros_(self.read.bias)

    def forward(self, latent_BCHW: Tensor) -> Tensor:
        """What the faces do, in spreads, shape (B, E)."""
        return self.read(latent_BCHW.flatten(1))

    def loss(self, latent_BCHW: Tensor, expression_BE: Tensor) -> Tensor:
        """Mean smooth L1 (Huber's, with its corner at one spread) to what landmarks say, a scalar at least 0.

        Args:
            latent_BCHW: Latents of faces.
            expression_BE: What these faces do, in spreads, shape (B, E).
        """
        return F.smooth_l1_loss(self(latent_BCHW).float(), expression_BE)
