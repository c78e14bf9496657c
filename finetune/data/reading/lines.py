"""A file of plain text as a table of one column: each line is a text. Keeps none of them."""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from re import split
from typing import TextIO

import pandas as pd

from finetune.data.progress import with_bar
from finetune.data.reading.columns import SURE, how_surely, matches
from finetune.data.reading.dialect import Dialect
from finetune.data.reading.encoding import Encoding, detect_encoding, opened_text
from finetune.data.reading.layout import DELIMITERS
from finetune.data.reading.limits import bounded_lines
from finetune.data.reading.loaded import Piece
from finetune.data.reading.opening import compressed, kind
from finetune.data.reading.readers import stream_file
from finetune.data.reading.sheets import Wish
from finetune.data.reading.sources import StreamFile
from finetune.data.reading.stream import Stream
from finetune.errors import DataError
from finetune.language.say import Message, say

TEXT = "text"
"""What the column of the lines is called."""

BATCH = 2048
"""Lines that are made a column together."""

AT_ONCE = 1 << 16
"""Letters of a line that are read at once."""

ENDS = ("\n", "\r")
FEW_WORDS = 3
"""As many a name in a header may have."""


def text_file(max_characters: int | None) -> StreamFile:
    """Returns what goes through a file of texts: a .txt by its lines, unless it is a table; others as tables."""
    return partial(_text_file, max_characters)


def _text_file(max_characters: int | None, path: Path, reader: str | None, wish: Wish) -> Stream:
    named = not wish.optional and (wish.text_column is not None or wish.header_line is not None)
    if kind(path) != ".txt" or reader is not None or named:
        return stream_file(path, reader, wish)
    encoding = _encoding(path)
    if _is_table(path, encoding, wish.text_column):
        return stream_file(path, reader, wish)
    return stream_lines(path, encoding, max_characters)


def stream_lines(path: Path, encoding: Encoding, max_characters: int | None) -> Stream:
    """Goes through a file of lines; of one that is longer than `max_characters` only the beginning is in memory.

    Raises:
        DataError: A line does not end where all of it is to be read.
    """

    def frames() -> Iterator[pd.DataFrame]:
        with opened_text(path, encoding, whole=False) as stream:
            lines = _lines(stream, path, max_characters)
            while batch := list(islice(lines, BATCH)):
                yield _frame(batch)

    rows = sum(map(len, with_bar(frames(), say("reading"), size=len)))
    how = Message("one text a line, encoding {encoding}", encoding=encoding.told)
    dialect = Dialect(
        suffix=kind(path),
        encoding=encoding.name,
        bom=encoding.bom,
        compressed=compressed(path),
        remarks=(how,),
    )
    name = str(path)
    parts = (Piece(name, 0, dialect.first_line, dialect.unit),)
    return Stream(name, _frame([]), dialect, parts, rows, frames)


def _frame(lines: list[str]) -> pd.DataFrame:
    return pd.DataFrame({TEXT: pd.Series(lines, dtype="str")})


def _encoding(path: Path) -> Encoding:
    """The encoding of a file.

    Raises:
        DataError: It is empty, or no text.
    """
    if not path.stat().st_size:
        raise DataError("{path}: the file is empty: give one with a text in each line", path=path)
    return detect_encoding(path, whole=False)


def _lines(stream: TextIO, path: Path, most: int | None) -> Iterator[str]:
    """The lines of a file, each as far as it is read: what is longer than `most` is told by being longer."""
    if most is None:
        yield from bounded_lines(stream, path)
        return
    while line := stream.readline(AT_ONCE):
        text = line.lstrip()
        while not line.endswith(ENDS) and len(text) <= most and (line := stream.readline(AT_ONCE)):
            text = (text + line).lstrip()
        yield text
        while not line.endswith(ENDS) and (line := stream.readline(AT_ONCE)):
            pass  # the rest of a line without end is never in memory


def _is_table(path: Path, encoding: Encoding, text_column: str | None) -> bool:
    """Whether the first line is a header: the column that is wanted, or several names, one surely that of a text."""
    with opened_text(path, encoding, whole=False) as stream:
        first = stream.readline(AT_ONCE)
    cells = [cell.strip(' "\r\n') for cell in split("[" + "".join(DELIMITERS) + "]", first)]
    if text_column is not None and matches(cells, text_column):
        return True
    return (
        len(cells) > 1
        and any(how_surely(cell, "text") == SURE for cell in cells)
        and all(len(cell.split()) <= FEW_WORDS for cell in cells)
    )
