"""A whole face set of a drawn person in a second or two, for tests and for trying the commands out."""

from pathlib import Path

import numpy as np

from faceswap_lab.core.consent import Consent
from faceswap_lab.data.drawn import drawn_frames
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord, MediaRecord
from faceswap_lab.faces.measure import measure

_FRAME_PX = 256


def drawn_faceset(
    path: str | Path,
    identity: str,
    num_faces: int,
    *,
    identity_seed: int,
    motion_seed: int = 0,
    crop_spec: CropSpec | None = None,
    fps: float = 25.0,
) -> Faceset:
    """Writes a face set as an extraction would have, from exact landmarks; consent basis ``synthetic``.

    Args:
        path: Folder to make.
        identity: Name of the identity.
        num_faces: How many faces, one a frame.
        identity_seed: Decides who it is.
        motion_seed: Decides what they do.
        crop_spec: How crops are cut; by default as ``extract`` does.
        fps: Frames per second of the performance.

    Returns:
        The face set, written and closed.

    Raises:
        FacesetError: There is something else at the path already.
    """
    media = MediaRecord(f"{identity_seed:032x}{motion_seed:032x}", f"drawn_{identity}", _FRAME_PX, _FRAME_PX, fps)
    record = IdentityRecord(identity, Consent("synthetic"), media=(media,))
    faceset = Faceset.create(path, record, crop_spec=crop_spec)
    frames = drawn_frames(identity_seed, num_faces, size=_FRAME_PX, motion_seed=motion_seed, fps=fps)
    with faceset:
        for index, (image, landmarks) in enumerate(frames):
            box = np.concatenate([landmarks.min(0), landmarks.max(0)])
            faceset.add(
                measure(image, Face(box, landmarks, 1.0), faceset.crop_spec),
                media=media.sha256,
                frame_index=index,
                pts_s=index / fps,
                detector="drawn (1)",
                landmarker="drawn (1)",
            )
    return faceset
