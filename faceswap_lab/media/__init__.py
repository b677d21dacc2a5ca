"""Frames in, frames out: exact times, upright pictures, true colours, the sound untouched."""

from faceswap_lab.media.footage import Footage, open_footage, probe
from faceswap_lab.media.frame import Frame, Image
from faceswap_lab.media.images import read_image, write_image
from faceswap_lab.media.info import FootageInfo
from faceswap_lab.media.writer import Writer, WriterFactory, open_writer

__all__ = [
    "Footage",
    "FootageInfo",
    "Frame",
    "Image",
    "Writer",
    "WriterFactory",
    "open_footage",
    "open_writer",
    "probe",
    "read_image",
    "write_image",
]
