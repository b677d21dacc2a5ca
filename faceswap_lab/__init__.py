"""faceswap-lab: real footage in, a measured and marked face swap out."""

__version__ = "0.1.0"
