"""Text tables as the input was written: delimiter, quotes, decimal mark, line ends, encoding."""

import codecs
import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import IO, Any

import pandas as pd

from finetune.data.reading.dialect import Dialect
from finetune.data.reading.layout import DELIMITERS
from finetune.data.reading.quoting import NUMBER, WORD
from finetune.evaluation.predicted.cells import REPLACEMENT, as_text
from finetune.evaluation.predicted.chunks import rows_of
from finetune.evaluation.predicted.fitting import BYTES, NESTED, Fitted, fitted
from finetune.language.say import AnyMessage, note

FEWEST = 4
"""Columns of any table with predictions: a text and three of ours."""


def fit(column: "pd.Series[Any]") -> Fitted:
    """Returns a column as a text table holds it: without NUL, which ends a text in most programs."""
    found = fitted(column, _misfit, always_text=True)
    if isinstance(found.cells, pd.Series) and not _holds_nul(found.cells):
        return found
    cells = [cell.replace("\0", REPLACEMENT) if isinstance(cell, str) else cell for cell in found.cells]
    return replace(found, cells=cells, broken=found.broken or cells != list(found.cells))


def _holds_nul(column: "pd.Series[Any]") -> bool:
    return column.dtype.kind == "O" and bool(column.str.contains("\0", regex=False).any())


def _misfit(cell: Any) -> AnyMessage | None:
    if isinstance(cell, list | dict):
        return NESTED
    return BYTES if isinstance(cell, bytes | bytearray | memoryview) else None


def write(stream: IO[bytes], names: Sequence[str], columns: Sequence[Any], dialect: Dialect) -> None:
    """Writes the table, each line as soon as it is made."""
    text = io.TextIOWrapper(stream, encoding=dialect.codec, newline="")
    all_quoted = dialect.quoting in (csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
    quoted_name = _quoting(replace(dialect, quoting=csv.QUOTE_ALL) if all_quoted else dialect)
    text.write(dialect.delimiter.join(map(quoted_name, names)))
    quoted = [_quoting(dialect, numbers=position in dialect.quoted) for position in range(len(names))]
    for row in rows_of(columns):
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


def spoken(dialect: Dialect, cells: Callable[[], Iterator[Any]]) -> Dialect:
    """Returns how a table can be written: as the input was, as far as all that goes out can be.

    Args:
        dialect: How the input was written.
        cells: Goes through all that goes out.
    """
    if dialect.quoting == csv.QUOTE_NONE:
        marks = re.compile(f"[{re.escape(dialect.delimiter)}\\r\\n]")
        if any(marks.search(cell) for cell in cells() if isinstance(cell, str)):
            dialect = replace(dialect, quoting=csv.QUOTE_MINIMAL)
    if dialect.codec.startswith("utf"):
        return dialect
    try:
        for cell in cells():
            if isinstance(cell, str):
                cell.encode(dialect.codec)
    except UnicodeEncodeError as error:
        note(
            'the input\'s encoding {encoding} has no "{letter}": the predictions are written in UTF-8',
            encoding=dialect.encoding,
            letter=error.object[error.start],
        )
        return replace(dialect, encoding="utf-8", bom=True)  # it opens everywhere
    return dialect


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
