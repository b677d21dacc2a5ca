"""Rejects what a face set is better without: by a condition, by likeness to a sharper face, beyond a number."""

from dataclasses import dataclass

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.curation.columns import NAMES, value_of
from faceswap_lab.faces.curation.expression import Condition
from faceswap_lab.faces.curation.marks import mark
from faceswap_lab.faces.curation.near_duplicates import NUM_BITS, hashes_of, near_duplicates
from faceswap_lab.faces.curation.pose_bins import best_spread
from faceswap_lab.faces.faceset import Faceset


@dataclass(frozen=True, slots=True)
class Sifted:
    """What a filter did.

    Attributes:
        num_before: Accepted faces before it.
        by_condition: Rejected because they fail the condition.
        by_likeness: Rejected because they repeat a sharper face.
        by_number: Rejected because there are enough of their pose.
    """

    num_before: int
    by_condition: int = 0
    by_likeness: int = 0
    by_number: int = 0

    @property
    def num_left(self) -> int:
        """Accepted faces after it."""
        return self.num_before - self.by_condition - self.by_likeness - self.by_number


def sift(
    faceset: Faceset, *, where: str | None = None, near_duplicate_bits: int | None = None, best: int | None = None
) -> Sifted:
    """Rejects faces by what is given, in this order; one change in the journal, which ``undo`` takes back.

    Args:
        faceset: The set.
        where: Condition that the faces to keep fulfil; see ``expression``.
        near_duplicate_bits: Most differing bits, of 256, to a sharper face for one to count as its repeat.
        best: How many faces to keep, the sharpest, spread over steps of yaw.

    Raises:
        ConfigError: Nothing is asked for, a value is out of its range, or no face would be left.
        FacesetError: A crop that has to be looked at cannot be read.
        OutputError: The set cannot be written.
    """
    if where is None and near_duplicate_bits is None and best is None:
        raise ConfigError("faces filter: give where=, near_duplicates= or best=")
    if near_duplicate_bits is not None and not 0 <= near_duplicate_bits <= NUM_BITS // 2:
        raise ConfigError(f"near_duplicates={near_duplicate_bits} is out of range; use 0 to {NUM_BITS // 2} bits")
    if best is not None and best < 1:
        raise ConfigError(f"best={best} must be 1 or more")
    rows = before = faceset.rows()
    counts = [len(rows)]
    if where is not None:
        condition = Condition(where, NAMES)
        rows = [row for row in rows if condition.holds(lambda name, row=row: value_of(faceset, row, name))]
    counts.append(len(rows))
    if near_duplicate_bits is not None:
        hashes = hashes_of(faceset, rows)
        alike = set(near_duplicates(hashes, [row.sharpness for row in rows], near_duplicate_bits))
        rows = [row for place, row in enumerate(rows) if place not in alike]
    counts.append(len(rows))
    if best is not None:
        rows = best_spread(rows, best)
    counts.append(len(rows))
    if not rows:
        raise ConfigError(f"{faceset.path}: the filter would leave no face of {len(before)}; nothing was changed")
    kept = {row.id for row in rows}
    asked = {"where": where, "near_duplicates": near_duplicate_bits, "best": best}
    words = " ".join(f"{name}={value}" for name, value in asked.items() if value is not None)
    mark(faceset, [row.id for row in before if row.id not in kept], rejected=True, what=f"filter {words}")
    first, passed, differing, last = counts
    return Sifted(first, first - passed, passed - differing, differing - last)
