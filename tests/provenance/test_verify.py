"""What `verify` says of outputs that are whole, altered, stripped, encoded anew, or somebody else's."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import skimage.data
from PIL import Image

from faceswap_lab.core.errors import FootageError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.synth_writer import write_clip
from faceswap_lab.media.writer import open_writer
from faceswap_lab.provenance.authority import local_identification
from faceswap_lab.provenance.manifest import Ingredient, Making, container_tags, manifest_path
from faceswap_lab.provenance.marking import Watermark
from faceswap_lab.provenance.signing import sign_output
from faceswap_lab.provenance.verify import verify


def marked(folder: Path, *, expiry: str | None = None, signs: bool = True, name: str = "out.mp4") -> Path:
    """A clip, marked and signed as a conversion does it."""
    footage = folder / "footage.mp4"
    picture = np.ascontiguousarray(skimage.data.astronaut()[:240, :320])
    write_clip(footage, [np.roll(picture, shift, axis=1) for shift in range(8)], fps=25)
    output, opened = folder / name, open_footage(footage)
    marking = Watermark().begin(str(output))
    with marking.over(open_writer)(output, like=opened, tags=container_tags(output)) as writer:
        for frame in opened.frames():
            writer.write(frame.image.copy(), frame)
    consent = {"basis": "self", "reference": None, "scope": None, "expiry": expiry}
    making = Making(
        footage=Ingredient(footage.name, sha256_of(footage)),
        checkpoint=None,
        identity="ada",
        identities={"ada": {"role": "swapped in", "consent": consent, "licence": None}},
        num_frames=8,
        num_swapped=8,
        card={"identities": {}},
        config={},
        marks={"watermark": marking.stated()},
    )
    identification = local_identification() if signs else None
    sha256 = sign_output(
        output, output, footage=footage, making=making, identification=identification, hashed=sha256_of
    )
    marking.remember(manifest_path(output), sha256)
    return output


def test_what_was_just_written_is_ours_and_intact(own_keys: Path, tmp_path: Path) -> None:
    found = verify(marked(tmp_path))
    assert (found.verdict, found.exit_code) == ("intact", 0)
    assert found.credential.state == "trusted"
    assert found.manifest_matches
    assert found.seal is not None
    assert found.seal.intact
    assert found.tagged
    assert found.consent == {"ada": "holds"}
    assert found.watermark_id == found.credential.swap["watermark"]  # type: ignore[index]


def test_one_byte_more_is_altered(own_keys: Path, tmp_path: Path) -> None:
    path = marked(tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    found = verify(path)
    assert (found.verdict, found.exit_code, found.credential.state) == ("altered", 1, "tampered")
    assert not found.manifest_matches


def test_a_copy_without_credential_is_known_by_its_watermark(own_keys: Path, tmp_path: Path) -> None:
    path, copy = marked(tmp_path), tmp_path / "elsewhere" / "copy.mp4"
    copy.parent.mkdir()
    with av.open(str(path)) as source, av.open(str(copy), "w") as target:  # what `ffmpeg -c copy` does
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    found = verify(copy)
    assert (found.verdict, found.credential.state) == ("altered", "absent")
    assert found.manifest == manifest_path(path)
    assert not found.manifest_matches
    assert found.consent == {"ada": "holds"}


def test_without_an_index_a_folder_of_manifests_is_searched(
    own_keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = marked(tmp_path)
    picture = tmp_path / "elsewhere" / "still.png"
    picture.parent.mkdir()
    Image.fromarray(next(open_footage(path).frames()).image).save(picture)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "no index"))
    assert verify(picture).manifest is None
    assert verify(picture, manifests=tmp_path).manifest == manifest_path(path)


def test_an_unsigned_output_is_intact_by_its_manifest(own_keys: Path, tmp_path: Path) -> None:
    found = verify(marked(tmp_path, signs=False))
    assert (found.verdict, found.credential.state, found.seal) == ("intact", "absent", None)


def test_a_manifest_that_was_touched_is_no_proof(own_keys: Path, tmp_path: Path) -> None:
    path = marked(tmp_path)
    manifest = json.loads(manifest_path(path).read_text())
    manifest_path(path).write_text(json.dumps({**manifest, "created": "2001-01-01T00:00:00+00:00"}))
    found = verify(path)
    assert found.seal is not None
    assert not found.seal.intact
    assert found.verdict == "altered"


def test_consent_that_ended_since_is_said(own_keys: Path, tmp_path: Path) -> None:
    found = verify(marked(tmp_path, expiry="2020-01-31"))
    assert "ended on 2020-01-31" in found.consent["ada"]
    assert found.verdict == "intact"


def test_anything_else_is_not_ours(own_keys: Path, tmp_path: Path) -> None:
    marked(tmp_path)
    found = verify(tmp_path / "footage.mp4")
    assert (found.verdict, found.exit_code, found.watermark_id, found.manifest) == ("not ours", 1, None, None)


def test_hostile_manifests_are_passed_over(own_keys: Path, tmp_path: Path) -> None:
    path = marked(tmp_path)
    for content in (
        "[]",
        "nonsense",
        '{"output": 3, "marks": [], "identities": {"a": 1}}',
        '{"output": {"name": []}, "marks": {"watermark": 1}}',
    ):
        manifest_path(path).write_text(content)
        found = verify(path)
        assert (found.verdict, found.manifest_matches) == ("intact", False)  # by its credential
    manifest_path(path).write_text('{"output": {}, "signature": 5}')
    assert verify(path).verdict == "altered"


def test_unreadable_files_are_refused(own_keys: Path, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.mp4"):
        with pytest.raises(FootageError):
            verify(path)


def test_a_manifest_is_answered_with_its_file_and_a_missing_folder_is_said(own_keys: Path, tmp_path: Path) -> None:
    path = marked(tmp_path)
    with pytest.raises(FootageError, match=r"a manifest; give the file it belongs to, out\.mp4"):
        verify(manifest_path(path))
    for place in (tmp_path / "nowhere", path):
        with pytest.raises(FootageError, match=r"manifests=.*no such folder"):
            verify(path, manifests=place)


def test_the_command_and_its_exit_codes(own_keys: Path, tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    path = marked(tmp_path)
    result = run_cli(["verify", str(path)])
    assert result.code == 0
    assert result.stdout.splitlines()[-1] == f"{path}: ours and intact"
    result = run_cli(["verify", str(tmp_path / "footage.mp4"), "--json"])
    assert result.code == 1
    assert json.loads(result.stdout)["verdict"] == "not ours"
    assert run_cli(["verify", str(tmp_path / "missing.mp4")]).code == 2
    result = run_cli(["verify", str(path), f"anchors={tmp_path / 'none.pem'}"])
    assert (result.code, "anchors=" in result.stderr) == (2, True)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tiff"])
def test_a_picture_is_ours_signed_and_tagged(own_keys: Path, tmp_path: Path, suffix: str) -> None:
    """The XMP is written before the signature, which holds with it."""
    output = tmp_path / f"out{suffix}"
    Image.fromarray(np.ascontiguousarray(skimage.data.astronaut()[:240, :320])).save(output)
    making = Making(
        footage=Ingredient(output.name, sha256_of(output)),
        checkpoint=None,
        identity="ada",
        identities={},
        num_frames=1,
        num_swapped=1,
        card={"identities": {}},
        config={},
    )
    sign_output(output, output, footage=output, making=making, identification=local_identification(), hashed=sha256_of)
    found = verify(output)
    assert (found.verdict, found.credential.state, found.tagged) == ("intact", "trusted", True)
