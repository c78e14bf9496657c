"""What somebody said of a row, once. Nothing is ever taken from it: what is undone is so by another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """What somebody said of a row.

    Attributes:
        number: Its own, in the order in which all were made.
        row: The number of the row.
        label: The label as its task writes it; None where the row was skipped.
        who: Who said it.
        at: When, as ISO 8601 in UTC.
        note: What they wrote beside it.
        undone: Whether they have taken it back.
        settles: Whether it ends what others said of the row before.
    """

    number: int
    row: int
    label: str | None
    who: str
    at: str
    note: str = ""
    undone: bool = False
    settles: bool = False
