"""From many clips to one face set, several clips at a time.

Each clip fills a face set of its own in the staging folder, so that no two processes write into one database; these are
taken over into the face set in the order of the clips. Whenever it is killed, the next run goes on clip by clip and
ends with the same face set as a run that was not.
"""

import functools
import logging
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from faceswap_lab.core.errors import FaceswapLabError, FootageError, NoFaceError
from faceswap_lab.core.files import check_output
from faceswap_lab.core.process_pool import num_cores, run_jobs
from faceswap_lab.faces.absorb import absorb
from faceswap_lab.faces.clip_job import Choices, ClipJob, MakeParts, make_extract_clip
from faceswap_lab.faces.continuing import open_if_there
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction_report import ExtractionReport
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.faces.staging import Staging

logger = logging.getLogger(__name__)

Outcome = ExtractionReport | FaceswapLabError


@dataclass(frozen=True, slots=True)
class ManyReport:
    """What an extraction of many clips did.

    Attributes:
        faceset: The face set, or the folder of face sets.
        num_clips: Clips that gave faces, in this run or an earlier one.
        num_unusable: Clips that could not be read or show no face that is wanted.
        num_frames: Frames looked at in this run.
        num_faces: Faces added in this run.
        num_total: Faces there now.
        already_complete: Whether nothing was left to do.
    """

    faceset: Path
    num_clips: int
    num_unusable: int
    num_frames: int
    num_faces: int
    num_total: int
    already_complete: bool = False


def extract_many(
    clips: Sequence[Path],
    faceset_path: str | Path,
    *,
    record: IdentityRecord,
    make_parts: MakeParts,
    crop_spec: CropSpec | None = None,
    choices: Choices | None = None,
    workers: int | None = None,
) -> ManyReport:
    """Fills a face set from many clips; a clip that cannot be used is warned about and left out.

    Args:
        clips: Videos, GIFs, images or folders of images.
        faceset_path: Folder of the face set.
        record: Whose face it is, with the checked consent.
        make_parts: Builds detector and so on, in each process.
        crop_spec: Kind and size of the crops, as the parts cut them.
        choices: What is asked of each clip.
        workers: Clips at a time; None: one a core.

    Raises:
        FaceswapLabError: As ``extract``. FootageError and NoFaceError only where no clip can be used; then nothing is
            left behind.
    """
    target_path, spec, choices = Path(faceset_path), crop_spec or CropSpec(), choices or Choices()
    check_output(target_path, clips)
    target = open_if_there(target_path, record, spec)
    staging = Staging(target_path)
    staging.make()
    known_in = () if target is None else (target_path,)
    jobs = [ClipJob(clip, staging.shard_path(clip), record, choices, known_in) for clip in clips]
    outcomes: list[Outcome] = []
    num_faces = 0
    with closing(in_order(jobs, make_parts, workers)) as ended:
        for job, outcome in ended:
            outcomes.append(outcome)
            if isinstance(outcome, ExtractionReport) and outcome.faceset == job.faceset:
                shard = Faceset.open(job.faceset)
                if target is None:  # not `or`: an empty one counts as false
                    target = Faceset.create(target_path, record, crop_spec=spec)
                num_faces += absorb(target, shard)
                staging.remove_shard(shard)
    staging.remove()
    check_any(outcomes)
    assert target is not None
    return summary(target_path, outcomes, num_faces=num_faces, num_total=len(target))


def in_order(
    jobs: Sequence[ClipJob], make_parts: MakeParts, workers: int | None
) -> Generator[tuple[ClipJob, Outcome], None, None]:
    """Extracts clips in several processes and yields them in their order; unusable ones are warned about.

    Raises:
        FaceswapLabError: What concerns more than one clip: a full disk, say.
    """
    count = min(num_cores() if workers is None else workers, len(jobs))
    make_task = functools.partial(make_extract_clip, make_parts, in_worker=count > 1)
    ended: dict[int, Outcome] = {}
    place = 0
    with closing(run_jobs(make_task, jobs, names=[str(job.footage) for job in jobs], workers=count)) as results:
        for ending, outcome in results:
            if isinstance(outcome, FootageError | NoFaceError):
                if len(jobs) > 1:
                    logger.warning("%s; this clip is left out", outcome)
            elif isinstance(outcome, FaceswapLabError):
                raise outcome
            ended[ending] = outcome
            while place in ended:
                yield jobs[place], ended.pop(place)
                place += 1


def check_any(outcomes: Sequence[Outcome]) -> None:
    """Refuses a run in which no clip could be used.

    Raises:
        FootageError: No clip can be read.
        NoFaceError: No clip shows a wanted face.
    """
    errors = [outcome for outcome in outcomes if isinstance(outcome, FaceswapLabError)]
    if len(errors) < len(outcomes):
        return
    if len(errors) == 1:
        raise errors[0]
    kind = NoFaceError if any(isinstance(error, NoFaceError) for error in errors) else FootageError
    raise kind(f"none of {len(errors)} clips can be used; the first: {errors[0]}")


def summary(path: Path, outcomes: Sequence[Outcome], *, num_faces: int, num_total: int) -> ManyReport:
    """Counts over the clips."""
    reports = [outcome for outcome in outcomes if isinstance(outcome, ExtractionReport)]
    return ManyReport(
        faceset=path,
        num_clips=len(reports),
        num_unusable=len(outcomes) - len(reports),
        num_frames=sum(report.num_frames for report in reports),
        num_faces=num_faces,
        num_total=num_total,
        already_complete=not num_faces and all(report.already_complete for report in reports),
    )
