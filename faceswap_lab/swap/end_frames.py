"""The end card as frames that follow the footage's last one: they have its clock, and no sound."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence

from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import Frame, FrameTime
from faceswap_lab.media.pixels import to_8_bits
from faceswap_lab.provenance.end_card import EndCard
from faceswap_lab.swap.finish import Finished, PictureKind


class EndFrames:
    """Appends the card to finished pictures.

    Args:
        card: What is shown, for more than 0 seconds.
        identities: Everybody who is put in.
        footage: Gives the rate.
    """

    def __init__(self, card: EndCard, identities: Sequence[str], footage: Footage) -> None:
        self._card, self._identities = card, list(identities)
        self._fps = footage.info.rate
        self.num_frames = max(1, round(card.seconds * self._fps))

    def after(
        self, frames: Iterable[Finished], *, last: FrameTime | None = None, kind: PictureKind | None = None
    ) -> Iterator[Finished]:
        """Yields the pictures, then the card; nothing more where no picture came and none had come before.

        Args:
            frames: The footage's.
            last: The last frame that an earlier run has written, and
            kind: its size, for the case that all of them are written.
        """
        for finished in frames:
            last, kind = finished.frame, PictureKind.of(finished.image)
            yield finished
        if last is None or kind is None:
            return
        size, day = (kind.height, kind.width), datetime.date.today()
        step = max(1, round(1 / self._fps / last.time_base)) if last.time_base else 1
        start = None if last.pts is None else last.pts + (last.duration or step)
        for number in range(self.num_frames):
            image = self._card.draw(size, self._identities, day, deep=kind.deep)
            pts = None if start is None else start + number * step
            seconds = 0.0 if pts is None or last.time_base is None else float(pts * last.time_base)
            frame = Frame(
                to_8_bits(image),
                last.index + 1 + number,
                seconds,
                pts=pts,
                time_base=last.time_base,
                duration=None if pts is None else step,
                is_added=True,
            )
            yield Finished(image, frame, None)
