"""The root fields of ``identity``, and what each of its verbs takes."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from faceswap_lab.core.identity_schema import IdentitySchema
from faceswap_lab.core.schema_field import option
from faceswap_lab.core.verbs import Verb

IDENTITY_VERBS: dict[str, Verb] = {
    "show": Verb(
        "whose face it is, on which ground it may be used, for what, and whether that holds today",
        takes=("evidence",),
        examples=("show faceset=faces/alice", "show faceset=faces/alice evidence=contract.pdf"),
    ),
    "renew": Verb(
        "put a new consent in the place of the one that ended, changed or was revoked; that one is kept as history",
        takes=("identity",),
        examples=(
            'renew faceset=faces/alice identity.consent.basis=written identity.consent.reference="contract 31" '
            "identity.consent.scope=research,publication identity.consent.expiry=2028-12-31",
        ),
    ),
    "bind": Verb(
        "say, after looking, that all faces in the set are the person's, where they differ from the record's",
        examples=("bind faceset=faces/alice",),
    ),
    "revoke": Verb(
        "mark the consent as taken back, and list every run, checkpoint and output that it touches",
        takes=("under", "reason"),
        examples=("revoke faceset=faces/alice", 'revoke faceset=faces/alice under=/archive reason="asked on 3 May"'),
    ),
}


@dataclass
class IdentityCommandSchema:
    """Fields of ``identity``."""

    verbs: ClassVar[dict[str, Verb]] = IDENTITY_VERBS
    examples: ClassVar[tuple[str, ...]] = tuple(text for verb in IDENTITY_VERBS.values() for text in verb.examples)

    verb: str | None = option(None, f"the first word: {', '.join(IDENTITY_VERBS)}")
    faceset: str | None = option(None, "folder of the face set", path=True)
    evidence: str | None = option(None, "show: file to compare with the evidence's hash", path=True)
    under: str = option(".", "revoke: folder whose runs, checkpoints and outputs are looked through", path=True)
    reason: str | None = option(None, "revoke: why, in words; kept in the list of revocations")
    identity: IdentitySchema = dataclasses.field(default_factory=IdentitySchema)
