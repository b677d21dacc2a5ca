"""The data card of a face set: ``datasheet.md`` in its folder, for people to read.

Source: the headings of Gebru et al., "Datasheets for Datasets", Communications of the ACM 64(12), 2021.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from faceswap_lab.core.consent import MISSING, Consent
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.core.markdown import NOT_RECORDED, code, facts, rows, text
from faceswap_lab.faces.faceset_schema import FaceRow

if TYPE_CHECKING:
    from faceswap_lab.faces.faceset import Faceset

DATASHEET_FILE = "datasheet.md"


def write_datasheet(faceset: Faceset) -> None:
    """Writes the datasheet of what is in a set now, whole or not at all.

    Raises:
        FacesetError: The database is damaged.
        OutputError: The folder is not writable.
    """
    atomic_write_text(faceset.path / DATASHEET_FILE, datasheet_of(faceset))


def datasheet_of(faceset: Faceset) -> str:
    """The datasheet as Markdown. It holds no time and no folder: the same set gives the same sheet."""
    parts = (_motivation, _composition, _collection, _preprocessing, _uses, _distribution, _maintenance)
    everything = faceset.rows(include_rejected=True)
    used = {row.id for row in faceset.rows()}
    accepted = [row for row in everything if row.id in used]
    return "\n".join(part(faceset, accepted, everything) for part in parts)


def _motivation(faceset: Faceset, used: list[FaceRow], everything: list[FaceRow]) -> str:
    return (
        f"# Datasheet: face set of {text(faceset.identity.name)}\n\n"
        "Headings of Gebru et al., *Datasheets for Datasets* (2021). Written by faceswap-lab from `identity.yaml` and "
        "`faces.sqlite`, and written anew when they change; whatever is added by hand is lost.\n\n"
        "## Motivation\n\n"
        "Made to train and to measure networks that draw this person's face into footage. Who asked for it, and who "
        f"paid for it: {NOT_RECORDED}.\n"
    )


def _composition(faceset: Faceset, used: list[FaceRow], everything: list[FaceRow]) -> str:
    spec = faceset.crop_spec
    coverage = "" if spec.coverage == 1 else f", coverage {text(spec.coverage)}"
    known = {
        "An instance is": "a face: aligned square crop, mask, 68 landmarks, pose and quality, in some a descriptor",
        "People": f"1: {text(faceset.identity.name)}",
        "Faces in use": text(len(used)),
        "Faces not in use": f"{len(everything) - len(used)}, rejected or their crop deleted",
        "Frames they are from": text(len({(row.media, row.frame_index) for row in used})),
        "Of these filled in between two frames": text(sum(row.interpolated for row in used)),
        "Crop": f"{text(spec.kind)}, {spec.size} px{coverage}",
        **_spreads(used),
        "Descriptors": f"{sum(row.embedding is not None for row in used)} faces have one; it recognises the person",
        "Content, SHA-256": code(faceset.content_hash()),
    }
    counted = Counter(row.media for row in used)
    footage = rows(
        ("footage", "SHA-256", "px", "frames per second", "faces in use"),
        [
            (
                text(media.name),
                code(media.sha256),
                f"{text(media.width)}x{text(media.height)}",
                text(media.fps),
                text(counted[media.sha256]),
            )
            for media in faceset.identity.media
        ],
    )
    return (
        f"## Composition\n\n{facts(known)}\n{footage}\n"
        "Faces are biometric data of a real person unless the basis of the consent below is synthetic. Neighbouring "
        "frames are near twins: hold out whole stretches of time, not single faces. Landmarks and poses are estimates "
        "of the detectors named below, and wrong where these are. Nothing marks age, sex or origin.\n"
    )


def _spreads(used: list[FaceRow]) -> dict[str, str]:
    """Median and the middle nine tenths of what says how varied the faces are."""
    columns = {"Height of the face, frame px": "face_px", "Yaw, degrees": "yaw", "Pitch, degrees": "pitch"}
    found: dict[str, str] = {}
    for label, column in columns.items():
        values = [value for row in used if (value := getattr(row, column)) is not None]
        if values:
            low, middle, high = np.percentile(values, (5, 50, 95))
            found[label] = f"median {middle:.0f}, nine tenths from {low:.0f} to {high:.0f}"
    return found


def _collection(faceset: Faceset, used: list[FaceRow], everything: list[FaceRow]) -> str:
    record = faceset.identity
    found = ", ".join(sorted({text(row.detector) for row in everything})) or NOT_RECORDED
    points = ", ".join(sorted({text(row.landmarker) for row in everything})) or NOT_RECORDED
    known = {"Detector": found, "Landmarker": points, "When and where the footage was taken": NOT_RECORDED}
    former = "".join(
        f"- before: basis {text(one.basis)}, reference {text(one.reference)}, scope {text(one.scope)}, "
        f"{'not revoked' if one.revoked is None else f'revoked on {text(one.revoked)}'}\n"
        for one in record.former
    )
    return (
        f"## Collection process\n\nFaces were found in the footage above by a program.\n\n{facts(known)}\n"
        f"### Consent\n\n{facts(consent_facts(record.consent))}{_remark(record.consent)}"
        + (f"\n{former}" if former else "")
    )


def consent_facts(consent: Consent) -> dict[str, str]:
    """What a consent record says, by label, as finished Markdown."""
    evidence = NOT_RECORDED if consent.evidence_sha256 is None else code(consent.evidence_sha256)
    return {
        "Basis": text(consent.basis),
        "Agreed by": text(consent.subject or "the person"),
        "Reference": text(consent.reference),
        "Scope": text(consent.scope),
        "Territory": text(consent.territory),
        "Last day": text(consent.expiry or "does not end"),
        "Evidence, SHA-256": evidence,
        "Revoked": text(consent.revoked or "no"),
        "Consent id": NOT_RECORDED if consent.id is None else code(consent.id),
        "Bound to faces, SHA-256": NOT_RECORDED if consent.faces_sha256 is None else code(consent.faces_sha256),
    }


def _remark(consent: Consent) -> str:
    if consent.revoked is not None:
        return "\n**The consent was taken back: this face may not be used.**\n"
    if consent.basis == MISSING:
        return "\n**Nobody has said yet on which ground this face may be used: it may be looked at only.**\n"
    if consent.basis == "public-material":
        return "\nPublic material implies no consent: the person was not asked.\n"
    return ""


def _preprocessing(faceset: Faceset, used: list[FaceRow], everything: list[FaceRow]) -> str:
    return (
        "## Preprocessing, cleaning and labelling\n\n"
        "Crops are cut from the footage by the similarity that lays the landmarks on the mean face, and kept without "
        f"loss. {sum(row.rejected for row in everything)} faces were rejected by hand or by a filter; they keep their "
        "row and their pictures. The footage itself is not in the set; its hashes are above.\n"
    )


def _uses(faceset: Faceset, used: list[FaceRow], everything: list[FaceRow]) -> str:
    return (
        "## Uses\n\n"
        f"What the consent covers: {text(faceset.identity.consent.scope)}. Not for anything else: not to recognise, "
        "watch or rate people, not to deceive, humiliate or defraud. Whether it holds today says `faceswap-lab "
        "identity show`.\n"
    )


def _distribution(faceset: Faceset, used: list[FaceRow], everything: list[FaceRow]) -> str:
    return (
        "## Distribution\n\n"
        f"Licence of the footage: {text(faceset.identity.licence)}. A licence to copy pictures is no consent to swap a "
        "face. Whoever passes the set on passes on the consent record with it, and has to hear of its end.\n"
    )


def _maintenance(faceset: Faceset, used: list[FaceRow], everything: list[FaceRow]) -> str:
    return (
        "## Maintenance\n\n"
        "Kept by whoever holds the folder. `faceswap-lab faces check` says whether the parts still belong together, "
        "`faces edit undo=true` takes a rejection back, `identity renew` and `identity revoke` write down what the "
        "person says later.\n"
    )
