"""Every reader of files that others made, with a whole file to begin with: what it is given, and what it does then."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from hypothesis import strategies as st

from faceswap_lab.core.checkpoint import CARD_KEY, peek_card, read_checkpoint, rebuild_network
from faceswap_lab.core.errors import FaceswapLabError
from faceswap_lab.data.cache import open_cache
from faceswap_lab.data.identities import identity_cards, open_facesets
from faceswap_lab.evaluation.compare import compare
from faceswap_lab.faces.clip_list import find_clips
from faceswap_lab.faces.curation.alignments import read_alignments
from faceswap_lab.faces.curation.check import check
from faceswap_lab.faces.curation.import_alignments import import_alignments
from faceswap_lab.faces.curation.marks import journal, undo
from faceswap_lab.faces.curation.order import ordered
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.images import encode_image, read_picture
from faceswap_lab.provenance.authority import identification_from, local_identification
from faceswap_lab.provenance.seal import check_seal
from faceswap_lab.provenance.touched import Sought, touched
from faceswap_lab.provenance.verify import verify
from faceswap_lab.provenance.verify_model import verify_model
from faceswap_lab.provenance.xmp import state_source_type, stated_source_type
from faceswap_lab.swap.swapper import Swapper
from tests.hostile.mutations import changed, mutated
from tests.hostile.wholes import Wholes, to_json, to_yaml
from tests.swap.conftest import picture

Read = Callable[[Path], Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader and what it is given.

    Attributes:
        examples: Contents of the one file that changes.
        place: Where that lies, below a folder of its own.
        read: Reads it, given the folder.
        around: Folder whose files lie there too; None: nothing does.
    """

    examples: st.SearchStrategy[bytes]
    place: str
    read: Read
    around: Path | None = None

    def holds(self, content: bytes) -> None:
        """Asserts that a file is read, or refused in one line; raises whatever else comes of it."""
        with _fresh(self.around) as folder:
            path = folder / self.place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            said = "refused in a line"
            try:
                self.read(folder)
            except FaceswapLabError as error:
                said = str(error)
            assert len(said.splitlines()) == 1, repr(said)


@contextlib.contextmanager
def _fresh(around: Path | None) -> Iterator[Path]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "x"
        shutil.copytree(around, folder) if around is not None else folder.mkdir()
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)


def _read_faceset(folder: Path) -> None:
    faceset = Faceset.open(folder, may_be_empty=True)
    check(faceset), ordered(faceset), journal(faceset)
    faceset.rows(include_rejected=True), faceset.content_hash()
    opened = open_facesets({"bob": str(folder)})
    identity_cards(opened)
    open_cache(opened["bob"], size=16)
    undo(faceset)


def _read_crop(folder: Path) -> None:
    faceset = Faceset.open(folder)
    for row in faceset.rows():
        faceset.crop(row), faceset.mask(row)


def _read_checkpoint(path: Path) -> None:
    with contextlib.suppress(FaceswapLabError):
        peek_card(path)
    rebuild_network(read_checkpoint(path))
    swapper = Swapper.from_checkpoint(path, device="cpu")
    side = swapper.crop_spec.size
    swapper.swap([np.zeros((side, side, 3), np.uint8)], swapper.identities[0])


def _read_graph(path: Path, faces: Path) -> None:
    swapper = Swapper.from_checkpoint(path, device="cpu", facesets={path.stem: faces})
    side = swapper.crop_spec.size
    swapper.swap([np.zeros((side, side, 3), np.uint8)], swapper.identities[-1])


def _verify(folder: Path) -> None:
    json.dumps(verify(folder / "a.png", manifests=folder).to_dict(), ensure_ascii=False).encode()
    list(touched(folder, Sought("ada", frozenset({"0" * 16}), Path("/nowhere"), "0" * 64)))


def _verify_model(folder: Path) -> None:
    json.dumps(verify_model(folder / "ben.dfm").to_dict(), ensure_ascii=False).encode()
    Swapper.from_checkpoint(folder / "ben.dfm", device="cpu")


def _read_picture(path: Path) -> None:
    stated_source_type(path)
    state_source_type(path, "http://x")
    read_picture(path)


def _read_clip(path: Path) -> None:
    for frame in open_footage(path).frames():
        assert frame.image.ndim == 3


def _read_alignments(folder: Path) -> None:
    read_alignments(folder / "a.json")
    import_alignments(folder / "a.json", [folder / "0.png"], folder / "set")


def _compare(folder: Path, sought: Sought) -> None:
    list(touched(folder, sought))
    compare([folder], folder / "page.html", command="x", finder=_NoFaces())  # type: ignore[arg-type]


class _NoFaces:
    def find(self, image: Any) -> list[Any]:
        return []


def _read_pem(folder: Path, manifest: dict[str, Any]) -> None:
    check_seal(manifest, anchors=(folder / "a.pem").read_bytes())
    identification_from(folder / "a.pem", folder / "a.pem")


def _picture(suffix: str) -> Callable[[Wholes], Reader]:
    def reader(wholes: Wholes) -> Reader:
        whole = encode_image(picture(3)[:24, :32], suffix=suffix)
        return Reader(mutated(whole), f"a{suffix}", lambda folder: _read_picture(folder / f"a{suffix}"))

    return reader


def _video(suffix: str) -> Callable[[Wholes], Reader]:
    def reader(wholes: Wholes) -> Reader:
        whole = wholes.clips[f"a{suffix}"].read_bytes()
        return Reader(mutated(whole), f"a{suffix}", lambda folder: _read_clip(folder / f"a{suffix}"))

    return reader


def _in_run(place: str, write: Callable[[Any], bytes]) -> Callable[[Wholes], Reader]:
    def reader(wholes: Wholes) -> Reader:
        whole = (wholes.run / place).read_bytes()
        examples = mutated(whole)
        if write is not bytes:
            examples |= changed(yaml.safe_load(whole), write)
        return Reader(examples, place, lambda folder: _compare(folder, wholes.sought), wholes.run)

    return reader


def _odd_cell() -> st.SearchStrategy[Any]:
    numbers = st.one_of(
        st.integers(-(2**63), 2**63 - 1), st.floats(), st.none(), st.text(max_size=70), st.binary(max_size=1100)
    )
    blobs = st.sampled_from([4, 6, 136, 128]).flatmap(
        lambda size: st.floats(allow_nan=True).map(lambda value: np.full(size, value, "<f8").tobytes())
    )
    return (
        numbers
        | blobs
        | st.sampled_from(["../" * 21 + "x", "ab" * 32, "{}", '{"accepted": ["x"]}', '{"order": 3}', "[1]"])
    )


READERS: dict[str, Callable[[Wholes], Reader]] = {
    "identity.yaml": lambda w: Reader(
        mutated((w.set / "identity.yaml").read_bytes())
        | changed(yaml.safe_load((w.set / "identity.yaml").read_text(encoding="utf-8")), to_yaml),
        "identity.yaml", _read_faceset, w.set,
    ),
    "faces.sqlite": lambda w: Reader(
        mutated((w.set / "faces.sqlite").read_bytes()), "faces.sqlite", _read_faceset, w.set
    ),
    "rows of faces.sqlite": lambda w: Reader(
        st.tuples(st.sampled_from(w.columns()), _odd_cell()).map(w.database), "faces.sqlite", _read_faceset, w.set
    ),
    "crop": lambda w: Reader(mutated(w.crop.read_bytes()), f"crops/{w.crop.name}", _read_crop, w.set),
    "mask": lambda w: Reader(mutated(w.crop.read_bytes()), f"masks/{w.crop.name}", _read_crop, w.set),
    "checkpoint": lambda w: Reader(
        mutated(w.checkpoint.read_bytes()), "a.ckpt", lambda folder: _read_checkpoint(folder / "a.ckpt")
    ),
    "contents of a checkpoint": lambda w: Reader(
        mutated(w.list_of_contents()).map(lambda content: w.archive("/data.pkl", content)),
        "a.ckpt", lambda folder: _read_checkpoint(folder / "a.ckpt"),
    ),
    "card": lambda w: Reader(
        changed(w.content[CARD_KEY], w.with_card), "a.ckpt", lambda folder: _read_checkpoint(folder / "a.ckpt")
    ),
    "safetensors": lambda w: Reader(
        mutated((w.models / "all.safetensors").read_bytes()) | changed(w.content[CARD_KEY], w.weights_with_card),
        "a.safetensors", lambda folder: _read_checkpoint(folder / "a.safetensors"),
    ),
    "dfm": lambda w: Reader(
        mutated((w.models / "ben.dfm").read_bytes()), "ben.dfm", lambda folder: _read_graph(folder / "ben.dfm", w.set)
    ),
    "sidecar of a dfm": lambda w: Reader(
        mutated((w.models / "ben.dfm.json").read_bytes())
        | changed(json.loads((w.models / "ben.dfm.json").read_text(encoding="utf-8")), to_json),
        "ben.dfm.json", _verify_model, w.models,
    ),
    "manifest": lambda w: Reader(
        mutated(to_json(w.manifest)) | changed(w.manifest, to_json), "a.png.manifest.json", _verify, w.picture
    ),
    "credential": lambda w: Reader(mutated(b"\0\0\0\x20jumb" * 9), "a.png.c2pa", _verify, w.picture),
    "signed picture": lambda w: Reader(mutated((w.picture / "a.png").read_bytes()), "a.png", _verify, w.picture),
    **{f"picture{suffix}": _picture(suffix) for suffix in (".png", ".jpg", ".webp", ".bmp", ".tif")},
    **{f"footage{suffix}": _video(suffix) for suffix in (".mp4", ".mkv", ".avi", ".gif")},
    "alignments": lambda w: Reader(
        mutated(to_json(w.alignments)) | changed(w.alignments, to_json), "a.json", _read_alignments, w.footage
    ),
    "metrics.json": _in_run("evaluation/metrics.json", to_json),
    "status.json": _in_run("status.json", to_json),
    "config.yaml": _in_run("config.yaml", to_yaml),
    "metrics.csv": _in_run("metrics.csv", bytes),
    "list of footage": lambda w: Reader(
        mutated(b"[a.mp4, 'b, c.mp4', \"d\"]"), "list",
        lambda folder: find_clips((folder / "list").read_text(encoding="utf-8", errors="replace")),
    ),
    "certificates": lambda w: Reader(
        mutated(local_identification().chain_pem + local_identification().key_pem), "a.pem",
        lambda folder: _read_pem(folder, w.manifest),
    ),
}  # fmt: skip
