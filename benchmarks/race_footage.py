"""The face sets and held-out frames of `time_to_quality.py`, extracted once."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from held_out import Held

from faceswap_lab.commands import extract
from faceswap_lab.commands.demo_footage import write_demo_footage
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.overrides import override

NUM_EMBEDDED = 96  # vectors that the mean of a person is made of, at most 64 of them


class RaceFootage(NamedTuple):
    """What all recipes train on and are measured by.

    Attributes:
        facesets: By identity.
        words: Options of `train` that keep the held-out frames out.
        held: What is held out, by identity.
    """

    facesets: Mapping[str, Path]
    words: Sequence[str]
    held: Mapping[str, Held]


def prepare(output: Path) -> RaceFootage:
    """That of `FACESWAP_LAB_FOOTAGE`, as its `splits.json` parts it, or the demo's.

    Args:
        output: Face sets go into its `faces`, the demo's clips into its `footage`.
    """
    folder = os.environ.get("FACESWAP_LAB_FOOTAGE")
    return _demo(output) if folder is None else _real(Path(folder), output)


def _real(folder: Path, output: Path) -> RaceFootage:
    splits = json.loads((folder / "splits.json").read_text(encoding="utf-8"))
    facesets, words, held = {}, ["data.gap_s=0.8"], {}
    consent = {"basis": "licensed-dataset", "reference": "bytedance/LatentSync: filmed by contracted models"}
    for name in ("man", "woman"):
        split, clip = splits[name], folder / splits[name]["clip"]
        trained, held_out = ("{}:{}".format(*split[part]) for part in ("train", "eval"))
        faceset = facesets[name] = _extracted(clip, output / "faces" / name, name, consent)
        held[name] = Held(faceset, FrameRange.parse(trained), clip, FrameRange.parse(held_out), faceset)
        words.append(override(f"range.{name}", trained))
    return RaceFootage(facesets, words, held)


def _demo(output: Path) -> RaceFootage:
    facesets, held = {}, {}
    for clips in write_demo_footage(output / "footage"):
        consent = {"basis": "public-material", "reference": clips.credit}
        name = clips.identity
        faceset = facesets[name] = _extracted(clips.train, output / "faces" / name, name, consent)
        found = _extracted(clips.held, output / "faces" / f"{name}_held", name, consent)
        held[name] = Held(faceset, None, clips.held, None, found)
    return RaceFootage(facesets, [], held)


def _extracted(clip: Path, faceset: Path, name: str, consent: Mapping[str, str]) -> Path:
    done = faceset / "done"
    if not done.is_file():
        words = [override("footage", str(clip)), override("faceset", str(faceset)), override("identity.name", name)]
        words += [override(f"identity.consent.{key}", value) for key, value in consent.items()]
        extract.run(compose_config("extract", [*words, "refine=accurate", f"num_embedded={NUM_EMBEDDED}"]))
        done.touch()
    return faceset
