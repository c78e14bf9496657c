"""Which sheet and which header are wanted: those that the user names, or those that have the columns. Opens none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from finetune.data.reading.columns import LIKELY, WELL, fold, has_columns, how_surely, known
from finetune.data.reading.dialect import Notes
from finetune.errors import DataError
from finetune.language.say import Message

Row = tuple[Any, ...]
"""The cells of a row of a sheet."""


@dataclass(frozen=True)
class Wish:
    """Which sheet of a workbook is wanted, and which line of a table is its header.

    Attributes:
        sheet: Its title, or its number among the visible ones, from 1; where it is not given, its columns decide.
        optional: Whether sheet and line were named for another table, so that this one may be without them.
        text_column: The column of texts, where the user named one.
        label_column: The column of labels, where the user named one.
        need_labels: Whether the table has to have labels.
        header_line: The line of the header, as a spreadsheet counts it; found by its names where it is not given.
    """

    sheet: str | None = None
    optional: bool = False
    text_column: str | None = None
    label_column: str | None = None
    need_labels: bool = False
    header_line: int | None = None

    def fits(self, names: Sequence[str]) -> int:
        """Returns how well a header has the columns that are wanted: `NOT`, `WELL` or `BEST`."""
        return self._has(names, need_labels=self.need_labels)

    def likely(self, names: Sequence[str]) -> bool:
        """Returns whether a header has a name that mostly is one of texts."""
        return any(how_surely(name, "text") >= LIKELY for name in names)

    def certain(self, names: Sequence[str]) -> bool:
        """Returns whether a line has names that no row has: those of a text and a label, or the one the user named."""
        return self._has(names, need_labels=self.need_labels or self.text_column is None) >= WELL

    def knows(self, name: str) -> bool:
        """Returns whether a column of this name may be wanted."""
        return known(name) or any(
            each is not None and fold(each) == fold(name) for each in (self.text_column, self.label_column)
        )

    @property
    def names_needed(self) -> tuple[str, ...]:
        """The names that the user gave, without which the table cannot be read."""
        label = self.label_column if self.need_labels else None
        return tuple(each for each in (self.text_column, label) if each is not None)

    @property
    def by_known_names(self) -> "Wish":
        """The same as if the user had named no column."""
        return replace(self, text_column=None, label_column=None)

    def _has(self, names: Sequence[str], *, need_labels: bool) -> int:
        return has_columns(
            names, text_column=self.text_column, label_column=self.label_column, need_labels=need_labels
        )


ANY = Wish()
"""Where nothing is named: the first sheet that has a text column, or else any row."""


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


def without_header_line(wish: Wish, source: object) -> Notes:
    """Returns what is said of a source whose columns have names without any line.

    Raises:
        DataError: A line was named, and for this source.
    """
    if wish.header_line is None:
        return ()
    if wish.optional:
        return (Message("no header line: --data.header_line {line} is left aside", line=wish.header_line),)
    raise DataError(
        "{source}: --data.header_line {line} is for text tables (.csv, .tsv, .txt) and workbooks, and here the columns "
        "have their names already: leave the option away",
        source=source,
        line=wish.header_line,
    )
