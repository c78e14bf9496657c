"""A source of data as a table of any length: gone through once to know it, then given in windows, each a Table."""

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from finetune.data.labels.wish import LabelWish
from finetune.data.reading.bad_rows import with_bad_rows_said
from finetune.data.reading.cells import MOST_CHARACTERS
from finetune.data.reading.dialect import Notes
from finetune.data.reading.loaded import Loaded
from finetune.data.reading.made_texts import Columns, TextOptions, find_text_columns
from finetune.data.reading.readers import stream_file
from finetune.data.reading.sheets import Wish
from finetune.data.reading.sources import StreamFile, load_streams
from finetune.data.reading.stream import Stream
from finetune.data.reading.table import Table
from finetune.data.tables import (
    all_notes,
    refuse_unusable,
    table_of,
    told,
    told_where_it_cannot_be_read,
)
from finetune.errors import DataError
from finetune.language.say import AnyMessage
from finetune.tasks.table import AUTO

if TYPE_CHECKING:
    import datasets

WINDOW = 20_480
"""Rows that are in memory together: enough to be sorted by length, few enough to lose little of when all ends."""


Look: TypeAlias = Callable[[Table, int], None]
"""Is shown a window, and the position in the table of its first row."""


def unseen(window: Table, first: int) -> None:
    """Looks at nothing."""


@dataclass(frozen=True)
class Windows:
    """A table in windows of so many rows.

    Attributes:
        whole: What is known of the table as a whole: all but its rows, of which `frame` has none.
        rows: How many it has.
        kept: How many of them are not left out.
        size: How many a window has; the last what is left.
        longest: The text of the longest of the kept rows, or both of its texts.
        frames: Gives the rows of the windows alone, from the first on.
        each: Gives the windows; positions in one are those in its own frame.
        read_again: Whether these are read from files each time, which may have changed by then.
    """

    whole: Table
    rows: int
    kept: int
    size: int
    longest: tuple[str, ...]
    frames: Callable[[], Iterator[pd.DataFrame]]
    each: Callable[[], Iterator[Table]]
    read_again: bool = True

    @property
    def source(self) -> str:
        """The table as the user would name it."""
        return self.whole.source

    @property
    def count(self) -> int:
        """How many windows there are."""
        return -(-self.rows // self.size)

    def first_row(self, window: int) -> int:
        """The position in the table of a window's first row."""
        return window * self.size

    def rows_of(self, window: int) -> int:
        """How many rows a window has."""
        return min(self.size, self.rows - self.first_row(window))


@dataclass(frozen=True)
class Unseen:
    """A table of which no more is known than how it is laid out.

    Attributes:
        source: The table as the user would name it.
        seen: Goes through its rows, and gives them in windows.
    """

    source: str
    seen: Callable[[], Windows]


@dataclass
class _Seen:
    """What is seen of the rows of a table as its windows go by."""

    kept: int = 0
    longest: tuple[str, ...] = ("",)
    letters: int = -1
    dropped: dict[str, "array[int]"] = field(default_factory=dict)
    long: "array[int]" = field(default_factory=lambda: array("q"))
    notes: list[AnyMessage | str] = field(default_factory=list)

    def take(self, window: Table, first: int) -> None:
        """Sees one more, whose first row stands at this position."""
        self.kept += len(window.row)
        for reason, positions in window.dropped.items():
            self.dropped.setdefault(reason, array("q")).extend(first + each for each in positions)
        self.long.extend(first + each for each in window.long)
        self.notes += window.notes
        for texts in zip(*window.texts_apart(slice(None)), strict=True):
            if (letters := sum(map(len, texts))) > self.letters:
                self.letters, self.longest = letters, texts


def read_windows(
    source: "str | Path | pd.DataFrame | datasets.Dataset | datasets.DatasetDict",
    *,
    text_column: str | None = None,
    text_pair_column: str | None = None,
    template: str | None = None,
    label_column: str | None = None,
    on_bad_rows: Literal["drop", "error"] = "drop",
    reader: str | None = None,
    fix_encoding: bool = False,
    max_characters: int | None = MOST_CHARACTERS,
    sheet: str | int | None = None,
    header_line: int | None = None,
    sheet_optional: bool = False,
    task: str = AUTO,
    size: int = WINDOW,
    file: StreamFile = stream_file,
    look: Look = unseen,
) -> dict[str, Unseen]:
    """Goes through a source whose rows need no labels, and is otherwise read as `read_source` does.

    Args:
        source: As there; and all that follows.
        text_column: As there.
        text_pair_column: As there.
        template: As there.
        label_column: As there.
        on_bad_rows: As there.
        reader: As there.
        fix_encoding: As there.
        max_characters: As there.
        sheet: As there.
        header_line: As there.
        sheet_optional: As there.
        task: As there.
        size: Rows of a window.
        file: Goes through one file, where it is not to be read as a table.
        look: Is shown each window while the table is gone through, and the position of its first row.

    Returns:
        The parts of the source by their names, as there; none of them gone through.

    Raises:
        DataError: The source cannot be used as it is.
    """
    options = TextOptions(text_column, text_pair_column, template)
    title = None if sheet is None else str(sheet)
    wish = Wish(title, sheet_optional, options.looked_for, label_column, False, header_line)
    with told_where_it_cannot_be_read(source):
        streams, notes = load_streams(source, reader=reader, wish=wish, file=file)

    def windows(stream: Stream, notes: Notes) -> Windows:
        refuse_unusable(stream, stream.columns, stream.rows)
        with told_where_it_cannot_be_read(source):
            head = next(stream.windows(size)).frame
        columns = find_text_columns(
            head,
            told(stream.name, stream.dialect),
            options,
            label_column=label_column,
            need_labels=False,
            header_line=stream.dialect.first_line > 1,
        )
        as_table = partial(
            table_of,
            wanted=columns,
            columns=(),
            need_labels=False,
            fix_encoding=fix_encoding,
            max_characters=max_characters,
            wish=LabelWish(task),
        )
        return _surveyed(stream, columns, as_table, notes, size=size, on_bad_rows=on_bad_rows, look=look)

    first = next(iter(streams))
    return {
        split: Unseen(stream.name, partial(windows, stream, notes if split == first else ()))
        for split, stream in streams.items()
    }


def _surveyed(
    stream: Stream,
    columns: Columns,
    as_table: Callable[[Loaded], Table],
    notes: Notes,
    *,
    size: int,
    on_bad_rows: Literal["drop", "error"],
    look: Look,
) -> Windows:
    """Goes through all windows of a table, to know what is to be said of it."""

    def loaded() -> Iterator[Loaded]:
        rows = 0
        with told_where_it_cannot_be_read(stream.name):
            for window in stream.windows(size):
                rows += len(window.frame)
                yield window
        if rows != stream.rows:
            raise DataError(
                "{source}: the table was changed while it was read: it had {before:,} rows, and now has {now:,}. Give "
                "the command again when nothing writes to it",
                source=stream.name,
                before=stream.rows,
                now=rows,
            )

    seen = _Seen()
    for number, window in enumerate(map(as_table, loaded())):
        seen.take(window, number * size)
        look(window, number * size)
    blank = Loaded(stream.name, stream.columns, stream.dialect, stream.parts)
    whole = replace(as_table(blank), dropped=seen.dropped, long=seen.long, row=np.zeros(0, dtype=np.int64))
    of_rows = summed(seen.notes)
    whole = replace(whole, notes=(*notes, *all_notes(whole, (columns.told, *columns.notes), of_rows)))
    whole = with_bad_rows_said(whole, on_bad_rows, kept=seen.kept)
    return Windows(
        whole=whole,
        rows=stream.rows,
        kept=seen.kept,
        size=size,
        longest=seen.longest,
        frames=lambda: (window.frame for window in loaded()),
        each=lambda: map(as_table, loaded()),
        read_again=stream.read_again,
    )


def summed(notes: list[AnyMessage | str]) -> Notes:
    """Returns what was said of several windows as it is said of all: a sentence once, with its numbers added up."""
    found: dict[str, AnyMessage | str] = {}
    for note in notes:
        if isinstance(note, str):
            found[note] = note
            continue
        others = {name: value for name, value in note.values.items() if name != "n"}
        key = repr((note.one, sorted((name, repr(value)) for name, value in others.items())))
        before = found.get(key)
        found[key] = _plus(before, note) if isinstance(before, AnyMessage) else note
    return tuple(found.values())


def _plus(one: AnyMessage, other: AnyMessage) -> AnyMessage:
    values: Mapping[str, object] = {**other.values, "n": one.values["n"] + other.values["n"]}  # type: ignore[operator]
    return type(other)(other.one, other.several, context=other.context, **values)
