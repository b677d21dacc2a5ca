"""One direction of the evaluation: a footage clip, converted to another identity, measured as it was written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count, islice

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.progress import track
from faceswap_lab.evaluation.background import Background
from faceswap_lab.evaluation.colour_drift import ColourDrift
from faceswap_lab.evaluation.evenly import spread, spread_runs
from faceswap_lab.evaluation.everybody import AsEverybody
from faceswap_lab.evaluation.extremes import Extremes, Moment
from faceswap_lab.evaluation.flicker import Flicker
from faceswap_lab.evaluation.identity import distances
from faceswap_lab.evaluation.inputs import Clip, Person
from faceswap_lab.evaluation.outside import Outside
from faceswap_lab.evaluation.pictures import Picture, close_up
from faceswap_lab.evaluation.reference import nearest_in_pose
from faceswap_lab.evaluation.restored import HeldOutFaces
from faceswap_lab.evaluation.schema import PairMetrics
from faceswap_lab.evaluation.seam import Seam
from faceswap_lab.evaluation.search import FoundFace, in_step, search
from faceswap_lab.evaluation.summary import Known, summarise
from faceswap_lab.evaluation.swap_masks import SwapMasks
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.finder import Embedder, FaceFinder
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.report import ConvertReport

MAX_SEARCHED = 125
"""Frames of a clip that are searched again; of a longer clip, runs of neighbours that are spread evenly."""

_RUN = 25  # frames that follow one another: what is measured from frame to frame needs neighbours

MAX_EMBEDDED = 64
"""Faces of a clip that are described: each costs 0.1 s, and the mean of 50 is steady."""

NUM_PICTURES = 3


@dataclass(slots=True)
class Direction:
    """What was measured in one direction.

    Attributes:
        figures: For `metrics.json`.
        intervals: Ends of the 95 % intervals, by figure.
        pictures: Footage, swapped, and a real face of the identity, in rows of three.
        extremes: The best and the worst frame, by error.
    """

    figures: PairMetrics
    intervals: dict[str, list[float | None]]
    pictures: list[Picture] = field(default_factory=list)
    extremes: dict[str, tuple[Moment, Moment]] = field(default_factory=dict)


def measure_direction(
    clip: Clip,
    target: Person,
    converted: ConvertReport,
    *,
    finder: FaceFinder,
    embedder: Embedder,
    gallery: Mapping[str, FloatArray],
    real: dict[int, FloatArray],
    held_out: HeldOutFaces | None = None,
    outside: Outside | None = None,
    masks: SwapMasks | None = None,
    as_everybody: AsEverybody | None = None,
    on_described: Callable[[Frame, FoundFace], None] | None = None,
) -> Direction:
    """Searches a converted clip and measures what is found.

    Args:
        clip: The footage and whom it shows.
        target: Whose face was swapped in.
        converted: The conversion.
        finder: Finds faces.
        embedder: Describes faces.
        gallery: A descriptor for each name, among them the identity's and the footage's.
        real: Descriptors of the footage's own faces by frame; those that are missing are added.
        held_out: Where given, the footage's faces are collected in it, up to 64.
        outside: What the conversion left alone, where that was watched.
        masks: Where it replaced something, where that was watched.
        as_everybody: Collects a picture of one frame, where there shall be one.
        on_described: Sees each converted frame whose swapped face is described, with that face.

    Raises:
        FootageError: The converted clip cannot be read, or has not the footage's frames.
    """
    swapped = {swap.frame_index: swap.landmarks_682 for swap in converted.swaps}
    boxes = {swap.frame_index: swap.box for swap in converted.swaps}
    indices = _indices(clip.ranges, converted.num_frames)
    searched = frozenset(spread_runs(indices, MAX_SEARCHED, length=_RUN))
    embedded = frozenset(spread(sorted(searched & swapped.keys()), MAX_EMBEDDED))
    shown = frozenset(spread(sorted(embedded), NUM_PICTURES + 2)[1:-1] or embedded)
    if as_everybody is not None:
        as_everybody.choose(list(embedded))
    found: list[FoundFace] = []
    pictures: list[Picture] = []
    extremes = Extremes(clip.person.name, target.name, masks)
    flicker, seam, drift, background = Flicker(), Seam(), ColourDrift(), Background()
    frames = in_step(open_footage(clip.path).frames(clip.ranges), open_footage(converted.output).frames())
    frames = track(frames, total=converted.num_frames, description=f"measuring {clip.person.name} as {target.name}")
    for before, after, face in search(
        frames, swapped, searched=searched, embedded=embedded, finder=finder, embedder=embedder
    ):
        if before.index in swapped:
            flicker.add(before.index, before.image, after.image, swapped[before.index])
            seam.add(before.image, after.image, swapped[before.index])
            drift.add(before.image, after.image, swapped[before.index])
        if held_out is not None and before.index in embedded:
            held_out.add(before.image, swapped[before.index])
        distance = _distance(face, target)
        if as_everybody is not None and before.index in swapped:
            around_682 = swapped[before.index]
            as_everybody.add(before, after, around_682, identity=target.name, distance=distance)
        if face is not None:
            found.append(face)
            extremes.add(before, after, face, swapped[before.index], distance)
            if before.index in embedded:
                background.add(before.image, after.image, boxes[before.index])
                if on_described is not None:
                    on_described(after, face)
                if before.index not in real:
                    real[before.index] = embedder.embed(before.image, face.footage_682)
            if before.index in shown:
                pictures += _pictures(before, after, face, swapped[before.index], clip.person.name, target)
    figures, intervals = summarise(
        found,
        known=Known(
            identity=target.name,
            target=target.reference,
            footage=clip.person.reference,
            threshold=embedder.threshold,
            gallery=gallery,
            real=real,
        ),
        frames_searched=len(searched),
        converted=converted,
        kept={
            "flicker_ratio": flicker.measured,
            "seam_ratio": seam.measured,
            "colour_drift": drift.measured,
            "background_psnr": background.measured,
            **({} if outside is None else {"outside_exact_ratio": outside.measured}),
        },
    )
    return Direction(figures, intervals, pictures, extremes.moments)


def _distance(face: FoundFace | None, target: Person) -> float | None:
    """Of a face that was described, to the identity that was swapped in."""
    if face is None or face.descriptor_128 is None:
        return None
    return float(distances(face.descriptor_128[None], target.reference.mean_128)[0])


def _indices(ranges: FrameRange | None, num_frames: int) -> list[int]:
    """Numbers of the footage's frames that were converted."""
    meant = (index for index in count() if ranges is None or ranges.contains(index))
    return list(islice(meant, num_frames))


def _pictures(
    before: Frame, after: Frame, face: FoundFace, around_682: FloatArray, footage: str, target: Person
) -> list[Picture]:
    """Footage, swapped and a real face with the head turned alike."""
    identity = target.name
    row = nearest_in_pose(target.faceset.rows(), face.pose.yaw_deg, face.pose.pitch_deg)
    frame = f"frame {before.index}"
    return [
        Picture(close_up(before.image, around_682), f"Footage: {footage}, {frame}", f"{footage} in the footage"),
        Picture(close_up(after.image, around_682), f"Swapped: {identity}", f"The same frame with {identity}'s face"),
        Picture(target.faceset.crop(row), f"Real: {identity}, head turned alike", f"Training crop of {identity}"),
    ]
