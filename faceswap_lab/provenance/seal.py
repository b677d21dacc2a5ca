"""A signature over a manifest, kept in it: it binds the manifest to a signer, and by its hash the output to both."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from faceswap_lab.provenance.authority import Identification, local_anchor

_ALGORITHM = "ES256"
_FIELD = "signature"


@dataclass(frozen=True, slots=True)
class Seal:
    """What a manifest's signature says.

    Attributes:
        intact: Whether it is over this very manifest.
        local: Whether the signer is certified by the authority of this user, or by one that was given as trusted.
        signer: Name in the signer's certificate; None where it cannot be read.
    """

    intact: bool
    local: bool = False
    signer: str | None = None


def sealed(manifest: Mapping[str, Any], identification: Identification) -> dict[str, Any]:
    """The manifest with a detached ES256 signature over all the rest of it, as canonical JSON.

    Args:
        manifest: Plain values.
        identification: Who signs.
    """
    key = serialization.load_pem_private_key(identification.key_pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # `Identification` has no other
    value = key.sign(_canonical(manifest), ec.ECDSA(hashes.SHA256()))
    return {
        **{name: entry for name, entry in manifest.items() if name != _FIELD},
        _FIELD: {
            "algorithm": _ALGORITHM,
            "value": base64.b64encode(value).decode("ascii"),
            "certificates": identification.chain_pem.decode("ascii"),
        },
    }


def check_seal(manifest: Mapping[str, Any], *, anchors: bytes | None = None) -> Seal | None:
    """What a manifest's signature says; None where it has none.

    Args:
        manifest: Plain values, from anywhere.
        anchors: PEM certificates of authorities to trust besides the local one.
    """
    signature = manifest.get(_FIELD)
    if signature is None:
        return None
    try:
        certificate = x509.load_pem_x509_certificates(signature["certificates"].encode("ascii"))[0]
        key, value = certificate.public_key(), base64.b64decode(signature["value"], validate=True)
        if signature["algorithm"] != _ALGORITHM or not isinstance(key, ec.EllipticCurvePublicKey):
            return Seal(intact=False)
        signer = ", ".join(str(part.value) for part in reversed(list(certificate.subject)))
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, binascii.Error, UnsupportedAlgorithm):
        return Seal(intact=False)
    try:
        key.verify(value, _canonical(manifest), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return Seal(intact=False, signer=signer)
    return Seal(intact=True, local=_is_trusted(certificate, anchors), signer=signer)


def _is_trusted(certificate: x509.Certificate, anchors: bytes | None) -> bool:
    for anchor in (local_anchor(), anchors):
        try:
            for authority in x509.load_pem_x509_certificates(anchor or b""):
                if _issued(certificate, authority):
                    return True
        except ValueError:  # there is none, or no PEM
            continue
    return False


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _canonical(manifest: Mapping[str, Any]) -> bytes:
    """JSON of everything but the signature: keys sorted, no spaces, UTF-8."""
    rest = {name: entry for name, entry in manifest.items() if name != _FIELD}
    return json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
