"""Whole files of every kind that readers take from others, for tests to change."""

import contextlib
import io
import json
import shutil
import sqlite3
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save

from faceswap_lab.core.checkpoint import CARD_KEY, read_checkpoint
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.curation.alignments import write_alignments
from faceswap_lab.faces.curation.marks import mark, undo
from faceswap_lab.faces.curation.order import sort_faces
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.media.images import write_image
from faceswap_lab.media.synth_writer import write_clip
from faceswap_lab.provenance.authority import local_identification
from faceswap_lab.provenance.seal import sealed
from faceswap_lab.provenance.touched import Sought
from faceswap_lab.swap.export.export import export_checkpoint
from tests.swap.conftest import picture, tiny_checkpoint


def to_json(tree: Any) -> bytes:
    return json.dumps(tree).encode()


def to_yaml(tree: Any) -> bytes:
    return yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass")


class Wholes:
    """Whole files to begin with, made once."""

    def __init__(self, folder: Path) -> None:
        self.set = folder / "set"
        drawn_faceset(self.set, "bob", 2, identity_seed=1, crop_spec=CropSpec("face", 32))
        self.faceset = Faceset.open(self.set)
        mark(self.faceset, [self.faceset.rows()[0].id], rejected=True, what="by hand")
        undo(self.faceset), sort_faces(self.faceset, "yaw")
        self.crop = self.faceset.crop_path(self.faceset.rows()[0])
        self.footage = folder / "footage"
        self.footage.mkdir()
        write_image(self.footage / "0.png", picture(0))
        write_alignments(self.faceset, folder / "alignments.json")
        self.alignments = json.loads((folder / "alignments.json").read_text(encoding="utf-8"))
        self.checkpoint = tiny_checkpoint(folder / "tiny.ckpt")
        self.content = read_checkpoint(self.checkpoint)
        self.models = folder / "models"
        self.models.mkdir()
        for name, whom in (("ben.dfm", "ben"), ("all.safetensors", None)):
            export_checkpoint(self.checkpoint, self.models / name, identity=whom)
        self.picture = folder / "picture"
        self.picture.mkdir()
        write_image(self.picture / "a.png", picture(1))
        self.manifest = sealed(
            {
                "output": {"name": "a.png", "sha256": "0" * 64},
                "marks": {"watermark": {"id": "0" * 8, "key": "0" * 8}},
                "identities": {"ada": {"role": "swapped in", "consent": {"basis": "self"}, "licence": None}},
                "config": {"purpose": "research"},
                "model": self.content[CARD_KEY],
            },
            local_identification(),
        )
        (self.picture / "a.png.manifest.json").write_bytes(to_json(self.manifest))
        self.clips = {name: _clip(folder / name) for name in ("a.mp4", "a.mkv", "a.avi", "a.gif")}
        self.run = folder / "run"
        (self.run / "evaluation").mkdir(parents=True)
        self.metrics = _metrics()
        (self.run / "evaluation" / "metrics.json").write_bytes(to_json(self.metrics))
        (self.run / "config.yaml").write_bytes(
            to_yaml({"optimizer": {"lr": 1.0}, "facesets": {"ada": "ada"}, "seed": 1})
        )
        (self.run / "status.json").write_bytes(to_json({"state": "done", "score": 0.6, "started_s": 1.0}))
        (self.run / "metrics.csv").write_text(
            "step,train/loss,train/seconds\n10,0.5,1\n20,0.4,2\n30,0.3,3\n", encoding="utf-8"
        )
        write_image(self.run / "evaluation" / "swapped" / "0.png", picture(2))
        self.sought = Sought("ada", frozenset({"0" * 16}), Path("/nowhere"), "0" * 64)

    def database(self, change: tuple[str, Any]) -> bytes:
        """The face set's database without rules, one value of it another."""
        column, value = change
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "faces.sqlite"
            shutil.copyfile(self.set / "faces.sqlite", path)
            connection = sqlite3.connect(path)
            for table in ("faces", "scans", "journal", "face_order"):
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                connection.execute(f"ALTER TABLE {table} RENAME TO old")
                connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
                connection.execute(f"INSERT INTO {table} SELECT * FROM old")
                connection.execute("DROP TABLE old")
            table, _, name_of = column.partition(".")
            connection.execute(f"UPDATE {table} SET {name_of} = ? WHERE rowid = 1", (value,))
            connection.commit()
            connection.close()
            return path.read_bytes()

    def columns(self) -> list[str]:
        """Every column that is read, with its table."""
        with contextlib.closing(sqlite3.connect(self.set / "faces.sqlite")) as connection:
            return [
                f"{table}.{row[1]}"
                for table in ("faces", "scans", "journal", "face_order")
                for row in connection.execute(f"PRAGMA table_info({table})")
            ]

    def archive(self, part: str, content: bytes) -> bytes:
        """The checkpoint with one part changed, and sums that fit."""
        packed = io.BytesIO()
        with zipfile.ZipFile(self.checkpoint) as whole, zipfile.ZipFile(packed, "w") as new:
            for info in whole.infolist():
                new.writestr(info.filename, content if info.filename.endswith(part) else whole.read(info))
        return packed.getvalue()

    def list_of_contents(self) -> bytes:
        with zipfile.ZipFile(self.checkpoint) as whole:
            return whole.read(next(name for name in whole.namelist() if name.endswith("/data.pkl")))

    def with_card(self, tree: Any) -> bytes:
        """The checkpoint with another card."""
        packed = io.BytesIO()
        torch.save({**self.content, CARD_KEY: tree}, packed)
        return packed.getvalue()

    def weights_with_card(self, tree: Any) -> bytes:
        weights = {name.removeprefix("net."): value for name, value in self.content["state_dict"].items()}
        return save(weights, metadata={CARD_KEY: json.dumps(tree)})


def _clip(path: Path) -> Path:
    if path.suffix == ".mp4":
        return write_clip(path, [picture(index) for index in range(4)], fps=25) or path
    import av

    with av.open(str(path), "w") as container:
        codec, pixels = ("gif", "rgb8") if path.suffix == ".gif" else ("mpeg4", "yuv420p")
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 128, pixels
        for index in range(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(index), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def _metrics() -> dict[str, Any]:
    pair = {"frames": 8, "identity_distance_target": 0.5, "mouth_opening_correlation": 0.8}
    return {
        "checkpoint": "run/checkpoints/last.ckpt",
        "pairs": {"ada>ben": pair, "ben>ada": None},
        "intervals": {"ada>ben": {"identity_distance_target": [0.45, 0.55]}},
        "footage": {"ada": {"name": "ada", "sha256": "0", "range": None}},
        "identities": {"ada": {}, "ben": {}},
        "clips": {"ada>ben": "swapped"},
        "restored": {},
        "notes": [],
    }
