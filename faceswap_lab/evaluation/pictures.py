"""Pictures inside a page: RGB arrays as data URIs, and face close-ups cut from frames."""

import base64
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.markup import Html, tag
from faceswap_lab.faces.crop import cut
from faceswap_lab.media.images import encode_image, read_image

Image = NDArray[np.uint8]

QUALITY = 82  # of JPEG in a page: a page of many pictures stays small enough to be sent


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a page.

    Attributes:
        image: RGB uint8, shape (H, W, 3).
        caption: What it shows, for people who see it.
        alt: What it shows, for people who do not.
    """

    image: Image
    caption: str
    alt: str


def figure(picture: Picture) -> Html:
    """The picture with its caption, embedded."""
    return tag("figure", image_of(picture), tag("figcaption", picture.caption))


def image_of(picture: Picture) -> Html:
    """The picture alone, embedded."""
    height, width = picture.image.shape[:2]
    return tag("img", src=data_uri(picture.image), alt=picture.alt, width=width, height=height)


def data_uri(image: Image) -> str:
    """The image as a JPEG data URI."""
    content = encode_image(image, suffix=".jpg", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode('ascii')}"


def file_uri(path: Path) -> str:
    """A picture on the disk as a JPEG data URI."""
    return data_uri(read_image(path))


def close_up(image: Image, landmarks_682: NDArray[np.float64], *, margin: float = 0.5, size: int = 256) -> Image:
    """An upright square around a face, for people to look at.

    Args:
        image: Frame, RGB uint8.
        landmarks_682: Landmarks in frame px.
        margin: How far the square reaches beyond the landmarks on each side, in their larger extent.
        size: Side of the picture, px.
    """
    low, high = landmarks_682.min(axis=0), landmarks_682.max(axis=0)
    scale = size / (float((high - low).max()) * (1.0 + 2.0 * margin))
    shift = (size - 1) / 2.0 - scale * (low + high) / 2.0
    return cut(image, np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]]), size)
