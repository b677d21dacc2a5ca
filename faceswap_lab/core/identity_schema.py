"""The fields of ``identity.*``: whose face it is, and on which ground it is used."""

import dataclasses
from dataclasses import dataclass

from faceswap_lab.core.schema_field import option


@dataclass
class ConsentSchema:
    """On which ground a face is used."""

    basis: str | None = option(None, "self, written, licensed-dataset, synthetic or public-material; needed")
    reference: str | None = option(None, "where the evidence is kept; needed for written and licensed-dataset")
    scope: str | None = option(
        None, "what it covers: research, publication, derivative-training, separated by commas; null is research"
    )
    expiry: str | None = option(None, "last day it holds, such as 2027-12-31; null does not end")
    subject: str | None = option(None, "who agreed, where that is somebody else, such as a parent")
    territory: str | None = option(None, "where it holds, in words, such as EU; recorded, not checked")
    evidence: str | None = option(None, "file that proves it: its SHA-256 is kept, never the file", path=True)


@dataclass
class IdentitySchema:
    """Whose face it is."""

    name: str | None = option(None, "the person's short name, the key under which a model learns the face; needed")
    licence: str | None = option(None, "licence of the footage")
    consent: ConsentSchema = dataclasses.field(default_factory=ConsentSchema)
