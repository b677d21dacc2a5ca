"""An invisible mark of 32 bits in every frame's luma, read without the unmarked picture: see docs/watermark.md."""

from faceswap_lab.provenance.watermark.detector import FALSE_POSITIVE_RATE, Detection, detect
from faceswap_lab.provenance.watermark.embedder import Embedder, embed

__all__ = ["FALSE_POSITIVE_RATE", "Detection", "Embedder", "detect", "embed"]
