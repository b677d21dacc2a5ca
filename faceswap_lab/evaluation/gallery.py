"""Further people whom a swapped face must not be taken for: a folder of pictures, a person each."""

import logging
from pathlib import Path

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.evaluation.identity import FloatArray
from faceswap_lab.faces.finder import Embedder, FaceFinder
from faceswap_lab.media.images import IMAGE_SUFFIXES, read_image

logger = logging.getLogger(__name__)


def check_gallery(folder: Path) -> list[Path]:
    """The pictures of a gallery, by name.

    Raises:
        ConfigError: It is no folder or holds no picture.
    """
    if not folder.is_dir():
        raise ConfigError(f"gallery={folder} is no folder; give one of pictures, or leave it out")
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if not pictures:
        raise ConfigError(f"gallery={folder} holds no picture ({', '.join(IMAGE_SUFFIXES)}); put some in")
    return pictures


def read_gallery(folder: Path, *, finder: FaceFinder, embedder: Embedder) -> dict[str, FloatArray]:
    """A descriptor of the largest face of every picture, by file name; pictures without a face are left out.

    Raises:
        ConfigError: It is no folder, or no picture of it shows a face.
        FootageError: A picture cannot be read.
    """
    gallery: dict[str, FloatArray] = {}
    for path in check_gallery(folder):
        image = read_image(path)
        faces = finder.find(image)
        if not faces:
            logger.warning("%s: no face was found; it is left out of the gallery", path)
            continue
        gallery[path.name] = embedder.embed(image, faces[0].landmarks_682)
    if not gallery:
        raise ConfigError(f"gallery={folder}: no picture shows a face; give other pictures")
    return gallery
