"""Marking one output: the watermark goes into every frame on its way to the encoder, its id into the manifest."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import Frame, Picture
from faceswap_lab.media.writer import Writer, WriterFactory
from faceswap_lab.provenance.index import Entry, remember
from faceswap_lab.provenance.keyring import fingerprint, watermark_keys
from faceswap_lab.provenance.watermark import Embedder, embed

SCHEME = "faceswap-lab luma DCT QIM 1"


class Watermark:
    """The invisible mark, with the first of the user's keys, which is made at first use."""

    def begin(self, origin: Any) -> Marking:
        """The mark of one output.

        Args:
            origin: Plain values that tell it from others; the same give the same id, and the same pixels again.

        Raises:
            ConfigError: The file of keys is damaged.
            OutputError: It cannot be read or made.
        """
        key = watermark_keys(make=True)[0]
        text = json.dumps(origin, sort_keys=True, default=str).encode("utf-8")
        return Marking(int.from_bytes(hashlib.sha256(text).digest()[:4], "big"), key)


class Marking:
    """The watermark of one output.

    Args:
        payload: Its id, 0 to 2**32 - 1.
        key: Secret bytes.

    Attributes:
        seconds: Time that embedding has taken so far.
    """

    def __init__(self, payload: int, key: bytes) -> None:
        self._payload, self._key = payload, key
        self._embedder = Embedder(payload, key)
        self.seconds = 0.0

    @property
    def id(self) -> str:
        """Eight hexadecimal digits."""
        return f"{self._payload:08x}"

    def stated(self) -> dict[str, str]:
        """What the manifest says of it."""
        return {"id": self.id, "key": fingerprint(self._key), "scheme": SCHEME}

    def over(self, writer: WriterFactory) -> WriterFactory:
        """A way of writing that marks every frame, in place, before it is encoded: of a whole clip or its segments."""

        def factory(
            path: str | os.PathLike[str],
            *,
            like: Footage,
            ranges: FrameRange | None = None,
            tags: dict[str, str] | None = None,
            segment: int | None = None,
        ) -> Writer:
            if segment is None:
                return _MarkingWriter(writer(path, like=like, ranges=ranges, tags=tags), self)
            return _MarkingWriter(writer(path, like=like, ranges=ranges, tags=tags, segment=segment), self)

        return factory

    def embed(self, image: Picture) -> None:
        """Marks the next picture, in place."""
        start = time.perf_counter()
        self._embedder.embed(image)
        self.seconds += time.perf_counter() - start

    def mark_still(self, image: Picture) -> None:
        """Marks a picture on its own, in place: one that is no frame of the clip.

        Args:
            image: RGB uint8 or uint16, shape (H, W, 3).
        """
        embed(image, self._payload, self._key)

    def memory(self) -> list[float] | None:
        """As ``Embedder.memory``."""
        return self._embedder.memory()

    def restore(self, memory: list[float] | None) -> None:
        """As ``Embedder.restore``."""
        self._embedder.restore(memory)

    def remember(self, manifest: Path, sha256: str) -> None:
        """Notes the finished output in the user's index.

        Args:
            manifest: The output's manifest.
            sha256: The output's hash.
        """
        remember(Entry(self.id, fingerprint(self._key), os.path.abspath(manifest), sha256))


class _MarkingWriter:
    """A writer that marks what it is given."""

    def __init__(self, writer: Writer, marking: Marking) -> None:
        self._writer, self._marking = writer, marking

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def write(self, image: Picture, frame: Frame) -> None:
        """As the other's, after marking the picture in place."""
        self._marking.embed(image)
        self._writer.write(image, frame)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)
