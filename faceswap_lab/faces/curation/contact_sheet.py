"""Thumbnails of a face set, embedded in a page, each with its name, its figures and a box to tick."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.markup import Html, tag
from faceswap_lab.faces.curation.columns import brightness_of, size_of
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow

THUMBNAIL_PX = 112
_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One face of the sheet.

    Attributes:
        row: The face.
        image: Its crop, RGB, shape (112, 112, 3); None where the picture is gone.
        brightness: Mean luma of the crop, 0 to 255; None as above.
    """

    row: FaceRow
    image: NDArray[np.uint8] | None
    brightness: float | None


def thumbnail(faceset: Faceset, row: FaceRow) -> Thumbnail:
    """Reads one face for the sheet."""
    try:
        crop = faceset.crop(row)
    except FacesetError:
        return Thumbnail(row, None, None)
    image = cv2.resize(crop, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
    return Thumbnail(row, np.asarray(image, np.uint8), brightness_of(crop))


def sheet(faceset: Faceset, thumbnails: Sequence[Thumbnail]) -> Html:
    """All thumbnails in their order; rejected ones are struck out and say so."""
    return tag("div", *[_cell(faceset, one) for one in thumbnails], class_="sheet")


def _cell(faceset: Faceset, one: Thumbnail) -> Html:
    row = one.row
    state = "gone" if one.image is None else "rejected" if row.rejected else ""
    words = (
        f"yaw {row.yaw:.0f}° pitch {row.pitch:.0f}°, sharpness {row.sharpness:.0f}, "
        f"{size_of(row, faceset.crop_spec.size):.0f} px"
    )
    name = row.file_name.removesuffix(".png")
    if one.image is None:
        picture = tag("span", "no crop", class_="empty")
    else:
        picture = tag(
            "img",
            src=_uri(one.image),
            alt=f"face {name}, {words}{', ' + state if state else ''}",
            width=THUMBNAIL_PX,
            height=THUMBNAIL_PX,
            loading="lazy",
        )
    caption = tag("small", f"#{row.id} · frame {row.frame_index}" + (f" · {state}" if state else ""))
    box = tag("input", type="checkbox", value=row.id)
    return tag("label", box, picture, caption, class_=f"face {state}".strip(), title=f"{name}: {words}")


def _uri(image: NDArray[np.uint8]) -> str:
    done, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done, "imencode raises for what it cannot encode"
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode('ascii')}"
