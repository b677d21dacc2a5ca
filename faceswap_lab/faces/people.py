"""From clips with several people to a face set for each, in one pass over the footage.

Everybody's faces are extracted into the staging folder, stretch by stretch; then stretches are grouped by person, the
grouping is written down as a plan, and the plan is carried out. A kill before the plan repeats the grouping, a kill
after it repeats what the plan says, so that the outcome is that of an uninterrupted run.
"""

import json
import logging
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from faceswap_lab.core.consent import MISSING, Consent
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import atomic_write_text, check_output
from faceswap_lab.faces.absorb import absorb
from faceswap_lab.faces.clip_job import Choices, ClipJob, MakeParts
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction_many import ManyReport, Outcome, check_any, in_order, summary
from faceswap_lab.faces.extraction_report import ExtractionReport
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IDENTITY_FILE, IdentityRecord
from faceswap_lab.faces.likeness import THRESHOLD
from faceswap_lab.faces.people_clusters import Chain, chains_of, group_by_person, pairwise
from faceswap_lab.faces.people_sheet import write_sheet
from faceswap_lab.faces.staging import Staging

logger = logging.getLogger(__name__)

PLAN_FILE = "plan.json"
_FOLDER = re.compile(r"person_(\d{2,})")


def extract_people(
    clips: Sequence[Path],
    parent: str | Path,
    *,
    make_parts: MakeParts,
    crop_spec: CropSpec | None = None,
    choices: Choices | None = None,
    threshold: float = THRESHOLD,
    licence: str | None = None,
    workers: int | None = None,
) -> ManyReport:
    """Sorts everybody in the clips into face sets ``person_01``, ``person_02`` and so on, most faces first.

    The sets' consent is ``missing``: they can be looked at, and nothing may be made from them before it is set. A
    contact sheet of each lies beside its folder. People of an earlier run are recognised and get more faces.

    Args:
        clips: Videos, GIFs, images or folders of images.
        parent: Folder of the face sets.
        make_parts: Builds detector and so on, in each process; an embedder must be among them.
        crop_spec: Kind and size of the crops, as the parts cut them.
        choices: What is asked of each clip; ``everybody`` is implied.
        threshold: Mean distance of vectors up to which two groups of faces are one person.
        licence: Licence of the footage.
        workers: Clips at a time; None: one a core.

    Returns:
        Counts; ``num_total`` is over all face sets.

    Raises:
        FaceswapLabError: As ``extract_many``.
    """
    parent, spec, choices = Path(parent), crop_spec or CropSpec(), replace(choices or Choices(), everybody=True)
    check_output(parent, clips)
    if (parent / IDENTITY_FILE).exists():
        raise ConfigError(f"faceset={parent} is one person's face set; with people= give the folder for the sets")
    staging = Staging(parent)
    num_faces = _carry_out(parent, staging, licence)  # what a killed run had planned
    known_in = tuple(path for _, path in _people(parent))
    for path in known_in:
        if (there := Faceset.open(path, may_be_empty=True).crop_spec) != spec:
            raise ConfigError(f"{path} holds crops of {there.kind} at {there.size} px; use another folder or that crop")
    staging.make()
    record = IdentityRecord("person", Consent(MISSING), licence)
    jobs = [ClipJob(clip, staging.shard_path(clip), record, choices, known_in) for clip in clips]
    outcomes: list[Outcome] = []
    shards: dict[Path, None] = {}
    with closing(in_order(jobs, make_parts, workers)) as ended:
        for job, outcome in ended:
            outcomes.append(outcome)
            if isinstance(outcome, ExtractionReport) and outcome.faceset == job.faceset:
                shards[job.faceset] = None
    if shards:
        _plan(parent, staging, list(shards), threshold)
        num_faces += _carry_out(parent, staging, licence)
    staging.remove()
    check_any(outcomes)
    num_total = sum(len(Faceset.open(path, may_be_empty=True)) for _, path in _people(parent))
    return summary(parent, outcomes, num_faces=num_faces, num_total=num_total)


def _people(parent: Path) -> list[tuple[int, Path]]:
    """Numbers and folders of the people that are there."""
    entries = parent.iterdir() if parent.is_dir() else ()
    numbered = [(int(match[1]), path) for path in entries if (match := _FOLDER.fullmatch(path.name))]
    return sorted((number, path) for number, path in numbered if (path / IDENTITY_FILE).exists())


def _plan(parent: Path, staging: Staging, shards: Sequence[Path], threshold: float) -> None:
    chains = [chain for number, path in enumerate(shards) for chain in chains_of(number, Faceset.open(path))]
    people = _people(parent)
    known = [(path.name, _vectors(path)) for _, path in people]
    last = max((number for number, _ in people), default=0)
    planned: dict[str, dict[str, list[int]]] = {}
    for group in group_by_person(chains, threshold):
        name = _recognised(np.stack([chain.vector for chain in group]), known, threshold)
        if name is None:
            last += 1
            name = f"person_{last:02d}"
        _add(planned.setdefault(name, {}), group, shards)
    plan = {"shards": [path.name for path in shards], "people": planned}
    atomic_write_text(staging.path / PLAN_FILE, json.dumps(plan))


def _vectors(path: Path) -> np.ndarray:
    vectors = [row.embedding for row in Faceset.open(path, may_be_empty=True).rows() if row.embedding is not None]
    return np.stack(vectors) if vectors else np.zeros((0, 0))


def _recognised(vectors_ND: np.ndarray, known: Sequence[tuple[str, np.ndarray]], threshold: float) -> str | None:
    """The folder of the nearest person near enough."""
    near = [
        (float(pairwise(vectors_ND, theirs_MD).mean()), name)
        for name, theirs_MD in known
        if theirs_MD.shape[1] == vectors_ND.shape[1]
    ]
    return min(((gap, name) for gap, name in near if gap <= threshold), default=(0.0, None))[1]


def _add(faces: dict[str, list[int]], group: Sequence[Chain], shards: Sequence[Path]) -> None:
    for chain in group:
        faces.setdefault(shards[chain.shard].name, []).extend(row.id for row in chain.rows)


def _carry_out(parent: Path, staging: Staging, licence: str | None) -> int:
    """Does what the plan says, if there is one; returns how many faces were added."""
    path = staging.path / PLAN_FILE
    if not path.exists():
        return 0
    plan: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    shards = {name: Faceset.open(staging.path / name) for name in plan["shards"]}
    people = {name: _open_or_create(parent / name, next(iter(shards.values())), licence) for name in plan["people"]}
    num_faces = 0
    for name, person in people.items():
        num_added = 0
        for shard, ids in plan["people"][name].items():
            wanted = set(ids)
            rows = [row for row in shards[shard].rows() if row.id in wanted]
            num_added += absorb(person, shards[shard], rows=rows, scans=False)
        logger.info("%s: %d faces more, %d in all", person.path, num_added, len(person))
        num_faces += num_added
    for person in people.values():  # only now: a set that calls the footage done must not be the first of several
        for shard in shards.values():
            absorb(person, shard, rows=[])
    for name, person in people.items():
        write_sheet(person, parent / f"{name}.png")
    path.unlink()
    for shard in shards.values():
        staging.remove_shard(shard)
    return num_faces


def _open_or_create(path: Path, shard: Faceset, licence: str | None) -> Faceset:
    if (path / IDENTITY_FILE).exists():
        return Faceset.open(path, may_be_empty=True)
    return Faceset.create(path, IdentityRecord(path.name, Consent(MISSING), licence), crop_spec=shard.crop_spec)
