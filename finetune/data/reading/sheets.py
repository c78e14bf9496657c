"""Which sheet of a workbook is wanted: that which the user names, or that which has the columns. Opens none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from finetune.data.reading.columns import BEST, fold
from finetune.data.reading.dialect import Notes
from finetune.errors import DataError
from finetune.language.say import Message


def any_header(names: Sequence[str]) -> int:
    """How well a header has the columns that are wanted, where none are."""
    return BEST


@dataclass(frozen=True)
class Wish:
    """Which sheet of a workbook is wanted.

    Attributes:
        sheet: Its title, or its number among the visible ones, from 1; where it is not given, its columns decide.
        optional: Whether the sheet was named for another table, so that this one may be without it.
        fits: How well a sheet with these names of columns can be the one: `NOT`, `WELL` or `BEST`.
    """

    sheet: str | None = None
    optional: bool = False
    fits: Callable[[Sequence[str]], int] = field(default=any_header)


ANY = Wish()
"""The first sheet that holds anything."""


def named(wanted: str, titles: Sequence[str], visible: Sequence[str]) -> str | None:
    """Returns the title that is meant: that very one, one that differs in form, or the one of that number."""
    if wanted in titles:
        return wanted
    alike = [title for title in titles if fold(title) == fold(wanted)]
    if len(alike) == 1:
        return alike[0]
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 4 else 0
    return visible[number - 1] if 0 < number <= len(visible) else None


def without_sheets(wish: Wish, source: object) -> Notes:
    """Returns what is said of a source that has no sheets.

    Raises:
        DataError: One was named, and for this source.
    """
    if wish.sheet is None:
        return ()
    if wish.optional:
        return (Message("no workbook: --data.sheet {sheet} is left aside", sheet=wish.sheet),)
    raise DataError(
        "{source}: --data.sheet {sheet} is for sheets of .xlsx workbooks, and this has none: leave the option away",
        source=source,
        sheet=wish.sheet,
    )
