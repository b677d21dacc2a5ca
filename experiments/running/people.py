"""Who is trained in a study: drawn people, the demo's portraits, or the clips of real footage."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.running.commands import run_command
from faceswap_lab.commands.demo_footage import write_demo_footage
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.crop import CropSpec

_CLIPS = {  # file, frames that train, frames that are measured: as splits.json beside the clips says
    "man": ("man_kitchen.mp4", "0:360", "385:502"),
    "woman": ("woman_outdoors.mp4", "0:180", "200:250"),
}
_TERMS = ("identity.consent.basis=licensed-dataset", "identity.licence=Apache-2.0")
_REFERENCE = "identity.consent.reference=bytedance/LatentSync: filmed by contracted models"


@dataclass(frozen=True, slots=True)
class Person:
    """An identity with its face set, and what it is measured on.

    Attributes:
        name: Key of the identity.
        faceset: Its folder.
        trained: Range of frames that train, where the clip also holds those that are measured.
        held: Clip with frames that training never sees; none for drawn people, who have no footage.
        measured: Range of it.
    """

    name: str
    faceset: Path
    trained: str | None = None
    held: Path | None = None
    measured: str | None = None


def drawn_people(folder: Path, count: int, *, faces: int, size: int) -> list[Person]:
    """Drawn people: to try a study out, or where there is no footage of enough.

    Args:
        folder: Where their face sets lie.
        count: How many people, four at most.
        faces: Of each.
        size: Of a crop, px.
    """
    people: list[Person] = []
    for seed, name in enumerate(("ada", "ben", "cleo", "dan")[:count]):
        path = folder / name
        if not path.exists():
            drawn_faceset(path, name, faces, identity_seed=seed, crop_spec=CropSpec(size=size), fps=6.0)
        people.append(Person(name, path))
    return people


def demo_people(folder: Path, *, seconds: float = 10.0, measured: str | None = None) -> list[Person]:
    """The two embedded portraits, each animated into a clip to train on and one held out.

    Args:
        folder: Where clips and face sets lie.
        seconds: Of each clip.
        measured: Range of the held-out clips; None: all of them.
    """
    people: list[Person] = []
    for clip in write_demo_footage(folder / "footage", seconds=seconds):
        words = [f"identity.consent.reference={clip.credit}", "identity.licence=public domain"]
        _extract(folder, clip.identity, clip.train, ["identity.consent.basis=public-material", *words])
        people.append(Person(clip.identity, folder / clip.identity, held=clip.held, measured=measured))
    return people


def clip_people(folder: Path, clips: Path) -> list[Person]:
    """The two persons of the real footage."""
    people: list[Person] = []
    for name, (file, trained, measured) in _CLIPS.items():
        _extract(folder, name, clips / file, [*_TERMS, _REFERENCE, "num_embedded=96", "refine=accurate"])
        people.append(Person(name, folder / name, trained, clips / file, measured))
    return people


def _extract(folder: Path, name: str, footage: Path, words: Sequence[str]) -> None:
    done = folder / f"{name}.done"
    if not done.exists():
        run_command(["extract", f"footage={footage}", f"faceset={folder / name}", f"identity.name={name}", *words])
        done.touch()
