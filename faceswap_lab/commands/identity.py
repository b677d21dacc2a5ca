"""Say on which ground a face may be used, renew that, bind it to the faces, or take it back."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from faceswap_lab.core.consent import PURPOSES, sha256_of_evidence, stated_consent
from faceswap_lab.core.errors import ConfigError, ConsentError
from faceswap_lab.core.identity_command_schema import IDENTITY_VERBS, IdentityCommandSchema
from faceswap_lab.core.verbs import check_verb
from faceswap_lab.faces.consent_binding import require_faceset_consent
from faceswap_lab.faces.consent_changes import bind_consent, renew_consent, revoke_consent
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.provenance.touched import Sought, touched

logger = logging.getLogger("faceswap_lab")


def run(cfg: DictConfig) -> None:
    """Does what the verb says, and says what was done.

    Args:
        cfg: Composed ``conf/identity.yaml``.

    Raises:
        ConfigError: The verb is unknown, an option is missing or has no effect on it, or ``under`` is no folder.
        FaceswapLabError: As the verb's own function in ``faces.consent_changes``.
    """
    check_verb("identity", cfg.verb, IDENTITY_VERBS, cfg, IdentityCommandSchema)
    _VERBS[cfg.verb](cfg)


def _show(cfg: DictConfig) -> None:
    faceset = Faceset.open(cfg.faceset, may_be_empty=True)
    _say(cfg.faceset, faceset.identity)
    for former in faceset.identity.former:
        ended = f", revoked on {former.revoked}" if former.revoked else ""
        logger.info("before: %s, reference %s%s", former.basis, former.reference, ended)
    if cfg.evidence is not None:
        stated = faceset.identity.consent.evidence_sha256
        if sha256_of_evidence(cfg.evidence) != stated:
            said = "no evidence" if stated is None else f"evidence of SHA-256 {stated}"
            raise ConsentError(f"evidence={cfg.evidence} is another file: the record names {said}")
        logger.info("evidence: %s is the file that the record names", cfg.evidence)
    held = []
    for purpose in PURPOSES:
        try:
            require_faceset_consent(faceset, purpose=purpose)
            held.append(purpose)
        except ConsentError as error:
            logger.info("%s: no; %s", purpose, error)
    logger.info("%s may be used today for: %s", cfg.faceset, ", ".join(held) or "nothing")


def _renew(cfg: DictConfig) -> None:
    if cfg.identity.name is not None or cfg.identity.licence is not None:
        raise ConfigError("identity renew: only identity.consent.… is renewed; leave identity.name and .licence out")
    record = renew_consent(cfg.faceset, stated_consent(cfg.identity.consent))
    _say(cfg.faceset, record)
    logger.info("wrote %s: a new consent; checkpoints that name this face set follow it", cfg.faceset)


def _bind(cfg: DictConfig) -> None:
    record = bind_consent(cfg.faceset)
    logger.info("wrote %s: the consent is bound to the faces that are there now, all %s's", cfg.faceset, record.name)


def _revoke(cfg: DictConfig) -> None:
    under = Path(cfg.under)
    if not under.is_dir():
        raise ConfigError(f"under={under}: no such folder; give one that holds runs, checkpoints or outputs")
    record = revoke_consent(cfg.faceset, reason=cfg.reason)
    faceset = Faceset.open(cfg.faceset, may_be_empty=True)
    sought = Sought(
        name=record.name,
        ids=frozenset(one.id for one in (record.consent, *record.former) if one.id is not None),
        faceset=faceset.path.resolve(),
        faceset_hash=faceset.content_hash(),
    )
    found = list(touched(under, sought))
    for one in found:
        logger.info("%s %s: %s", one.kind, one.path, one.how)
    logger.info(
        "revoked %s on %s: %d runs, checkpoints and outputs hold this face; nothing was deleted, but train, convert "
        "and export refuse it from now on",
        cfg.faceset,
        record.consent.revoked,
        len(found),
    )


def _say(faceset: str, record: IdentityRecord) -> None:
    known: dict[str, Any] = {**record.consent.to_dict(), "licence": record.licence}
    said = ", ".join(f"{name} {value}" for name, value in known.items() if value is not None)
    logger.info("%s: %s, %s", faceset, record.name, said)


_VERBS: dict[str, Callable[[DictConfig], None]] = {
    "show": _show,
    "renew": _renew,
    "bind": _bind,
    "revoke": _revoke,
}
