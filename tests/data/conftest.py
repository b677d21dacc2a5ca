"""Small face sets made in a moment: bright blobs that move with time, stored as real crops with real masks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.consent import Consent
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.measure import measure

MakeFaceset = Callable[..., Faceset]


@pytest.fixture
def make_faceset(tmp_path: Path) -> MakeFaceset:
    """``make_faceset(name, num_faces, size=…, fps=…, interpolated=…)`` writes a face set of that identity."""

    def make(
        name: str,
        num_faces: int = 40,
        *,
        size: int = 40,
        fps: float = 5.0,
        consent: Consent | None = None,
        media: tuple[str, ...] = ("0" * 64,),
        interpolated: range = range(0),
    ) -> Faceset:
        record = IdentityRecord(name, consent or Consent("synthetic"))
        faceset = Faceset.create(tmp_path / "faces" / name, record, crop_spec=CropSpec(size=size))
        colour = 60 + sum(map(ord, name)) % 120
        y, x = np.mgrid[:100, :100]
        with faceset:
            for footage in media:
                for frame in range(num_faces):
                    blob = 90 * np.exp(-((x - 50 - 8 * np.sin(frame)) ** 2 + (y - 60) ** 2) / 200)
                    image = np.stack([blob + colour, blob + x, blob + 200 - y], axis=-1).astype(np.uint8)
                    face = Face(np.array([20.0, 20, 80, 80]), MEAN_FACE_682 * 60 + 20, 0.9)
                    faceset.add(
                        measure(image, face, faceset.crop_spec),
                        media=footage,
                        frame_index=frame,
                        pts_s=frame / fps,
                        detector="drawn (1)",
                        landmarker="drawn (1)",
                        interpolated=frame in interpolated,
                    )
        return faceset

    return make
