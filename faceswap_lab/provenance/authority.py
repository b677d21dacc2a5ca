"""The user's own certificate authority: made at first use, known to nobody else, and so trusted by nobody else."""

from __future__ import annotations

import datetime
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import explain_os_error
from faceswap_lab.core.foreign_files import read_bytes
from faceswap_lab.core.paths import config_dir

MAX_PEM_BYTES = 2**20
"""Of a file of certificates or a key; a chain has a few thousand bytes."""
_YEARS = 10
_NAMES = ("authority.pem", "signer.pem", "signer.key")


@dataclass(frozen=True, slots=True)
class Identification:
    """What signs.

    Attributes:
        chain_pem: The signer's certificate, then those above it.
        key_pem: Its private key, PKCS#8, P-256.
        is_local: Whether it is of the authority that this program made.
    """

    chain_pem: bytes
    key_pem: bytes
    is_local: bool

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signer's certificate, 64 hexadecimal digits."""
        return x509.load_pem_x509_certificates(self.chain_pem)[0].fingerprint(hashes.SHA256()).hex()


def authority_folder() -> Path:
    """``credential`` in the user's configuration folder; it may not exist yet."""
    return config_dir() / "credential"


def local_anchor() -> bytes | None:
    """Certificate of the local authority, PEM; None before its first use.

    Raises:
        OutputError: It cannot be read.
    """
    path = authority_folder() / "authority.pem"
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        raise explain_os_error(error, path) from error


def local_identification() -> Identification:
    """The local signer, made together with its authority where there is none yet.

    The authority's private key is thrown away once it has signed, so nothing else can ever be signed with it.

    Raises:
        ConfigError: The files are damaged.
        OutputError: The folder cannot be written or read.
    """
    folder = authority_folder()
    try:
        if not folder.exists():
            _make(folder)
        chain, key = ((folder / name).read_bytes() for name in _NAMES[1:])
    except OSError as error:
        raise explain_os_error(error, folder) from error
    return _checked(chain, key, where=f"{folder}: move it away and a new one is made", is_local=True)


def identification_from(certificate: Path, private_key: Path) -> Identification:
    """The user's own signer, from PEM files.

    Args:
        certificate: The chain, the signer's certificate first.
        private_key: An elliptic P-256 key without a password.

    Raises:
        ConfigError: A file is missing or not what it should be, or the two do not belong together.
    """
    contents = []
    for key, path in (("certificate", certificate), ("private_key", private_key)):
        try:
            contents.append(read_bytes(path, at_most=MAX_PEM_BYTES))
        except OSError as error:
            raise ConfigError(f"provenance.credential.{key}: {path}: {error.strerror or error}") from error
    where = f"provenance.credential: {certificate} and {private_key}: give a PEM chain and its P-256 key"
    return _checked(*contents, where=where, is_local=False)


def _checked(chain_pem: bytes, key_pem: bytes, *, where: str, is_local: bool) -> Identification:
    try:
        certificate = x509.load_pem_x509_certificates(chain_pem)[0]
        certified, key = certificate.public_key(), serialization.load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError, IndexError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{where} ({error})") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigError(f"{where} (the key is not of the curve P-256)")
    if key.public_key() != certified:
        raise ConfigError(f"{where} (the key is not that of the certificate)")
    pkcs8 = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Identification(chain_pem, pkcs8, is_local)


def _make(folder: Path) -> None:
    """Writes authority and signer into a new folder, unless another process has just done so."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    temporary.mkdir(mode=0o700)
    try:
        contents = _new_chain()
        for name, content in zip(_NAMES, contents, strict=True):
            descriptor = os.open(temporary / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        try:
            os.rename(temporary, folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _new_chain() -> tuple[bytes, bytes, bytes]:
    """PEM of the authority's certificate, of the signer's followed by it, and of the signer's key."""
    authority_key, signer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    tag = secrets.token_hex(4)  # tells the authorities of two users apart; no name of a person or machine
    authority_name = _name(f"faceswap-lab local authority {tag}")
    authority = (
        _certificate(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    signer = (
        _certificate(_name(f"faceswap-lab user {tag}"), authority_name, signer_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key = signer_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return authority.public_bytes(pem), signer.public_bytes(pem) + authority.public_bytes(pem), key


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    # A day of slack: the clock of who checks may be behind.
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "faceswap-lab (made locally, vouched for by nobody)"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(**granted: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    names += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: granted.get(name, False) for name in names})
