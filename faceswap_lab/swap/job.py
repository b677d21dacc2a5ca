"""From the stages to the finished output: in one piece, or in segments from which a killed conversion goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn, Protocol

from faceswap_lab.core.files import move
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.interruption import Interrupted, hold_back_interrupts
from faceswap_lab.core.progress import track
from faceswap_lab.media.encoding import Keeps
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import FrameTime
from faceswap_lab.media.joining import join
from faceswap_lab.media.writer import WriterFactory
from faceswap_lab.provenance.manifest import container_tags
from faceswap_lab.provenance.marking import Marking
from faceswap_lab.swap.end_frames import EndFrames
from faceswap_lab.swap.finish import Finish, Finished
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.segmented import SegmentWriting
from faceswap_lab.swap.segments import SegmentFolder
from faceswap_lab.swap.stages import Drawn, Stages
from faceswap_lab.swap.staging import staged
from faceswap_lab.swap.writers.beside import Beside, SignBeside
from faceswap_lab.swap.writers.companion import Scene

logger = logging.getLogger(__name__)


class Sign(Protocol):
    """Writes the manifest of a file that is about to take its name, and returns the file's hash."""

    def __call__(self, stage: Path, named: Path, *warnings: str) -> str: ...


class Job:
    """One conversion whose parts are ready.

    Args:
        stages: Draw.
        finish: Puts back and labels.
        marking: The watermark, which ``writer`` embeds, or None.
        writer: How to encode.
        keeps: What of the footage goes into a joined output beside its pictures.
        footage: What is converted.
        ranges: Its frames that are wanted; None: all.
        report: Where to, and what is counted.
        sign: Writes the manifest.
        beside: What is written beside the output.
        scene: What that needs to know.
        sign_beside: Writes the manifests of that.
        end: What follows the last frame; None: nothing.
    """

    def __init__(
        self,
        stages: Stages,
        finish: Finish,
        marking: Marking | None,
        *,
        writer: WriterFactory,
        keeps: Keeps,
        footage: Footage,
        ranges: FrameRange | None,
        report: ConvertReport,
        sign: Sign,
        beside: Beside,
        scene: Scene,
        sign_beside: SignBeside,
        end: EndFrames | None = None,
    ) -> None:
        self._end = end
        self._beside, self._scene, self._sign_beside = beside, scene, sign_beside
        self._parts = beside.in_parts(scene)
        self._stages, self._finish, self._marking, self._writer = stages, finish, marking, writer
        self._keeps = keeps
        self._footage, self._ranges, self._report, self._sign = footage, ranges, report, sign
        self._total = _num_frames(footage, ranges)

    def run_whole(self) -> None:
        """Writes the output in one piece; it appears when it is whole."""
        report, output = self._report, self._report.output
        with staged(output) as stage, self._beside.open(self._scene, self._sign_beside) as show:
            batches = self._stages.run(self._footage, self._ranges)
            tags = container_tags(output)
            with (
                self._writer(stage, like=self._footage, ranges=self._ranges, tags=tags) as sink,
                closing(batches),
            ):
                for finished in self._with_end(self._tracked(batches)):
                    with report.time("encode"):
                        sink.write(finished.image, finished.frame)  # which marks the picture in place
                        if finished.shot is not None:
                            show(finished.shot)
                    report.num_frames += not finished.frame.is_added
            self._count_marking()
            sha256 = self._sign(stage, output)
        self._remember(sha256)

    def run_in_segments(self, key: Mapping[str, Any], *, segment_frames: int) -> None:
        """Writes the output in segments, or those that an earlier run with the same key has not finished.

        Args:
            key: What the pictures depend on, for JSON.
            segment_frames: Length of a segment.

        Raises:
            Interrupted: Ctrl-C; what there is became the output's ``.partial`` file.
            OutputError: As ``SegmentFolder``, or the output cannot be written.
        """
        output = self._report.output
        with SegmentFolder(output, key, beside=self._beside.paths) as folder:
            with hold_back_interrupts() as interruption:
                after = self._take_up(folder)
                batches = self._stages.run(self._footage, self._ranges, segment_frames=segment_frames, after=after)
                writing = SegmentWriting(
                    folder,
                    writer=self._writer,
                    footage=self._footage,
                    ranges=self._ranges,
                    report=self._report,
                    parts=self._parts,
                    remember=self._memory,
                )
                with closing(batches), writing:
                    last = folder.done[-1].segment.frames[-1] if folder.done else None
                    for finished in self._with_end(self._tracked(batches), last=last):
                        with self._report.time("encode"):
                            writing.write(finished)
                        self._report.num_frames += not finished.frame.is_added
                        if interruption.is_wanted:
                            break
            self._count_marking()
            if interruption.is_wanted:
                self._leave_partial(folder, writing)
            with self._beside.joined(writing.parts, self._scene, self._sign_beside):
                self._join(folder, writing, output)

    def _leave_partial(self, folder: SegmentFolder, writing: SegmentWriting) -> NoReturn:
        """Joins what there is under another name, and raises `Interrupted`."""
        output = self._report.output
        if not writing.segments:
            raise KeyboardInterrupt
        partial = output.with_name(f"{output.stem}.partial{output.suffix}")
        of_total = f" of {self._total}" if self._total is not None else ""
        num_frames = f"{self._report.num_frames}{of_total} frames"
        self._join(folder, writing, partial, f"interrupted: holds {num_frames}")
        goes_on = f"goes on after {folder.num_frames} of them" if folder.done else "begins anew"
        raise Interrupted(f"interrupted: {num_frames} are in {partial}; the same command {goes_on}")

    def _join(self, folder: SegmentFolder, writing: SegmentWriting, named: Path, *warnings: str) -> None:
        tags = container_tags(named)
        is_whole = named == self._report.output
        join(
            writing.segments,
            folder.joined,
            like=self._footage,
            ranges=self._ranges,
            tags=tags,
            keeps=self._keeps,
            is_whole=is_whole,
        )
        sha256 = self._sign(folder.joined, named, *warnings)
        move(folder.joined, named)
        self._remember(sha256)

    def _take_up(self, folder: SegmentFolder) -> int | None:
        """Goes on where finished segments end: returns the index of their last frame."""
        if not folder.done:
            return None
        memory = folder.done[-1].memory
        self._stages.restore(memory["stages"])
        self._finish.restore(memory["finish"])
        if self._marking is not None:
            self._marking.restore(memory["mark"])
        self._parts = self._beside.in_parts(self._scene, memory["beside"])
        self._report.swaps += [swap for done in folder.done for swap in done.swaps]
        self._report.num_frames = self._report.num_resumed = folder.num_frames
        logger.info("%s: goes on after %d frames of an earlier run", self._report.output, folder.num_frames)
        return folder.done[-1].segment.frames[-1].index

    def _memory(self, of_stages: dict[str, Any]) -> dict[str, Any]:
        mark = None if self._marking is None else self._marking.memory()
        of_parts = self._parts.memories
        return {"stages": of_stages, "finish": self._finish.memory(), "mark": mark, "beside": of_parts}

    def _tracked(self, batches: Iterable[Drawn]) -> Iterator[Finished]:
        return track(
            self._finish.frames(batches),
            total=self._total,
            description=f"converting to {', '.join(self._report.identities)}",
            unit="frames",
            done=self._report.num_resumed,
        )

    def _with_end(self, frames: Iterator[Finished], last: FrameTime | None = None) -> Iterator[Finished]:
        return frames if self._end is None else self._end.after(frames, last=last, kind=self._finish.kind)

    def _count_marking(self) -> None:
        """Counts the watermark with the label, not with the encoder on whose way it is embedded."""
        if self._marking is not None and "encode" in self._report.seconds:
            seconds = self._report.seconds
            seconds["encode"] -= self._marking.seconds
            seconds["mark"] = seconds.get("mark", 0.0) + self._marking.seconds

    def _remember(self, sha256: str) -> None:
        if self._marking is not None:
            self._marking.remember(self._report.manifest, sha256)


def _num_frames(footage: Footage, ranges: FrameRange | None) -> int | None:
    total = footage.info.num_frames
    if ranges is None or total is None:
        return total
    return sum(ranges.contains(index) for index in range(total))
