"""What a check found: how bad, how many, which rows. Says nothing yet: the sentences are in `sentences`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["severe", "warning", "note"]
Cell = str | int | float
Languages = tuple[tuple[str, int], ...]
"""Codes of languages (ISO 639-1), each with how many texts there are; 0 where that is not said."""

SEVERITIES: tuple[Severity, ...] = ("severe", "warning", "note")


@dataclass(frozen=True)
class Grid:
    """A small table that shows what a finding is about.

    Attributes:
        header: Keys of the columns' names in `sentences.HEADERS`; one that is no key stands as it is.
        rows: Cells; whole numbers are counts, others are shares.
    """

    header: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Attributes:
        code: The row of `sentences.SENTENCES` that tells it; any other name where `what` is given.
        severity: `severe` makes the result wrong, `warning` makes it worse, `note` is good to know.
        count: How many rows, texts or classes it is about, as its sentence says.
        rows: Their positions in `Examined`, where rows can be named.
        dropped: Table and position in its frame of rows that were left out, and so are none of `Examined`.
        values: What fills the gaps of the sentence; whole numbers are counts, others are shares.
        grid: Examples, or the figures behind it.
        what: The sentence itself, for checks of the user's own.
        advice: What to do, for those.
        check: The row of `CHECKS` that found it; set by `examine`.
    """

    code: str
    severity: Severity
    count: int
    rows: Sequence[int] = ()
    dropped: Sequence[tuple[int, int]] = ()
    values: dict[str, Cell | Languages] = field(default_factory=dict)
    grid: Grid | None = None
    what: str = ""
    advice: str = ""
    check: str = ""


def by_share(count: int, total: int, *, severe: float) -> Severity:
    """Returns `severe` from a share of the rows on, `warning` below it."""
    return "severe" if total and count / total >= severe else "warning"
