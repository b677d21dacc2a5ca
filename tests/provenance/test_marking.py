"""Keys, index, and the watermark on its way through a writer."""

import json
import stat
from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError, OutputError
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.synth_writer import write_clip
from faceswap_lab.media.writer import open_writer
from faceswap_lab.provenance.index import Entry, index_file, look_up, remember
from faceswap_lab.provenance.keyring import fingerprint, key_file, watermark_keys
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.marking import Watermark
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.provenance.watermark import detect


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has never marked anything."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def test_a_key_is_made_once_for_its_owner_alone() -> None:
    assert watermark_keys() == []
    keys = watermark_keys(make=True)
    assert [len(key) for key in keys] == [32]
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert watermark_keys(make=True) == keys == watermark_keys()
    assert list(key_file().parent.iterdir()) == [key_file()]


def test_further_keys_and_remarks_are_read() -> None:
    (first,) = watermark_keys(make=True)
    with key_file().open("a") as stream:
        stream.write(f"\n{'ab' * 32}  # the studio's\n# nothing\n")
    assert watermark_keys() == [first, b"\xab" * 32]


@pytest.mark.parametrize("content", ["xyz\n", "abcd\n", "# none\n"])
def test_a_damaged_key_file_is_named(content: str) -> None:
    key_file().parent.mkdir(parents=True)
    key_file().write_text(content)
    with pytest.raises(ConfigError, match=r"watermark\.keys"):
        watermark_keys(make=True)


def test_a_place_that_cannot_hold_keys_is_named(home: Path) -> None:
    (home / "config").write_text("in the way")
    with pytest.raises(OutputError, match="config"):
        watermark_keys(make=True)


def test_fingerprints_tell_keys_apart() -> None:
    assert fingerprint(b"a" * 32) != fingerprint(b"b" * 32)
    assert len(fingerprint(b"a" * 32)) == 8


def test_the_index_gives_back_the_latest_first() -> None:
    assert look_up("00000001", "k") == []
    entries = [Entry("00000001", "k", f"/out/{n}.json", "a") for n in range(2)] + [Entry("00000002", "k", "/o", "b")]
    for entry in entries:
        remember(entry)
    with index_file().open("a") as stream:
        stream.write('{"id": "00000001", "key": "k"}\n{"id": "000')
    assert look_up("00000001", "k") == [entries[1], entries[0]]
    assert look_up("00000001", "other") == []


def test_an_index_that_cannot_be_written_is_a_warning(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    (home / "data").write_text("in the way")
    remember(Entry("00000001", "k", "/m", "a"))
    assert "not noted in the index" in caplog.text


def test_frames_are_marked_on_their_way_to_the_encoder(tmp_path: Path) -> None:
    footage = open_footage(_clip(tmp_path / "clip.mp4"))
    marks = Marks(label=None)
    writer, marking = marks.over(open_writer, ["origin", 1])
    assert marking is not None
    with writer(tmp_path / "out.mp4", like=footage) as sink:
        for frame in footage.frames():
            sink.write(frame.image.copy(), frame)
    written = [frame.image for frame in open_footage(tmp_path / "out.mp4").frames()]
    found = detect(written, watermark_keys(), search=False)
    assert found.payload is not None
    assert f"{found.payload:08x}" == marking.id == marks.stated(marking, None)["watermark"]["id"]
    assert marks.stated(marking, None)["label"] is None
    marking.remember(tmp_path / "out.mp4.manifest.json", "c" * 64)
    (entry,) = look_up(marking.id, fingerprint(watermark_keys()[0]))
    assert entry.manifest == str(tmp_path / "out.mp4.manifest.json")


def test_the_id_is_that_of_the_origin() -> None:
    one, again, other = (Watermark().begin(origin).id for origin in (["a", None], ["a", None], ["b", None]))
    assert one == again != other


def test_is_left_out_for_a_reason_only() -> None:
    for reason in (None, "", "  "):
        with pytest.raises(ConfigError, match=r"provenance\.reason"):
            Marks(label=None, watermark=None, reason=reason)
        with pytest.raises(ConfigError, match="credential is left out"):
            Marks(label=None, credential=None, reason=reason)
    with pytest.raises(ConfigError, match="no effect"):
        Marks(label=None, reason="because")
    marks = Marks(label=CornerLabel(), watermark=None, reason="pixels are compared")
    writer, marking = marks.over(open_writer, [])
    assert (writer, marking) == (open_writer, None)
    stated = marks.stated(None, marks.identification())
    assert json.loads(json.dumps(stated)) == {
        "label": "AI-generated face swap",
        "watermark": None,
        "credential": stated["credential"],
        "reason": "pixels are compared",
    }
    assert stated["credential"]["local_authority"]
    assert watermark_keys() == []
    unsigned = Marks(label=None, credential=None, reason="bytes are compared")
    assert unsigned.identification() is None
    assert unsigned.stated(None, None)["credential"] is None


def _clip(path: Path) -> Path:
    rng = np.random.default_rng(0)
    frame = np.kron(rng.integers(60, 200, (15, 20, 3)), np.ones((16, 16, 1))).astype(np.uint8)
    write_clip(path, [np.roll(frame, shift, axis=1) for shift in range(6)], fps=25)
    return path
