"""What became of corrections, counted. Reads nothing."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Counts:
    """What became of the corrections.

    Attributes:
        corrected: Rows of each part whose label is another now.
        confirmed: Rows whose label was said to be right.
        new: Rows that go to training.
        held_out: New rows that were left out, as their text stands in validation or test.
        alike: Those that nearly repeat such a row.
        grouped: Those of a group that such a row is of.
        of_no_group: New rows of which nobody says their group, where the run was divided by groups.
        conflicts: Texts that were given several labels.
        unknown: Rows that are of no table of the run, or do not say all of their text.
        skipped: Rows that were passed over.
    """

    corrected: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("train", "validation", "test"), 0)
    )
    confirmed: int = 0
    new: int = 0
    held_out: int = 0
    alike: int = 0
    grouped: int = 0
    of_no_group: int = 0
    conflicts: int = 0
    unknown: int = 0
    skipped: int = 0

    @property
    def changes(self) -> int:
        """How many rows are other than before."""
        return sum(self.corrected.values()) + self.new

    def as_values(self) -> dict[str, Any]:
        """Returns them as plain values."""
        return asdict(self)
