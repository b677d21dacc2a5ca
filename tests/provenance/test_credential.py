"""Content credentials: C2PA's own reader judges them, and bytes that were changed do not pass."""

import io
from pathlib import Path

import c2pa
import numpy as np
import pytest
from PIL import Image

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.media.synth_writer import write_clip
from faceswap_lab.provenance.authority import Identification, local_identification
from faceswap_lab.provenance.credential import Credential, check_file, sidecar_path, sign_file, write_sidecar

SWAP = {"footage_sha256": "a" * 64, "watermark": "0badcafe"}


@pytest.fixture
def signer(own_keys: Path) -> Identification:
    return local_identification()


def output(folder: Path, suffix: str) -> Path:
    """A small picture or clip."""
    path, generator = folder / f"out{suffix}", np.random.default_rng(3)
    frames = [generator.integers(0, 255, (64, 96, 3), dtype=np.uint8) for _ in range(5)]
    if suffix in (".png", ".jpg"):
        Image.fromarray(frames[0]).save(path)
    else:
        write_clip(path.with_suffix(".mkv") if suffix == ".webm" else path, frames, fps=25)
        if suffix == ".webm":  # H.264 does not belong in it; here only the name counts
            path.with_suffix(".mkv").rename(path)
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".png", ".jpg"])
def test_a_signed_file_is_valid_for_anybody_trusted_here_and_invalid_after_one_byte(
    tmp_path: Path, signer: Identification, suffix: str
) -> None:
    path = output(tmp_path, suffix)
    assert check_file(path).state == "absent"
    assert sign_file(path, signer, title=path.name, footage=path, swap=SWAP) is None
    # Without our authority, as anybody's reader sees it.
    assert c2pa.Reader(path).get_validation_state() == "Valid"
    found = check_file(path)
    assert (found.state, found.ours, found.swap) == ("trusted", True, SWAP)
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    found = check_file(path)
    assert found.state == "tampered"
    assert found.problems


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_containers_that_hold_none_have_it_beside_them(tmp_path: Path, signer: Identification, suffix: str) -> None:
    path = output(tmp_path, suffix)
    before = path.read_bytes()
    beside = sign_file(path, signer, title=path.name, footage=tmp_path, swap=SWAP)
    assert beside is not None
    assert path.read_bytes() == before
    write_sidecar(path, path, beside)
    assert sidecar_path(path).name == f"out{suffix}.c2pa"
    assert check_file(path).state == "trusted"
    path.write_bytes(before[:-40] + bytes([before[-40] ^ 1]) + before[-39:])
    assert check_file(path).state == "tampered"


def test_it_says_what_was_edited_and_how(tmp_path: Path, signer: Identification) -> None:
    footage, path = output(tmp_path, ".mp4"), output(tmp_path, ".png")
    sign_file(path, signer, title="named.png", footage=footage, swap=SWAP)
    manifest = c2pa.Reader(path).get_active_manifest()
    assert manifest is not None
    assert manifest["title"] == "named.png"
    assert [(item["title"], item["relationship"]) for item in manifest["ingredients"]] == [("out.mp4", "parentOf")]
    assert manifest["ingredients"][0]["description"] == f"SHA-256 {SWAP['footage_sha256']}"
    actions = next(a for a in manifest["assertions"] if a["label"].startswith("c2pa.actions"))["data"]["actions"]
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.edited"]
    assert actions[1]["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert manifest["signature_info"]["alg"].lower() == "es256"


def test_footage_in_which_no_face_was_replaced_claims_no_composite(tmp_path: Path, signer: Identification) -> None:
    path = output(tmp_path, ".png")
    sign_file(path, signer, title="named.png", footage=path, swap=SWAP, swapped=False)
    assert "compositeWithTrainedAlgorithmicMedia" not in c2pa.Reader(path).json()


def test_a_stranger_is_not_trusted(tmp_path: Path, signer: Identification, monkeypatch: pytest.MonkeyPatch) -> None:
    path = output(tmp_path, ".png")
    sign_file(path, signer, title=path.name, footage=path, swap=SWAP)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    assert check_file(path).state == "valid"
    anchor = signer.chain_pem[signer.chain_pem.rindex(b"-----BEGIN") :]
    assert check_file(path, anchors=anchor).state == "trusted"


def test_hostile_files_say_tampered_or_absent(tmp_path: Path, own_keys: Path) -> None:
    path = tmp_path / "odd.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 100)
    assert check_file(path).state in ("absent", "tampered")
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    assert check_file(text).state == "absent"
    sidecar_path(text).write_bytes(io.BytesIO(b"\xff" * 500).getvalue())
    assert check_file(text).state == "tampered"


def test_one_of_certificate_and_key_is_not_enough() -> None:
    with pytest.raises(ConfigError, match=r"provenance\.credential\.private_key is missing"):
        Credential(certificate="chain.pem")
