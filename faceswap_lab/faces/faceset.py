"""The face set on disk: one identity's faces with all that is known of them.

``identity.yaml`` says who and why, ``faces.sqlite`` holds a row a face, ``crops/`` and ``masks/`` an image each. Rows
are committed after their images are written, so that a set is valid whenever its writer dies: at worst there are
images without a row, and those are overwritten when the extraction goes on.
"""

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.faces.consent_binding import bind, bound
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset_database import FacesetDatabase
from faceswap_lab.faces.faceset_folder import DATABASE_FILE, make_folders
from faceswap_lab.faces.faceset_images import read_image, write_image
from faceswap_lab.faces.faceset_safety import check_folder, names_in
from faceswap_lab.faces.faceset_schema import FaceRow, face_file_name, to_blob
from faceswap_lab.faces.finder import Embedder
from faceswap_lab.faces.identity_record import IdentityRecord, MediaRecord, read_identity, write_identity
from faceswap_lab.faces.mean_embedding import mean_embedding
from faceswap_lab.faces.measure import MeasuredFace

logger = logging.getLogger(__name__)


class Faceset:
    """One identity's faces; made by ``create`` or ``open``, not directly.

    Added rows count from ``commit`` on; ``close``, or leaving a ``with`` block, commits what is left. A closed set can
    still be read, and an object can be passed to worker processes.

    Faces that were rejected, and faces whose crop somebody deleted, do not count unless asked for.
    """

    def __init__(self, path: Path, identity: IdentityRecord, crop_spec: CropSpec) -> None:
        self.path, self.identity, self.crop_spec = path, identity, crop_spec
        self.database = FacesetDatabase(path / DATABASE_FILE)
        self._said_missing = False

    @classmethod
    def create(cls, path: str | Path, record: IdentityRecord, *, crop_spec: CropSpec | None = None) -> Self:
        """Makes an empty face set.

        Args:
            path: Folder to make; it may exist if it is empty or holds what a killed ``create`` left.
            record: Whose face it is.
            crop_spec: Kind and size of every crop; by default the face at 256 px.

        Raises:
            FacesetError: The folder holds a face set or other files.
            OutputError: The folder is not writable.
        """
        faceset = cls(Path(path), record, crop_spec or CropSpec())
        check_folder(faceset.path)
        make_folders(faceset.path)
        faceset.database.create()
        bind(faceset)  # last: from here on the folder is a face set
        return faceset

    @classmethod
    def open(cls, path: str | Path, *, may_be_empty: bool = False) -> Self:
        """Opens a face set.

        Args:
            path: Its folder.
            may_be_empty: Whether a set without a face that can be used will do.

        Raises:
            FacesetError: There is no face set, it is damaged or holds links, or no face in it can be used.
        """
        check_folder(Path(path))
        faceset = cls(Path(path), *read_identity(Path(path)))
        if len(faceset) == 0 and not may_be_empty:
            if num_rejected := faceset.database.count():
                raise FacesetError(
                    f"{path}: all {num_rejected} faces are rejected or their crops deleted; take some back with "
                    f"`faceswap-lab faces edit faceset={path} undo=true`, or extract more footage"
                )
            raise FacesetError(f"{path} is an empty face set; extract footage into it first")
        return faceset

    def __len__(self) -> int:
        there = names_in(self.path / "crops")
        accepted = self.database.accepted_names()
        present = sum(name in there for name in accepted)
        self._say_missing(len(accepted) - present)
        return present

    def rows(self, *, include_rejected: bool = False) -> list[FaceRow]:
        """The faces, in the order of footage, frame and size.

        Args:
            include_rejected: Whether rejected faces, and those whose crop is gone, are among them.
        """
        return self._usable(self.database.rows(), include_rejected)

    def rows_for_media(self, sha256: str, *, include_rejected: bool = False) -> list[FaceRow]:
        """The faces of one footage, by its hash, in the order of frames; empty where it was not extracted."""
        return self._usable(self.database.rows(sha256), include_rejected)

    def _usable(self, rows: list[FaceRow], include_rejected: bool) -> list[FaceRow]:
        if include_rejected or not rows:
            return rows
        there = names_in(self.path / "crops")
        accepted = [row for row in rows if not row.rejected]
        present = [row for row in accepted if row.file_name in there]
        self._say_missing(len(accepted) - len(present))
        return present

    def _say_missing(self, num_missing: int) -> None:
        if num_missing and not self._said_missing:
            self._said_missing = True
            logger.warning("%s: %d crop(s) are gone from crops/; their faces are not used", self.path, num_missing)

    def crop(self, row: FaceRow) -> NDArray[np.uint8]:
        """The crop of a row, RGB, shape (S, S, 3).

        Raises:
            FacesetError: The image is missing or damaged.
        """
        return read_image(self.crop_path(row), size=self.crop_spec.size)

    def mask(self, row: FaceRow) -> NDArray[np.uint8]:
        """The mask of a row, shape (S, S), 0 to 255. Raises as ``crop``."""
        return read_image(self.mask_path(row), size=self.crop_spec.size, grey=True)

    def crop_path(self, row: FaceRow) -> Path:
        """File of the crop."""
        return self.path / "crops" / row.file_name

    def mask_path(self, row: FaceRow) -> Path:
        """File of the mask."""
        return self.path / "masks" / row.file_name

    def content_hash(self) -> str:
        """SHA-256 over what training sees: the crop geometry and, face by face, crop, landmarks and matrix.

        Rejecting a face or deleting its crop changes it, taking that back restores it.
        """
        digest = hashlib.sha256(repr(sorted(self.crop_spec.to_dict().items())).encode())
        for row in self.rows():
            digest.update(f"{row.media} {row.frame_index} {row.face_index} {row.crop_sha256}".encode())
            digest.update(to_blob(row.landmarks_682) + to_blob(row.frame_to_crop))
        return digest.hexdigest()

    def mean_embedding(self, embedder: Embedder, *, at_least: int = 50) -> FloatArray:
        """Mean vector of the identity's faces, over the rows that have one, or over ``at_least`` evenly spaced rows.

        Computed once and kept in the database.

        Raises:
            FacesetError: The set is empty or a crop is damaged.
        """
        return mean_embedding(self, embedder, at_least=at_least)

    def add_media(self, media: MediaRecord) -> None:
        """Notes one more footage in ``identity.yaml``; to be called before the first of its faces is added."""
        record = self.identity.with_media(media)
        if record is not self.identity:
            self.write_record(record)

    def write_record(self, record: IdentityRecord) -> None:
        """Writes ``identity.yaml``; a consent of an older version is bound to the faces. Raises OutputError."""
        self.identity = record
        self.identity = record if record.is_bound else bound(self)
        write_identity(self.path, self.identity, self.crop_spec)

    def add(
        self,
        measured: MeasuredFace,
        *,
        media: str,
        frame_index: int,
        pts_s: float,
        detector: str,
        landmarker: str,
        face_index: int = 0,
        track: int | None = None,
        embedding: FloatArray | None = None,
        embedder: str | None = None,
        interpolated: bool = False,
        encoded: tuple[bytes, bytes] | None = None,
    ) -> None:
        """Writes a face's images and adds its row, which counts from the next ``commit`` on.

        Args:
            measured: The face, cut by this set's ``crop_spec``.
            media: SHA-256 of its footage.
            frame_index: Frame within the footage, from 0.
            pts_s: Time of the frame in seconds.
            detector: What found the box, with version.
            landmarker: What found the landmarks, with version.
            face_index: Place among the faces of the frame, largest first.
            track: Number of its track, where known.
            embedding: Vector of the embedder, where computed.
            embedder: What computed it.
            interpolated: Whether the face was not seen, but lies between two frames in which it was.
            encoded: Crop and mask as ``encode_image`` gives them, where that was done elsewhere.

        Raises:
            FacesetError: A face of that frame and place is in the set, or the crop has another size.
            OutputError: The disk is full or the folder not writable.
        """
        face, pose, quality = measured.face, measured.pose, measured.quality
        self.insert(
            {
                "media": media,
                "frame_index": frame_index,
                "face_index": face_index,
                "pts_s": pts_s,
                "box": to_blob(face.box_4),
                "landmarks": to_blob(face.landmarks_682),
                "frame_to_crop": to_blob(measured.frame_to_crop),
                "confidence": face.confidence,
                "sharpness": measured.sharpness,
                "yaw": pose.yaw_deg,
                "pitch": pose.pitch_deg,
                "roll": pose.roll_deg,
                "embedding": None if embedding is None else to_blob(embedding),
                "embedder": None if embedding is None else embedder,
                "track": track,
                "detector": detector,
                "landmarker": landmarker,
                "interpolated": int(interpolated),
                "landmark_confidence": face.landmark_confidence,
                "brightness": quality.brightness,
                "face_px": quality.face_px,
                "upscale": quality.upscale,
                "occlusion": quality.occlusion,
            },
            crop=measured.crop,
            mask=measured.mask,
            encoded=encoded,
        )

    def insert(
        self,
        values: Mapping[str, object],
        *,
        crop: NDArray[np.uint8],
        mask: NDArray[np.uint8],
        encoded: tuple[bytes, bytes] | None = None,
    ) -> str:
        """Writes a face's images, adds its row by names of columns, and returns the SHA-256 of the crop's file.

        Args:
            values: As ``faceset_schema.row_to_sql`` gives them; the crop's hash is filled in.
            crop: RGB, shape (S, S, 3), S as ``crop_spec`` says.
            mask: Shape (S, S), 0 to 255.
            encoded: Both as PNG, where that was done already.

        Raises:
            FacesetError: A face of that frame and place is in the set, or the crop has another size.
            OutputError: The disk is full or the folder not writable.
        """
        if crop.shape[0] != self.crop_spec.size:
            raise FacesetError(f"{self.path}: its crops are {self.crop_spec.size} px, got {crop.shape[0]} px")
        name = face_file_name(str(values["media"]), int(str(values["frame_index"])), int(str(values["face_index"])))
        crop_file, mask_file = (crop, mask) if encoded is None else encoded
        crop_sha256 = write_image(self.path / "crops" / name, crop_file)
        write_image(self.path / "masks" / name, mask_file)
        self.database.insert({**values, "crop_sha256": crop_sha256})
        return crop_sha256

    def commit(self) -> None:
        """Makes the added rows permanent and visible. Raises OutputError where the disk is full."""
        self.database.commit()

    def close(self) -> None:
        """Commits and ends writing; the consent is bound to faces that were added."""
        has_grown = self.database.has_grown
        self.database.close()
        if has_grown:
            bind(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
