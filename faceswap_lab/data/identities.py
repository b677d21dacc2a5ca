"""The face sets of a run: opened, their consent checked, and what a checkpoint says of them."""

import logging
from collections.abc import Mapping
from pathlib import Path

from faceswap_lab.core.checkpoint import CropCard, IdentityCard
from faceswap_lab.core.consent import RESEARCH
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.consent_binding import require_faceset_consent
from faceswap_lab.faces.faceset import Faceset

logger = logging.getLogger(__name__)


def open_facesets(folders: Mapping[str, str], *, purpose: str = RESEARCH) -> dict[str, Faceset]:
    """Opens the face set of each identity.

    Args:
        folders: Identity to folder.
        purpose: What the model is for, one of ``core.consent.PURPOSES``.

    Raises:
        ConfigError: A name cannot be the key of a decoder and part of a metric's name.
        FacesetError: A face set is missing, damaged or empty.
        ConsentError: A consent is missing, incomplete, expired, revoked, of other faces, or not for this purpose.
    """
    facesets: dict[str, Faceset] = {}
    for name, folder in folders.items():
        if not name or not all(letter.isalnum() or letter in "_-" for letter in name):
            raise ConfigError(f"facesets.{name}: give the identity a name of letters, digits, _ and - (alice, bob_2)")
        faceset = Faceset.open(folder)
        require_faceset_consent(faceset, purpose=purpose)
        if faceset.identity.name != name:
            logger.warning("facesets.%s: %s says that its faces are of %s", name, folder, faceset.identity.name)
        facesets[name] = faceset
    return facesets


def identity_cards(facesets: Mapping[str, Faceset]) -> dict[str, IdentityCard]:
    """What a checkpoint says of each identity."""
    return {
        name: IdentityCard(
            consent=faceset.identity.consent.to_dict(),
            licence=faceset.identity.licence,
            num_faces=len(faceset),
            faceset=str(Path(faceset.path).resolve()),
            faceset_hash=faceset.content_hash(),
        )
        for name, faceset in facesets.items()
    }


def crop_card(facesets: Mapping[str, Faceset], *, input_size: int) -> CropCard:
    """How to cut crops for a network trained on these: the face sets' square at the network's size, px."""
    return CropCard(**next(iter(facesets.values())).crop_spec.at(input_size).to_dict())


def finder_card(facesets: Mapping[str, Faceset]) -> dict[str, str]:
    """Which detector and landmarker found the first face, without their versions."""
    row = next(iter(facesets.values())).rows()[0]
    return {"detector": row.detector.split()[0], "landmarker": row.landmarker.split()[0]}
