"""Whose faces are wanted, told by reference pictures: near the one kind, not near the other."""

import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceswap_lab.core.errors import ConfigError, FootageError, NoFaceError
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.finder import Embedder, FaceFinder
from faceswap_lab.media.images import IMAGE_SUFFIXES, read_image

logger = logging.getLogger(__name__)

THRESHOLD = 0.6
"""Euclidean distance of two dlib descriptors below which they show one person; King 2017, see ``Likeness``."""


@dataclass(frozen=True, slots=True)
class References:
    """Pictures of the people that are meant.

    Attributes:
        vectors_ND: The embedder's vector of each picture, shape (N, D).
        digest: SHA-256 over the pictures, which tells one set of them from another.
    """

    vectors_ND: FloatArray
    digest: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """Tells wanted faces from others by their distance to reference pictures.

    Args:
        only: Keep faces near one of these; None keeps everybody.
        exclude: Leave out faces near one of these, whatever ``only`` says.
        threshold: Largest distance that counts as near.

    Raises:
        ConfigError: The threshold is not above 0.

    Source:
        King, blog.dlib.net/2017/02/high-quality-face-recognition-with-deep.html: below 0.6 two descriptors are the
        same person, 99.38 % right on Labeled Faces in the Wild.
    """

    only: References | None = None
    exclude: References | None = None
    threshold: float = THRESHOLD

    def __post_init__(self) -> None:
        if not self.threshold > 0:
            raise ConfigError(f"identity_threshold={self.threshold:g}: give a distance above 0, such as {THRESHOLD}")

    @property
    def key(self) -> dict[str, object]:
        """Plain values that tell this choice from another."""
        digests = {"only": self.only, "exclude": self.exclude}
        given = {name: references.digest for name, references in digests.items() if references is not None}
        return {**given, "identity_threshold": self.threshold}

    def wants(self, vectors_KD: FloatArray) -> bool:
        """Whether the face that these vectors describe, taken at different moments, is to be kept."""
        if self.exclude is not None and distance(vectors_KD, self.exclude.vectors_ND) <= self.threshold:
            return False
        return self.only is None or distance(vectors_KD, self.only.vectors_ND) <= self.threshold


def distance(vectors_KD: FloatArray, references_ND: FloatArray) -> float:
    """Mean distance of the vectors to the nearest reference of each."""
    gaps_KN = np.linalg.norm(vectors_KD[:, None] - references_ND[None], axis=2)
    return float(gaps_KN.min(1).mean())


def read_references(path: str | os.PathLike[str], *, option: str, finder: FaceFinder, embedder: Embedder) -> References:
    """Describes reference pictures.

    Args:
        path: One image, or a folder of images.
        option: Name of the option that gave the path, for messages.
        finder: Finds the face of each; the largest counts.
        embedder: Describes it.

    Raises:
        FootageError: There is no image, or one cannot be decoded.
        NoFaceError: A picture shows no face.
    """
    files = _image_files(Path(path), option)
    vectors, digest = [], hashlib.sha256()
    for file in files:
        image = read_image(file)
        faces = finder.find(image)
        if not faces:
            raise NoFaceError(f"{option}={path}: no face in {file.name}; use another picture of the person")
        if len(faces) > 1:
            logger.warning("%s=%s: %s shows %d faces; the largest counts", option, path, file.name, len(faces))
        vectors.append(embedder.embed(image, faces[0].landmarks_682))
        digest.update(file.read_bytes())
    return References(np.stack(vectors), digest.hexdigest())


def _image_files(path: Path, option: str) -> list[Path]:
    entries = [path] if path.is_file() else sorted(path.iterdir()) if path.is_dir() else []
    files = [file for file in entries if file.suffix.lower() in IMAGE_SUFFIXES and file.name[0] != "."]
    if not files:
        said = "holds no image" if path.is_dir() else "is not an image" if path.exists() else "does not exist"
        raise FootageError(f"{option}={path} {said}; give a picture of the person, or a folder of pictures")
    return files
