"""What a face set tells a conversion: an edit that would change its pixels begins it anew, any other does not."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.files import sha256_of
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.known_hash import known_hash
from faceswap_lab.swap.masks.stored import Stored
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.swapper import Swapper


class PowerCutError(Exception):
    """Ends a run without a word, as a killed process does."""


@pytest.fixture
def carol(tmp_path: Path, clip: Path, make_finder: Callable[..., FaceFinder]) -> Path:
    """A face set of the clip."""
    record = IdentityRecord("carol", check_consent("self"))
    extract(clip, tmp_path / "carol", record=record, finder=make_finder())
    return tmp_path / "carol"


def paint(carol: Path) -> None:
    """Blackens the mask of the first face, as a person does in a paint program."""
    faceset = Faceset.open(carol)
    path = faceset.mask_path(faceset.rows()[0])
    cv2.imwrite(str(path), np.zeros_like(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)))


def edit(carol: Path, sql: str) -> None:
    database = sqlite3.connect(carol / "faces.sqlite")
    database.execute(sql)
    database.commit()
    database.close()


VECTOR = "UPDATE faces SET embedding = zeroblob(16), embedder = 'dlib_resnet' WHERE id = 1"


@pytest.mark.parametrize(
    ("sql", "is_seen"),
    [
        ("UPDATE faces SET track = 7 WHERE id = 2", True),
        ("UPDATE faces SET box = zeroblob(32) WHERE id = 2", True),
        ("UPDATE faces SET rejected = 1 WHERE id = 2", True),
        (VECTOR, True),
        ("UPDATE faces SET sharpness = 3 WHERE id = 2", False),
        ("INSERT INTO face_order VALUES (0, 2, 'yaw')", False),
    ],
)
def test_sees_what_decides_pixels(carol: Path, clip: Path, sql: str, is_seen: bool) -> None:
    before = known_hash(Faceset.open(carol), sha256_of(clip))
    assert known_hash(Faceset.open(carol), sha256_of(clip)) == before
    edit(carol, sql)
    assert (known_hash(Faceset.open(carol), sha256_of(clip)) != before) == is_seen


def test_sees_painted_masks_of_this_footage_only(carol: Path, clip: Path) -> None:
    here, elsewhere = (known_hash(Faceset.open(carol), sha256) for sha256 in (sha256_of(clip), "0" * 64))
    paint(carol)
    assert known_hash(Faceset.open(carol), sha256_of(clip)) != here
    assert known_hash(Faceset.open(carol), "0" * 64) == elsewhere
    faceset = Faceset.open(carol)
    faceset.mask_path(faceset.rows()[0]).unlink()
    assert known_hash(faceset, sha256_of(clip)) != here


def test_a_stopped_conversion_begins_anew_after_masks_were_painted(
    tmp_path: Path, carol: Path, clip: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {
        **{"swapper": Swapper.from_checkpoint(checkpoint, device="cpu"), "identity": "ben", "faceset": carol},
        **{"mask": Stored(), "marks": Marks(label=None), "segment_frames": 3, "batch_size": 1, "config": {}},
    }
    draw, num_drawn = Swapper.swap, 0

    def stopping(self: Swapper, *args: Any) -> Any:
        nonlocal num_drawn
        num_drawn += 1
        if num_drawn == 8:
            raise PowerCutError
        return draw(self, *args)

    def stop_then(edit: Callable[[], None]) -> int:
        nonlocal num_drawn
        num_drawn = 0
        with monkeypatch.context() as patched:
            patched.setattr(Swapper, "swap", stopping)
            with pytest.raises(PowerCutError):
                convert(clip, tmp_path / "out.mp4", overlap=False, **options)
        edit()
        return convert(clip, tmp_path / "out.mp4", **options).num_resumed

    assert stop_then(lambda: None) == 6
    (tmp_path / "out.mp4").unlink()
    assert stop_then(lambda: paint(carol)) == 0
