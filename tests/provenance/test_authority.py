"""The local authority and certificates of one's own."""

import base64
import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.provenance.authority import identification_from, local_anchor, local_identification


def test_it_is_made_once_and_nobody_else_may_read_the_key(own_keys: Path) -> None:
    assert local_anchor() is None
    first, second = local_identification(), local_identification()
    assert first == second
    assert first.is_local
    assert (own_keys / "credential" / "signer.key").stat().st_mode & 0o777 == 0o600
    assert (own_keys / "credential").stat().st_mode & 0o777 == 0o700


def test_the_signer_is_certified_by_the_authority_whose_key_is_gone(own_keys: Path) -> None:
    signer, above = x509.load_pem_x509_certificates(local_identification().chain_pem)
    signer.verify_directly_issued_by(above)
    assert local_anchor() == above.public_bytes(serialization.Encoding.PEM)
    assert above.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not signer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert signer.not_valid_before_utc < datetime.datetime.now(datetime.UTC)
    assert sorted(path.name for path in (own_keys / "credential").iterdir()) == [
        "authority.pem",
        "signer.key",
        "signer.pem",
    ]


def test_two_users_have_two_authorities(own_keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = local_identification()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "other"))
    assert local_identification().fingerprint != first.fingerprint


def test_a_damaged_folder_is_named(own_keys: Path) -> None:
    local_identification()
    (own_keys / "credential" / "signer.key").write_text("no key")
    with pytest.raises(ConfigError, match="credential: move it away and a new one is made"):
        local_identification()


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def test_certificates_of_ones_own(own_keys: Path, tmp_path: Path) -> None:
    mine = local_identification()
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(mine.chain_pem)
    key.write_bytes(mine.key_pem)
    taken = identification_from(chain, key)
    assert (taken.fingerprint, taken.is_local) == (mine.fingerprint, False)
    for content, fault in (
        (_pem(ec.generate_private_key(ec.SECP256R1())), "not that of the certificate"),
        (_pem(ec.generate_private_key(ec.SECP384R1())), "not of the curve P-256"),
        (_pem(rsa.generate_private_key(65537, 2048)), "not of the curve P-256"),
        (b"nothing", "give a PEM chain"),
    ):
        key.write_bytes(content)
        with pytest.raises(ConfigError, match=fault):
            identification_from(chain, key)
    key.write_bytes(mine.key_pem)
    p256 = bytes.fromhex("06082a8648ce3d030107")  # a curve that nobody knows, and what is no point of the curve
    for old, new in ((p256, p256[:-1] + b"\x7f"), (p256 + b"\x03\x42\x00\x04", p256 + b"\x03\x42\x00\x05")):
        der = x509.load_pem_x509_certificates(mine.chain_pem)[0].public_bytes(serialization.Encoding.DER)
        assert old in der
        text = base64.b64encode(der.replace(old, new)).decode()
        chain.write_text(f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
        with pytest.raises(ConfigError, match="give a PEM chain"):
            identification_from(chain, key)
    with pytest.raises(ConfigError, match=r"provenance\.credential\.certificate: .*missing\.pem"):
        identification_from(tmp_path / "missing.pem", key)
