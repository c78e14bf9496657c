"""READERS: one function for each kind of file, file -> DataFrame. To add a kind, add a function and a row."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from finetune.data.reading.delimited import read_delimited, stream_delimited
from finetune.data.reading.dialect import Dialect, Notes
from finetune.data.reading.json_lines import read_json, stream_json
from finetune.data.reading.loaded import single
from finetune.data.reading.opening import compressed, kind
from finetune.data.reading.other_kinds import what_it_is
from finetune.data.reading.parquet import read_parquet, stream_parquet
from finetune.data.reading.sheets import ANY, Wish, without_header_line, without_sheets
from finetune.data.reading.spreadsheet import read_xlsx
from finetune.data.reading.stream import Stream, in_memory
from finetune.errors import DataError
from finetune.language.lists import listed
from finetune.plugins import resolve

# A user's own function may give the DataFrame alone
Reader = Callable[..., Any]

READERS: dict[str, Reader] = {
    "csv": read_delimited,
    "tsv": read_delimited,
    "txt": read_delimited,
    "jsonl": read_json,
    "ndjson": read_json,
    "json": read_json,
    "parquet": read_parquet,
    "xlsx": read_xlsx,
    "xlsm": read_xlsx,
}


def readable(path: Path) -> bool:
    """Whether there is a reader for a file's suffix."""
    return kind(path).removeprefix(".") in READERS


STREAMS: dict[Reader, Callable[[Path, Wish], Stream]] = {
    read_delimited: stream_delimited,
    read_json: stream_json,
    read_parquet: stream_parquet,
}
"""Readers of files whose rows need not be in memory, and what goes through them."""


def stream_file(path: Path, reader: str | None = None, wish: Wish = ANY) -> Stream:
    """Goes through one file as `read_file` reads it; one of a kind that has to be read as a whole stays in memory.

    Raises:
        DataError: As there.
    """
    function = _function(path, reader)
    if function not in STREAMS:
        frame, dialect = read_file(path, reader, wish)
        return in_memory(single(str(path), frame, dialect))
    notes = _left_aside(function, wish, path)
    found = STREAMS[function](path, wish)
    return replace(found, dialect=replace(found.dialect, remarks=(*found.dialect.remarks, *notes)))


def read_file(path: Path, reader: str | None = None, wish: Wish = ANY) -> tuple[pd.DataFrame, Dialect]:
    """Reads one file with the reader of its suffix, or with the one the user names.

    Args:
        path: The file.
        reader: A row of `READERS`, or `package.module:function` for a function from path to DataFrame or to
            (DataFrame, Dialect).
        wish: Which sheet of a workbook, and which line is the header.

    Raises:
        DataError: No reader for the suffix, or the file is not what its suffix says, or has no such sheet.
    """
    function = _function(path, reader)
    if function is read_xlsx:
        return read_xlsx(path, wish)
    notes = _left_aside(function, wish, path)
    found: Any = function(path, wish) if function in (read_delimited, read_json) else function(path)
    if isinstance(found, pd.DataFrame):
        found = found, Dialect(suffix=kind(path), compressed=compressed(path), unit="row")
    match found:
        case (pd.DataFrame() as frame, Dialect() as dialect):
            return frame, replace(dialect, remarks=(*dialect.remarks, *notes))
    raise DataError(
        '{path}: the reader "{name}" gave something of type {kind}: '
        "it must give a DataFrame or (DataFrame, Dialect)",
        path=path,
        name=reader or kind(path).removeprefix("."),
        kind=type(found).__name__,
    )


def _function(path: Path, reader: str | None) -> Reader:
    """What reads a file: the reader of its suffix, or the one the user names."""
    if reader is None and not readable(path):
        what = what_it_is(path)
        if what is not None:
            raise DataError("{path}: cannot be read, for it is {what}", path=path, what=what)
        raise DataError(
            '{path}: no reader for "{kind}" files: there are {suffixes} (each also .gz); '
            "save the table as one of these, or name a reader with --data.reader",
            path=path,
            kind=kind(path) or path.name,
            suffixes=listed([f".{name}" for name in READERS]),
        )
    return resolve(reader or kind(path).removeprefix("."), READERS, "reader")


def _left_aside(function: Reader, wish: Wish, path: Path) -> Notes:
    """What is said, or refused, of what is wished of a file that is no workbook, or has no line to choose."""
    return (
        *without_sheets(wish, path),
        *(() if function is read_delimited else without_header_line(wish, path)),
    )
