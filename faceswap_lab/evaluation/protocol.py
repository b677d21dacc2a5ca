"""The held-out protocol: convert every clip to every other identity, find the faces again, measure, write it down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import atomic_write_json, atomic_write_text, check_output
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.model_card import model_card
from faceswap_lab.evaluation.cost import PeakMemory, measure_cost
from faceswap_lab.evaluation.cycle import measure_cycle
from faceswap_lab.evaluation.direction import Direction, measure_direction
from faceswap_lab.evaluation.empty_metrics import empty_metrics
from faceswap_lab.evaluation.everybody import AsEverybody
from faceswap_lab.evaluation.extras import Extras
from faceswap_lab.evaluation.extremes import Moment
from faceswap_lab.evaluation.gallery import check_gallery, read_gallery
from faceswap_lab.evaluation.identity import FloatArray
from faceswap_lab.evaluation.inputs import Clip, check_inputs, open_person
from faceswap_lab.evaluation.judge import Judge, check_judge
from faceswap_lab.evaluation.matrices import matrices
from faceswap_lab.evaluation.measured_card import measured_card
from faceswap_lab.evaluation.notes import notes_on
from faceswap_lab.evaluation.outside import Outside
from faceswap_lab.evaluation.perceptual import Perceptual
from faceswap_lab.evaluation.pictures import Picture
from faceswap_lab.evaluation.real import measure_real
from faceswap_lab.evaluation.restored import HeldOutFaces, measure_restored
from faceswap_lab.evaluation.schema import Metrics, pair_key
from faceswap_lab.evaluation.side_by_side import Row, write_side_by_side
from faceswap_lab.evaluation.swap_masks import SwapMasks
from faceswap_lab.faces.extraction import media_sha256
from faceswap_lab.faces.finder import Embedder, FaceFinder
from faceswap_lab.media.footage import open_footage
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.finish import OnFace
from faceswap_lab.swap.report import ConvertReport, SwapRecord
from faceswap_lab.swap.swapper import Swapper


class Converter(Protocol):
    """``convert`` with its options chosen."""

    def __call__(
        self,
        footage: Path,
        output: Path,
        *,
        identity: str,
        ranges: FrameRange | None,
        faceset: Path,
        on_face: OnFace | None = None,
    ) -> ConvertReport: ...


@dataclass(slots=True)
class Evaluation:
    """What was measured and made.

    Attributes:
        metrics: As `metrics.json` holds it.
        side_by_side: The video of all clips.
        pictures: Per direction, in rows of three.
        extremes: Per direction and error, the best and the worst frame.
        everybody: One frame of each footage as every identity.
        clips: Converted clip of each direction.
        rows: What the video shows.
        card: Of the checkpoint.
    """

    metrics: Metrics
    side_by_side: Path
    pictures: dict[str, list[Picture]] = field(default_factory=dict)
    extremes: dict[str, dict[str, tuple[Moment, Moment]]] = field(default_factory=dict)
    everybody: list[AsEverybody] = field(default_factory=list)
    clips: dict[str, Path] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    card: Card | None = None

    def add(self, pair: str, clip: Path, direction: Direction) -> None:
        """Takes in what one direction gave."""
        self.metrics["pairs"][pair] = direction.figures
        self.metrics["intervals"][pair] = direction.intervals
        self.pictures[pair] = direction.pictures
        self.extremes[pair] = direction.extremes
        self.clips[pair] = clip


def evaluate(
    swapper: Swapper,
    footage: Mapping[str, Path],
    *,
    output: Path,
    convert: Converter,
    finder: FaceFinder,
    embedder: Embedder,
    ranges: Mapping[str, FrameRange] | None = None,
    facesets: Mapping[str, Path] | None = None,
    clip_names: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    gallery: Path | None = None,
    judge: Embedder | None = None,
    perceptual: Perceptual | None = None,
    detectability: bool = False,
) -> Evaluation:
    """Measures a checkpoint on held-out footage and writes clips, `side_by_side.mp4`, `metrics.json`, `model_card.md`.

    Args:
        swapper: The trained network with its card.
        footage: Held-out clip by identity; every clip is converted to every other identity of the checkpoint.
        output: Folder to write into.
        convert: Converts a clip.
        finder: Finds the faces again, and the points of the footage's; the better its landmarks, the truer the figures.
        embedder: Describes faces.
        ranges: Frames of a clip that count; all where left out.
        facesets: Face sets, where they are not where the card says.
        clip_names: File name of a converted clip by ``footage_as_identity``; ``swapped_<that>.mp4`` by default.
        notes: Further remarks for `metrics.json` and the report, put first.
        gallery: Folder of pictures, a person each, among whom swapped faces are looked up as well.
        judge: A second embedder, whose figures stand beside the first one's.
        perceptual: Networks of ImageNet, for LPIPS, FID and KID.
        detectability: Whether a forgery classifier is trained, which takes up to a minute a direction.

    Raises:
        ConfigError: The judge is the embedder, the gallery shows no face, a name is not in the checkpoint, or there is
            no direction in which the network can swap.
        FacesetError: A face set is missing.
        FootageError: A clip cannot be read.
        OutputError: The folder cannot be written.
    """
    ranges, facesets = ranges or {}, facesets or {}
    check_inputs(swapper.card, footage, ranges, facesets)
    check_output(output / "metrics.json", footage.values())
    if gallery is not None:
        check_gallery(gallery)
    if judge is not None:
        check_judge(judge, embedder)
    people = {
        name: open_person(
            swapper.card,
            name,
            footage=footage.get(name),
            ranges=ranges.get(name),
            facesets=facesets,
            embedder=embedder,
        )
        for name in swapper.identities
    }
    refused = {name: reason for name in people if (reason := swapper.refusal(name)) is not None}
    if not any(target not in refused for name in footage for target in people if target != name):
        raise ConfigError(f"footage.{next(iter(footage))}: {next(iter(refused.values()))}")
    clips = [Clip(people[name], path, media_sha256(path), ranges.get(name)) for name, path in footage.items()]
    others = {} if gallery is None else read_gallery(gallery, finder=finder, embedder=embedder)
    everybody: dict[str, FloatArray] = {**others, **{name: one.reference.mean_128 for name, one in people.items()}}
    evaluation = Evaluation(empty_metrics(swapper, people, clips), output / "side_by_side.mp4", card=swapper.card)
    evaluation.metrics["gallery"] = list(others)
    second = None
    if judge is not None:
        further = {} if gallery is None else read_gallery(gallery, finder=finder, embedder=judge)
        by_name = {clip.person.name: clip for clip in clips}
        second = Judge.of(judge, people, by_name, config=swapper.card["config"], others=further)
    extras = Extras(judge=second, perceptual=perceptual, detectability=detectability)
    memory, times = PeakMemory(), list[float]()
    nulls: list[str] = []
    for clip in clips:
        name, held_out = clip.person.name, HeldOutFaces(swapper.crop_spec, swapper.output_size)
        real: dict[int, FloatArray] = {}
        as_everybody = AsEverybody(name, swapper.crop_spec, swapper.output_size)
        row = Row(clip.path, clip.ranges, f"footage: {name}")
        for target in people.values():
            if target is clip.person:
                continue
            if target.name in refused:
                pair = pair_key(name, target.name)
                evaluation.metrics["pairs"][pair] = None
                nulls.append(f"{pair} was not measured: {refused[target.name]}.")
                continue
            key = f"{name}_as_{target.name}"
            path = output / (clip_names or {}).get(key, f"swapped_{key}.mp4")
            extra = extras.begin()
            outside = Outside(open_footage(clip.path), clip.ranges, windows=extra.windows)
            masks = SwapMasks()
            with memory.watched():
                converted = convert(
                    clip.path,
                    path,
                    identity=target.name,
                    ranges=clip.ranges,
                    faceset=clip.person.faceset.path,
                    on_face=_each(outside, masks),
                )
            times.append(converted.ms_per_frame)
            direction = measure_direction(
                clip,
                target,
                converted,
                finder=finder,
                embedder=embedder,
                gallery=everybody,
                real=real,
                held_out=None if held_out.inputs else held_out,
                outside=outside,
                masks=masks,
                as_everybody=as_everybody,
                on_described=extra.see,
            )
            evaluation.add(pair_key(name, target.name), path, direction)
            extras.add(evaluation.metrics, extra, footage=name, target=target)
            row.swaps.append((f"swapped: {target.name}", path))
            row.num_frames = converted.num_frames
        evaluation.metrics["real"][name] = measure_real(real, clip.person, everybody, threshold=embedder.threshold)
        if swapper.can_draw(name):
            lpips = None if perceptual is None else perceptual.lpips
            evaluation.metrics["restored"][name] = measure_restored(swapper, held_out, name, lpips=lpips)
            as_everybody.restore(swapper)
        for target in people.values():  # back again takes a network that can swap both ways
            if target is not clip.person and target.name not in refused and name not in refused:
                evaluation.metrics["cycle"][pair_key(name, target.name)] = measure_cycle(
                    swapper, held_out, footage=name, identity=target.name
                )
        if row.swaps:
            evaluation.rows.append(row)
        if as_everybody.pictures:
            evaluation.everybody.append(as_everybody)
    write_side_by_side(evaluation.side_by_side, evaluation.rows)
    metrics = evaluation.metrics
    metrics["clips"] = {pair: clip.name for pair, clip in evaluation.clips.items()}
    metrics["matrices"] = matrices(list(people), metrics["pairs"], metrics["real"])
    evaluation.metrics["notes"] = [*notes, *nulls, *notes_on(people.values(), clips, evaluation.metrics["pairs"])]
    extras.finish(metrics)
    metrics["cost"] = measure_cost(swapper, memory, times)
    atomic_write_json(output / "metrics.json", evaluation.metrics)
    title = "a network made in memory" if swapper.path is None else Path(swapper.path).name
    card = model_card(swapper.card, title=title, measured=measured_card(metrics))
    atomic_write_text(output / "model_card.md", card)
    return evaluation


def _each(*watchers: OnFace) -> OnFace:
    """All of them see each face."""

    def on_face(record: SwapRecord, image: NDArray[np.uint8], patch: Patch) -> None:
        for watcher in watchers:
            watcher(record, image, patch)

    return on_face
