"""A manifest's signature holds for that manifest alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap_lab.provenance.authority import local_identification
from faceswap_lab.provenance.seal import Seal, check_seal, sealed

MANIFEST: dict[str, Any] = {"output": {"name": "aus.mp4", "sha256": "c" * 64}, "größe": 1.5, "list": [1, None, True]}


def test_it_survives_the_file_and_any_order_of_keys(own_keys: Path) -> None:
    signed = sealed(MANIFEST, local_identification())
    assert {**signed, "signature": None} == {**MANIFEST, "signature": None}
    turned = dict(reversed(json.loads(json.dumps(signed)).items()))
    seal = check_seal(turned)
    assert seal is not None
    assert seal.intact
    assert seal.local
    assert (seal.signer or "").startswith("faceswap-lab user ")
    assert (seal.signer or "").endswith(", faceswap-lab (made locally, vouched for by nobody)")


def test_signing_again_replaces_the_signature(own_keys: Path) -> None:
    mine = local_identification()
    again = check_seal(sealed(sealed(MANIFEST, mine), mine))
    assert again is not None
    assert again.intact


def test_any_change_breaks_it(own_keys: Path) -> None:
    signed = sealed(MANIFEST, local_identification())
    for changed in ({**signed, "größe": 1.6}, {**signed, "more": 1}, {k: v for k, v in signed.items() if k != "list"}):
        seal = check_seal(changed)
        assert seal is not None
        assert not seal.intact


def test_a_strangers_signature_is_intact_but_not_ours(
    own_keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = sealed(MANIFEST, local_identification())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    assert check_seal(signed) == Seal(True, False, check_seal(signed).signer)  # type: ignore[union-attr]
    local_identification()
    seal = check_seal(signed)
    assert seal is not None
    assert not seal.local


def test_without_a_signature_there_is_none() -> None:
    assert check_seal(MANIFEST) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(_json)
def test_nonsense_is_no_intact_signature(signature: Any) -> None:
    seal = check_seal({**MANIFEST, "signature": signature})
    assert seal is None or not seal.intact
