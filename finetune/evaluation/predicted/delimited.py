"""Text tables as the input was written: delimiter, quotes, decimal mark, line ends, encoding."""

import codecs
import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import IO, Any

import pandas as pd

from finetune.data.reading.dialect import Dialect
from finetune.data.reading.layout import DELIMITERS
from finetune.data.reading.quoting import NUMBER, WORD
from finetune.evaluation.predicted.cells import REPLACEMENT, as_text
from finetune.evaluation.predicted.chunks import Pieces, rows_of
from finetune.evaluation.predicted.fitting import BYTES, NESTED, Seen, fitted, looked_at
from finetune.language.say import AnyMessage, note

FEWEST = 4
"""Columns of any table with predictions: a text and three of ours."""


def look(column: "pd.Series[Any]") -> Seen:
    """Returns what is seen of some rows of a column: NUL, too, which ends a text in most programs."""
    seen = looked_at(column, _misfit)
    cells = fitted(column, seen, always_text=True)
    if isinstance(cells, pd.Series):
        return replace(seen, broken=_holds_nul(cells))
    return replace(seen, broken=seen.broken or any(isinstance(cell, str) and "\0" in cell for cell in cells))


def fit(column: "pd.Series[Any]", seen: Seen) -> Any:
    """Returns some rows of a column as a text table holds them, without NUL."""
    cells = fitted(column, seen, always_text=True)
    if not seen.broken:
        return cells
    return [cell.replace("\0", REPLACEMENT) if isinstance(cell, str) else cell for cell in cells]


def _holds_nul(column: "pd.Series[Any]") -> bool:
    return column.dtype.kind == "O" and bool(column.str.contains("\0", regex=False).any())


def _misfit(cell: Any) -> AnyMessage | None:
    if isinstance(cell, list | dict):
        return NESTED
    return BYTES if isinstance(cell, bytes | bytearray | memoryview) else None


def write(stream: IO[bytes], names: Sequence[str], pieces: Pieces, dialect: Dialect) -> None:
    """Writes the table, each line as soon as it is made."""
    text = io.TextIOWrapper(stream, encoding=dialect.codec, newline="")
    all_quoted = dialect.quoting in (csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
    quoted_name = _quoting(replace(dialect, quoting=csv.QUOTE_ALL) if all_quoted else dialect)
    text.write(dialect.delimiter.join(map(quoted_name, names)))
    quoted = [_quoting(dialect, numbers=position in dialect.quoted) for position in range(len(names))]
    for row in rows_of(pieces):
        cells = (quote(_text(cell, dialect.decimal)) for quote, cell in zip(quoted, row, strict=True))
        text.write(dialect.line_end + dialect.delimiter.join(cells))
    text.write(dialect.line_end if dialect.closed else "")
    text.detach()


def _text(cell: Any, decimal: str) -> str:
    if isinstance(cell, float):
        return "" if math.isnan(cell) else repr(cell).replace(".", decimal)
    return as_text(cell) or ""


def _quoting(dialect: Dialect, *, numbers: bool = False) -> Callable[[str], str]:
    """Puts quotes around a cell as the input has them, and where it could not be read without.

    Args:
        dialect: How the input was written.
        numbers: Whether they, too, have quotes where texts have.
    """
    if dialect.quoting == csv.QUOTE_NONE:
        return str
    needed = re.compile(f'[{re.escape(dialect.delimiter)}"\\r\\n]')
    if dialect.quoting == csv.QUOTE_MINIMAL:
        return lambda cell: _quoted(cell) if needed.search(cell) else cell
    if dialect.quoting == csv.QUOTE_ALL:
        return _quoted

    def texts_quoted(cell: str) -> str:
        bare = WORD.fullmatch(cell) or (not numbers and NUMBER.fullmatch(cell) and not needed.search(cell))
        return cell if bare else _quoted(cell)

    return texts_quoted


def _quoted(cell: str) -> str:
    return '"{}"'.format(cell.replace('"', '""'))


@dataclass(frozen=True)
class Spoken:
    """What was seen of all that goes out into a text table, by which it is known how it can be written.

    Attributes:
        marks: Whether a cell holds what only quotes can hold, where none are written.
        letter: One that the encoding of the input has not; the first.
    """

    marks: bool = False
    letter: str | None = None

    def __add__(self, other: "Spoken") -> "Spoken":
        return Spoken(self.marks or other.marks, self.letter or other.letter)

    def dialect(self, dialect: Dialect) -> Dialect:
        """Returns how all of it is written: as the input was, as far as it can be, which is told."""
        if self.marks:
            dialect = replace(dialect, quoting=csv.QUOTE_MINIMAL)
        if self.letter is None:
            return dialect
        note(
            'the input\'s encoding {encoding} has no "{letter}": the predictions are written in UTF-8',
            encoding=dialect.encoding,
            letter=self.letter,
        )
        return replace(dialect, encoding="utf-8", bom=True)  # it opens everywhere


def spoken(dialect: Dialect, *cells: Iterable[Any]) -> Spoken:
    """Returns what is seen of some of what goes out, name by name or column by column.

    Args:
        dialect: How the input was written.
        cells: What goes out.
    """
    marks = re.compile(f"[{re.escape(dialect.delimiter)}\\r\\n]")
    marked = dialect.quoting == csv.QUOTE_NONE and any(
        marks.search(cell) for each in cells for cell in each if isinstance(cell, str)
    )
    if dialect.codec.startswith("utf"):
        return Spoken(marked)
    try:
        for cell in chain(*cells):
            if isinstance(cell, str):
                cell.encode(dialect.codec)
    except UnicodeEncodeError as error:
        return Spoken(marked, error.object[error.start])
    return Spoken(marked)


def header(stream: IO[bytes], dialect: Dialect) -> list[str]:
    """Returns the names in a text table of this dialect; of another delimiter where this one gives too few."""
    content = io.BufferedReader(stream)  # type: ignore[type-var]
    codec = "utf-8-sig" if content.peek(3).startswith(codecs.BOM_UTF8) else dialect.codec
    with io.TextIOWrapper(content, encoding=codec, newline="") as text:
        found = []
        for delimiter in (dialect.delimiter, *DELIMITERS):
            names = _first(text, delimiter)
            if len(names) >= FEWEST:
                return names
            found.append(names)
        return found[0]


def _first(text: io.TextIOWrapper, delimiter: str) -> list[str]:
    """The first row; where a quote in it does not stand around a cell, with quotes as ordinary characters."""
    text.seek(0)
    try:
        return next(csv.reader(text, delimiter=delimiter, strict=True), [])
    except csv.Error:
        text.seek(0)
        return next(csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
