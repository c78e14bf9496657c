"""JSON Lines, or one JSON array of objects, into a DataFrame. Knows nothing of which column is the text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from finetune.data.reading.dialect import Dialect
from finetune.data.reading.encoding import Encoding, detect_encoding, opened_text
from finetune.data.reading.loaded import numbered
from finetune.data.reading.opening import compressed, kind
from finetune.errors import DataError
from finetune.language.say import Message


def read_json(path: Path) -> tuple[pd.DataFrame, Dialect]:
    """Reads one JSON object a line, or an array of objects. An empty line between two rows is an empty row.

    Raises:
        DataError: A line is not JSON, or not an object.
    """
    encoding = detect_encoding(path)
    with opened_text(path, encoding) as stream:
        array = stream.read(4096).lstrip().startswith("[")
    records = _array(path, encoding) if array else _lines(path, encoding)
    unit = "row" if array else "line"
    how = Message(
        "a JSON array, encoding {encoding}" if array else "JSON Lines, encoding {encoding}",
        encoding=encoding.told,
    )
    dialect = Dialect(
        suffix=kind(path),
        encoding=encoding.name,
        bom=encoding.bom,
        compressed=compressed(path),
        unit=unit,
        remarks=(how,),
    )
    return _frame(path, records, unit), dialect


def typed_column(values: list[object]) -> "pd.Series[Any]":
    """A column as pandas would make it, but whole numbers stay whole where a cell is missing."""
    column = pd.Series(values)
    whole = column.dtype.kind == "f" and any(isinstance(value, int) for value in values)
    return pd.Series(values, dtype=object) if whole else column


def _lines(path: Path, encoding: Encoding) -> Iterator[object]:
    blank = 0
    with opened_text(path, encoding) as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                blank += 1
                continue
            yield from ({} for _ in range(blank))  # blank lines at the end are no rows
            blank = 0
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(
                    "{path}: line {line} is not JSON (from character {character} on): "
                    "write one object a line, or one array of objects",
                    path=path,
                    line=number,
                    character=error.colno,
                ) from error


def _array(path: Path, encoding: Encoding) -> Iterator[object]:
    with opened_text(path, encoding) as stream:
        try:
            records = json.load(stream)
        except json.JSONDecodeError as error:
            raise DataError(
                "{path}: line {line} is not JSON (from character {character} on): is the array cut short? "
                "Export it again",
                path=path,
                line=error.lineno,
                character=error.colno,
            ) from error
    yield from records


def _frame(path: Path, records: Iterator[object], unit: str) -> pd.DataFrame:
    columns: dict[str, list[object]] = {}
    for row, record in enumerate(records):
        if not isinstance(record, dict):
            raise DataError(
                '{path}: {place} is of type {kind}, not an object: write {{"texto": ..., "rotulo": ...}}',
                path=path,
                place=numbered(unit, row + 1),
                kind=type(record).__name__,
            )
        for name in record:  # in the order of the file: that of a set is another in each process
            if name not in columns:
                columns[name] = [None] * row
        for name, values in columns.items():
            values.append(record.get(name))
        _refuse_half_characters(path, record, numbered(unit, row + 1))
    return pd.DataFrame({name: typed_column(columns.pop(name)) for name in list(columns)})


def _refuse_half_characters(path: Path, record: dict[str, object], where: Message) -> None:
    """JSON can escape half of an emoji, which no encoding can write again."""
    for name, value in record.items():
        written = f"{name}{value}" if isinstance(value, str) else name
        if not written.isascii():
            try:
                written.encode()
            except UnicodeEncodeError as error:
                raise DataError(
                    "{path}: {place}, {name}: half of an emoji (an escape \\ud...): delete it",
                    path=path,
                    place=where,
                    name=ascii(name),
                ) from error
