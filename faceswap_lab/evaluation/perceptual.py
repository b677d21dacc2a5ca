"""What needs weights from elsewhere: LPIPS of restored faces, FID and KID of swapped ones against real ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.evenly import spread
from faceswap_lab.evaluation.finite import rounded
from faceswap_lab.evaluation.inception import InceptionFeatures, fid, kid
from faceswap_lab.evaluation.lpips import Lpips
from faceswap_lab.evaluation.reference import FACE_CROP, MAX_FACES
from faceswap_lab.evaluation.schema import PerceptualMetrics
from faceswap_lab.faces.crop import cut, frame_to_crop
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.geometry import transform_points


class Perceptual:
    """Both networks, loaded before any work is done.

    Raises:
        ConfigError: Weights are not there and cannot be fetched.
    """

    def __init__(self) -> None:
        self.lpips, self.features = Lpips(), InceptionFeatures()
        self._real: dict[str, FloatArray] = {}

    def compare(self, swapped: Sequence[NDArray[np.uint8]], faceset: Faceset) -> PerceptualMetrics:
        """FID and KID of a direction.

        Args:
            swapped: Face crops of the converted clip, 256 px.
            faceset: Real faces of the identity that was swapped in; up to 64 of them are taken.
        """
        name = faceset.identity.name
        if name not in self._real:
            self._real[name] = self.features([_crop(faceset, row) for row in spread(faceset.rows(), MAX_FACES)])
        made_ND = self.features(list(swapped))
        return {
            "faces": len(swapped),
            "real_faces": len(self._real[name]),
            "fid": rounded(fid(made_ND, self._real[name])),
            "kid": rounded(kid(made_ND, self._real[name])),
        }


def face_crop(image: NDArray[np.uint8], landmarks_682: FloatArray) -> NDArray[np.uint8]:
    """A face as it is compared, 256 px."""
    return cut(image, frame_to_crop(landmarks_682, FACE_CROP), FACE_CROP.size)


def _crop(faceset: Faceset, row: FaceRow) -> NDArray[np.uint8]:
    if faceset.crop_spec == FACE_CROP:
        return faceset.crop(row)
    return face_crop(faceset.crop(row), transform_points(row.frame_to_crop, row.landmarks_682))
