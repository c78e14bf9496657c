"""JSON Lines, or one JSON array of objects, into a DataFrame. Knows nothing of which column is the text."""

import json
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

import pandas as pd

from finetune.data.progress import with_bar
from finetune.data.reading.dialect import Dialect
from finetune.data.reading.encoding import Encoding, detect_encoding, opened_text
from finetune.data.reading.json_parsed import parsed, too_deep
from finetune.data.reading.json_whole import is_array, one_whole, rows_of_array
from finetune.data.reading.limits import (
    MOST_COLUMNS,
    bounded_lines,
    least_bytes,
    refuse_too_large,
)
from finetune.data.reading.loaded import Piece, numbered, single
from finetune.data.reading.opening import compressed, kind
from finetune.data.reading.sheets import ANY, Wish
from finetune.data.reading.stream import Stream, in_memory
from finetune.data.reading.typed import Types, typed_column
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import Message, say
from finetune.language.short import short

BATCH = 1 << 12
"""Rows that are made columns together."""


def read_json(path: Path, wish: Wish = ANY) -> tuple[pd.DataFrame, Dialect]:
    """Reads one JSON object a line, an array of objects, or one object that surely is a table.

    An empty line between two rows is an empty row.

    Args:
        path: The file.
        wish: The columns that are wanted, whose names tell columns from rows in one object.

    Raises:
        DataError: A line is not JSON, or not an object.
    """
    encoding = detect_encoding(path)
    array = is_array(path, encoding)
    whole = None if array else one_whole(path, encoding, wish)
    records = (
        rows_of_array(path, encoding)
        if array
        else _lines(path, encoding)
        if whole is None
        else iter(whole[0])
    )
    unit = "row" if array or whole is not None else "line"
    what = Message("a JSON array") if array else JSON_LINES if whole is None else whole[1]
    return _frame(path, records, unit), _dialect(path, encoding, what, unit)


JSON_LINES = Message("JSON Lines")


def _dialect(path: Path, encoding: Encoding, what: Message, unit: str) -> Dialect:
    how = Message("{what}, encoding {encoding}", what=what, encoding=encoding.told)
    return Dialect(
        suffix=kind(path),
        encoding=encoding.name,
        bom=encoding.bom,
        compressed=compressed(path),
        unit=unit,
        remarks=(how,),
    )


def stream_json(path: Path, wish: Wish = ANY) -> Stream:
    """Goes through such a file, and keeps none of its rows where it is one object a line; else all.

    Raises:
        DataError: A line is not JSON, or not an object.
    """
    encoding = detect_encoding(path, whole=False)
    if is_array(path, encoding) or one_whole(path, encoding, wish) is not None:
        return in_memory(single(str(path), *read_json(path, wish)))
    dialect = _dialect(path, encoding, JSON_LINES, "line")

    def records() -> Iterator[dict[str, object]]:
        return _objects(path, _lines(path, encoding, whole=False), "line")

    types: dict[str, Types] = {}
    rows = 0
    for record in with_bar(records(), say("reading"), size=lambda record: 1):
        for name, value in record.items():
            types.setdefault(name, Types()).take(value)
        rows += 1
    columns = {name: each.column(rows) for name, each in types.items()}

    def frames() -> Iterator[pd.DataFrame]:
        rest = records()
        for some in iter(lambda: list(islice(rest, BATCH)), []):
            cells = {name: [record.get(name) for record in some] for name in columns}
            yield pd.DataFrame(
                {name: pd.Series(values, dtype=columns[name].dtype) for name, values in cells.items()}
            )

    blank = pd.DataFrame({name: column.iloc[:0] for name, column in columns.items()})
    parts = (Piece(str(path), 0, dialect.first_line, dialect.unit),)
    return Stream(str(path), blank, dialect, parts, rows, frames)


def _lines(path: Path, encoding: Encoding, *, whole: bool = True) -> Iterator[object]:
    blank = 0
    with opened_text(path, encoding, whole=whole) as stream:
        for number, line in enumerate(bounded_lines(stream, path), 1):
            if not line.strip():
                blank += 1
                continue
            yield from ({} for _ in range(blank))  # blank lines at the end are no rows
            blank = 0
            try:
                yield parsed(path, line, number)
            except json.JSONDecodeError as error:
                raise DataError(
                    "{path}: line {line} is not JSON (from character {character} on): "
                    "write one object a line, or one array of objects",
                    path=path,
                    line=number,
                    character=error.colno,
                ) from error


def _objects(path: Path, records: Iterator[object], unit: str) -> Iterator[dict[str, object]]:
    """The rows, if they are objects whose keys are so few that they can be columns, and whose texts can be written."""
    names: dict[str, None] = {}  # in their order
    for row, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise DataError(
                '{path}: {place} is of type {kind}, not an object: write {{"texto": ..., "rotulo": ...}}',
                path=path,
                place=numbered(unit, row),
                kind=type(record).__name__,
            )
        if not record.keys() <= names.keys():
            names |= dict.fromkeys(record)
            if len(names) > MOST_COLUMNS:
                raise _too_many_keys(path, names, row)
        _refuse_half_characters(path, record, numbered(unit, row))
        yield record


def _frame(path: Path, records: Iterator[object], unit: str) -> pd.DataFrame:
    columns: dict[str, list[object]] = {}
    first: dict[
        str, int
    ] = {}  # the row in which a column appears: those before it are filled in at the end alone
    rows = filled = 0
    for row, record in enumerate(_objects(path, records, unit)):
        for name, value in record.items():
            values = columns.setdefault(name, [])
            missing = row - first.setdefault(name, row) - len(values)
            if missing:  # only now, for rows may lack most of the columns
                filled += missing
                refuse_too_large(path, least_bytes(row, filled))
                values.extend([None] * missing)
            values.append(value)
        rows = row + 1
    refuse_too_large(path, least_bytes(rows, rows * len(columns)))
    return pd.DataFrame(
        {
            name: typed_column(_whole(columns.pop(name), before=before, rows=rows))
            for name, before in first.items()
        }
    )


def _whole(values: list[object], *, before: int, rows: int) -> list[object]:
    """A column with what is missing before and behind the values that it has."""
    return [None] * before + values + [None] * (rows - before - len(values))


def _too_many_keys(path: Path, columns: Collection[str], rows: int) -> DataError:
    return DataError(
        "{path}: the first row has {keys:,} keys ({names}), and at most {most:,} can be columns: write the same few "
        'keys in each row, as in {{"texto": ..., "rotulo": ...}}',
        "{path}: the first {n:,} rows have {keys:,} different keys ({names}), and at most {most:,} can be columns: "
        'write the same few keys in each row, as in {{"texto": ..., "rotulo": ...}}',
        n=rows,
        path=path,
        keys=len(columns),
        names=quoted(columns),
        most=MOST_COLUMNS,
    )


def _refuse_half_characters(path: Path, record: dict[str, object], where: Message) -> None:
    """JSON can escape half of an emoji, which no encoding can write again."""
    for name, value in record.items():
        try:
            within = json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
        except RecursionError as error:
            raise too_deep(path, where) from error
        written = f"{name}{within}"
        if not written.isascii():
            try:
                written.encode()
            except UnicodeEncodeError as error:
                raise DataError(
                    "{path}: {place}, {name}: half of an emoji (an escape \\ud...): delete it",
                    path=path,
                    place=where,
                    name=short(ascii(name)),
                ) from error
