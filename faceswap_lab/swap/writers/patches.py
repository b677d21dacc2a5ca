"""Each swapped face on its own: its crop, its mask, and the matrix that says where it lies in the frame."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import faceswap_lab
from faceswap_lab.core.files import explain_os_error
from faceswap_lab.media.images import encode_image
from faceswap_lab.media.joining import Segment
from faceswap_lab.provenance.label import TEXT
from faceswap_lab.provenance.manifest import manifest_path
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.stages import Swap
from faceswap_lab.swap.writers.companion import Scene, Shot
from faceswap_lab.swap.writers.layer_marks import check_layer_marks
from faceswap_lab.swap.writers.parts import link_files

INDEX, _PART = "patches.json", "faces.json"
_LABEL_CORNER = "bottom right"


class Patches:
    """``NAME_patches``: a folder with a PNG of each swapped crop, one of its mask, and ``patches.json``.

    Crops are what the network drew, in the footage's colours, before they are blended. Each carries the label in a
    corner and the watermark.
    """

    needs_workings = True
    note = "crops: each carries label and watermark, which are not to be read once it is laid over footage"

    def path(self, output: Path) -> Path:
        """As `Companion`."""
        return output.with_name(f"{output.stem}_patches")

    def check(self, marks: Marks) -> None:
        """As `Companion`."""
        check_layer_marks("patches", marks)

    @contextmanager
    def open(self, stage: Path, scene: Scene) -> Iterator[_Folder]:
        """As `Companion`."""
        folder = _Folder(stage, scene)
        yield folder
        self._write_index(stage, folder.faces, scene)

    @contextmanager
    def open_part(self, path: Path, scene: Scene, *, number: int, memory: Any) -> Iterator[_Folder]:
        """As `Companion`."""
        folder = _Folder(path, scene)
        yield folder
        _save(path, _PART, json.dumps(folder.faces, ensure_ascii=False).encode("utf-8"))

    def join(self, parts: Sequence[Segment], stage: Path, scene: Scene) -> None:
        """As `Companion`."""
        link_files([part.path for part in parts], stage, suffix=".png")
        faces = [face for part in parts for face in json.loads((part.path / _PART).read_text(encoding="utf-8"))]
        self._write_index(stage, faces, scene)

    def _write_index(self, stage: Path, faces: Sequence[dict[str, Any]], scene: Scene) -> None:
        head = {
            "schema": 1,
            "generator": f"faceswap-lab {faceswap_lab.__version__}",
            "notice": f"{TEXT}; see {manifest_path(self.path(scene.output)).name}",
            "footage": scene.footage.path.name,
            "frame_to_crop": "2 x 3; carries px of the footage's upright frame to px of the crop, centres at integers",
        }
        # A line a face, so that people and programs can read long ones.
        lines = ",\n".join(json.dumps(face, ensure_ascii=False) for face in faces)
        text = f'{json.dumps(head, ensure_ascii=False, indent=1)[:-2]},\n"faces": [\n{lines}\n]\n}}\n'
        _save(stage, INDEX, text.encode("utf-8"))


class _Folder:
    def __init__(self, stage: Path, scene: Scene) -> None:
        self._stage, self._scene = stage, scene
        self.faces: list[dict[str, Any]] = []
        try:
            stage.mkdir(exist_ok=True)
        except OSError as error:
            raise explain_os_error(error, stage) from error

    def write(self, shot: Shot) -> None:
        """As `CompanionWriter`."""
        for number, swap in enumerate(shot.swaps):
            self.faces.append(self._write(f"{shot.frame.index:06d}_{number}", shot, swap))

    def memory(self) -> None:
        """As `CompanionWriter`; each crop is made of its own frame alone."""

    def _write(self, name: str, shot: Shot, swap: Swap) -> dict[str, Any]:
        face, patch = swap
        workings = patch.debug
        assert workings is not None, "asked for by needs_workings"
        crop = _to_8_bits(workings.matched_SS3)
        if self._scene.label is not None:
            self._scene.label.draw(crop, _LABEL_CORNER)
        if self._scene.marking is not None:
            self._scene.marking.mark_still(crop)
        _save(self._stage, f"{name}_face.png", encode_image(crop, suffix=".png"))
        _save(self._stage, f"{name}_mask.png", encode_image(_to_8_bits(workings.mask_SS), suffix=".png"))
        return {
            "frame": shot.frame.index,
            "pts_s": round(shot.frame.pts_s, 6),
            "identity": face.identity,
            "track": face.track,
            "face": f"{name}_face.png",
            "mask": f"{name}_mask.png",
            "size": crop.shape[0],
            "box": list(patch.box),
            "frame_to_crop": np.asarray(workings.placed_23).round(6).tolist(),
        }


def _save(folder: Path, name: str, content: bytes) -> None:
    try:
        (folder / name).write_bytes(content)
    except OSError as error:
        raise explain_os_error(error, folder / name) from error


def _to_8_bits(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
