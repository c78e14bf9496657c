"""READERS: one function for each kind of file, file -> DataFrame. To add a kind, add a function and a row."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from finetune.data.reading.delimited import read_delimited
from finetune.data.reading.dialect import Dialect
from finetune.data.reading.json_lines import read_json
from finetune.data.reading.opening import compressed, kind
from finetune.data.reading.other_kinds import what_it_is
from finetune.data.reading.parquet import read_parquet
from finetune.data.reading.sheets import ANY, Wish, without_header_line, without_sheets
from finetune.data.reading.spreadsheet import read_xlsx
from finetune.errors import DataError
from finetune.language.lists import listed
from finetune.plugins import resolve

# A user's own function may give the DataFrame alone
Reader = Callable[[Path], Any]

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
    name = reader or kind(path).removeprefix(".")
    function = resolve(name, READERS, "reader")
    if function is read_xlsx:
        return read_xlsx(path, wish)
    notes = without_sheets(wish, path)
    found: Any
    if function is read_delimited:
        found = read_delimited(path, wish)
    else:
        notes = (*notes, *without_header_line(wish, path))
        found = read_json(path, wish) if function is read_json else function(path)
    if isinstance(found, pd.DataFrame):
        found = found, Dialect(suffix=kind(path), compressed=compressed(path), unit="row")
    match found:
        case (pd.DataFrame() as frame, Dialect() as dialect):
            return frame, replace(dialect, remarks=(*dialect.remarks, *notes))
    raise DataError(
        '{path}: the reader "{name}" gave something of type {kind}: '
        "it must give a DataFrame or (DataFrame, Dialect)",
        path=path,
        name=name,
        kind=type(found).__name__,
    )
