"""The display matrix of a video: a phone stores the sensor's picture and says how to turn it upright."""

import struct
from dataclasses import dataclass
from typing import TypeVar, cast

import av
import cv2

from faceswap_lab.media.pixels import Picture, as_picture

PictureT = TypeVar("PictureT", bound=Picture)


@dataclass(frozen=True, slots=True)
class Orientation:
    """What to do with a stored picture to see it upright: transpose first, then mirror."""

    transposed: bool = False
    mirrored_x: bool = False
    mirrored_y: bool = False

    @property
    def rotation(self) -> int:
        """Degrees clockwise: 0, 90, 180 or 270; for a mirrored picture, the turn after mirroring it left to right."""
        if self.transposed:
            return 90 if self.mirrored_x else 270
        return 180 if self.mirrored_y else 0

    def upright(self, image: PictureT) -> PictureT:
        """Returns the picture upright and C-contiguous; the same array where there is nothing to do."""
        turned = image
        if self.transposed:
            turned = as_picture(cv2.transpose(turned))
        if self.mirrored_x or self.mirrored_y:
            code = -1 if self.mirrored_x and self.mirrored_y else int(self.mirrored_x)
            turned = as_picture(cv2.flip(turned, code))
        return cast(PictureT, turned)

    def as_stored(self, rows: slice, columns: slice, stored_size: tuple[int, int]) -> tuple[slice, slice]:
        """Where a part of the upright picture lies in the stored one.

        Args:
            rows: From which to before which, of the upright picture.
            columns: The same.
            stored_size: Height and width as stored, px.
        """
        height, width = stored_size[:: -1 if self.transposed else 1]
        if self.mirrored_y:
            rows = slice(height - rows.stop, height - rows.start)
        if self.mirrored_x:
            columns = slice(width - columns.stop, width - columns.start)
        return (columns, rows) if self.transposed else (rows, columns)


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """Reads the display matrix of a decoded frame; turns that are no multiple of 90 degrees go to the nearest.

    Source:
        ISO/IEC 14496-12 §8.3.2: x' = a x + c y, y' = b x + d y in 16.16 fixed point, x right and y down.
    """
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return Orientation()
    a, b, _, c, d = struct.unpack_from("=5i", bytes(data))
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, a < 0, d < 0)
    return Orientation(True, c < 0, b < 0)
