"""What an evaluation refuses before it works."""

from pathlib import Path
from typing import Any

import pytest

from faceswap_lab.core.consent import Consent
from faceswap_lab.core.errors import ConsentError
from faceswap_lab.evaluation.inputs import check_inputs
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord


def test_a_face_set_without_consent_is_no_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, consent in (("ada", Consent("self")), ("ben", Consent("missing"))):
        Faceset.create(tmp_path / name, IdentityRecord(name, consent))
    monkeypatch.setattr(Faceset, "__len__", lambda self: 1)
    card: Any = {"identities": {"ada": {}, "ben": {}}}
    facesets = {name: tmp_path / name for name in ("ada", "ben")}
    with pytest.raises(ConsentError, match=r"face set .*ben: identity\.consent\.basis is 'missing'"):
        check_inputs(card, {"ada": tmp_path / "clip.mp4"}, {}, facesets)
