"""Finished segments of one output, in a hidden folder beside it: what a killed conversion leaves for the next one.

    .NAME.segments/key.json            what made them: footage, checkpoint, options, versions
    .NAME.segments/segment_00000.mp4   encoded pictures, no sound
    .NAME.segments/segment_00000_…     what is written beside the output, a part for each companion
    .NAME.segments/segment_00000.json  its frames, its faces, and what was known after it; written last

A segment without its JSON was not finished and is made again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import atomic_write_json, atomic_write_text, explain_os_error
from faceswap_lab.core.interruption import Interrupted
from faceswap_lab.media.frame import FrameTime
from faceswap_lab.media.joining import Segment, Shown
from faceswap_lab.swap.report import SwapRecord
from faceswap_lab.swap.writers.parts import flush, remove

logger = logging.getLogger(__name__)

_OURS = ("segment_*", ".segment_*", "joined.*", ".joined.*", "key.json", ".key.*", "lock")


@dataclass(frozen=True, slots=True)
class DoneSegment:
    """A segment that needs not be made again.

    Attributes:
        segment: The file and its frames.
        swaps: Its swapped faces.
        memory: What was known after it, for JSON.
    """

    segment: Segment
    swaps: list[SwapRecord]
    memory: dict[str, Any]


class SegmentFolder:
    """The folder of an output; used in a ``with`` block, in which nobody else can write to it.

    A block that ends well needs it no longer, and it goes; after an error or an interruption it stays where a segment
    is finished.

    Args:
        output: The output.
        key: What the pictures depend on, for JSON; segments of another key are discarded.
        beside: What is written beside the output, of which each segment has a part.

    Attributes:
        done: Finished segments, in order.

    Raises:
        OutputError: Another conversion writes this output just now, or the folder cannot be written.
    """

    def __init__(self, output: Path, key: Mapping[str, Any], *, beside: Sequence[Path] = ()) -> None:
        self._output, self._key = output, json.loads(json.dumps(key, sort_keys=True, default=str))
        self._suffixes = [path.suffix for path in beside]
        self.path = output.with_name(f".{output.name[:80]}.segments")
        self.done: list[DoneSegment] = []
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = (self.path / "lock").open("w")
        except OSError as error:
            raise explain_os_error(error, self._output) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise OutputError(
                f"{self._output}: another conversion is writing it; wait for it, or choose another output"
            ) from error
        try:
            self._open()
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._lock is not None
        if error is None or not self.done:
            self._discard()
        elif not isinstance(error, Interrupted):
            logger.warning("%s: %d frames are kept; the same command goes on after them", self._output, self.num_frames)
        self._lock.close()
        if isinstance(error, OutputError):
            text = re.sub(re.escape(str(self.path)) + r"/[\w./]+", lambda _: str(self._output), str(error))
            raise OutputError(text) from error

    def discard_if_there(self) -> None:
        """Removes what a run left that was killed while it removed the folder itself.

        Raises:
            OutputError: Another conversion writes this output just now.
        """
        if self.path.is_dir():
            with self:
                pass

    @property
    def num_frames(self) -> int:
        """How many frames are in finished segments."""
        return sum(len(done.segment.frames) for done in self.done)

    @property
    def joined(self) -> Path:
        """Where the segments are joined, before the result takes the output's place."""
        return self.path / f"joined{self._output.suffix}"

    def next_path(self) -> Path:
        """Where the next segment is written."""
        return self._path(len(self.done), self._output.suffix)

    def part_paths(self, number: int) -> list[Path]:
        """Where the parts of a segment that belong beside the output are written, in the order of ``beside``."""
        return [self._path(number, f"_{place}{suffix}") for place, suffix in enumerate(self._suffixes)]

    def add(self, frames: Sequence[FrameTime], swaps: Sequence[SwapRecord], memory: dict[str, Any]) -> None:
        """Notes that the file at ``next_path`` is whole, and its parts beside it.

        Args:
            frames: Its frames, in order.
            swaps: Its swapped faces.
            memory: What has to be known to go on after it, for JSON.

        Raises:
            OutputError: It cannot be written, or the disk is full.
        """
        path, parts = self.next_path(), self.part_paths(len(self.done))
        shown = [Shown(frame.index, frame.pts, frame.time_base, frame.duration) for frame in frames]
        done = DoneSegment(Segment(path, shown), list(swaps), memory)
        try:
            for written in (path, *parts):
                flush(written)  # the JSON must not outlive what it speaks of
            atomic_write_text(path.with_suffix(".json"), json.dumps(_to_plain(done), separators=(",", ":")))
        except OSError as error:
            raise explain_os_error(error, self._output) from error
        self.done.append(done)

    def _discard(self) -> None:
        """Removes the folder and all that was written into it; what somebody else put there stays."""
        for pattern in _OURS:
            for file in self.path.glob(pattern):
                with contextlib.suppress(OSError):
                    remove(file)
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def _open(self) -> None:
        """Takes up what is there, as far as it is whole and has the same key."""
        if self._read(self.path / "key.json") == self._key:
            while (done := self._load(len(self.done))) is not None:
                self.done.append(done)
        elif any(self.path.glob("segment_*.json")):
            logger.warning(
                "%s: an earlier run left segments of other footage, options or versions; they go",
                self._output,
            )
        kept = {file for number, done in enumerate(self.done) for file in (*_files(done), *self.part_paths(number))}
        for pattern in _OURS[:-1]:  # all but the lock
            for file in self.path.glob(pattern):
                if file not in kept:
                    remove(file)
        atomic_write_json(self.path / "key.json", self._key)

    def _load(self, number: int) -> DoneSegment | None:
        path = self._path(number, self._output.suffix)
        plain = self._read(path.with_suffix(".json"))
        if plain is None or not path.exists() or path.stat().st_size != plain["size"]:
            return None
        if not all(part.exists() for part in self.part_paths(number)):
            return None
        time_base = None if plain["time_base"] is None else Fraction(*plain["time_base"])
        shown = [Shown(index, pts, time_base, duration) for index, pts, duration in plain["frames"]]
        return DoneSegment(
            Segment(path, shown), [SwapRecord.from_plain(swap) for swap in plain["swaps"]], plain["memory"]
        )

    def _path(self, number: int, suffix: str) -> Path:
        return self.path / f"segment_{number:05d}{suffix}"

    def _read(self, path: Path) -> Any:
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # not there, or cut off by whatever ended the run: made again
            return None


def _files(done: DoneSegment) -> tuple[Path, Path]:
    return done.segment.path, done.segment.path.with_suffix(".json")


def _to_plain(done: DoneSegment) -> dict[str, Any]:
    frames, time_base = done.segment.frames, done.segment.frames[0].time_base
    return {
        "size": done.segment.path.stat().st_size,
        "time_base": None if time_base is None else [time_base.numerator, time_base.denominator],
        "frames": [[frame.index, frame.pts, frame.duration] for frame in frames],
        "swaps": [swap.to_plain() for swap in done.swaps],
        "memory": done.memory,
    }
