"""A Parquet file into a DataFrame. Knows nothing of which column is the text."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from finetune.data.progress import with_bar
from finetune.data.reading.columns import refuse_twins
from finetune.data.reading.dialect import Dialect
from finetune.data.reading.limits import least_bytes, most_bytes, refuse_too_large, refuse_too_many_columns
from finetune.data.reading.loaded import Piece, single
from finetune.data.reading.opening import compressed, opened
from finetune.data.reading.sheets import ANY, Wish
from finetune.data.reading.stream import Stream, in_memory
from finetune.errors import DataError
from finetune.language.say import say

# What pyarrow and pandas say of values that Python does not have
UNREADABLE = (pa.ArrowException, ValueError, ArithmeticError, LookupError, TypeError, NotImplementedError)
FEW_ROWS = 100
"""As many rows are unpacked at a time where texts are not numbered."""

TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
YEARS = (-62_135_596_800 + 86_400, 253_402_300_799 - 86_400)
"""The years 1 to 9999 in seconds from 1970, but for a day at both ends, which a time zone may take away."""


def read_parquet(path: Path) -> tuple[pd.DataFrame, Dialect]:
    """Reads a Parquet file; where the Hugging Face library wrote names for numbered classes, these are used.

    Raises:
        DataError: The file is no Parquet, or broken.
    """
    with _told_where_it_is_broken(path):
        table, class_names = _table(path)
    frame = _frame(table, path, class_names)
    return frame, Dialect(suffix=".parquet", compressed=compressed(path), unit="row")


def stream_parquet(path: Path, wish: Wish = ANY) -> Stream:
    """Goes through such a file, and keeps none of its rows; all where a column has categories of its own.

    Raises:
        DataError: The file is no Parquet, or broken.
    """
    with _told_where_it_is_broken(path), _opened(path, whole=False) as (_, file):
        schema = file.schema_arrow
        if any(isinstance(kind, pa.DictionaryType | pa.BaseExtensionType) for kind in schema.types):
            return in_memory(single(str(path), *read_parquet(path)))
        rows = file.metadata.num_rows

    def pieces() -> Iterator[pd.DataFrame]:
        with _told_where_it_is_broken(path), _opened(path, whole=False) as (_, file):
            names = _class_names(file.schema_arrow)
            taken = 0
            for number, batch in enumerate(file.iter_batches(BATCH)):
                taken = batch.nbytes + (taken if number % BATCHES else 0)
                refuse_too_large(
                    path, taken
                )  # a text that stands in the file once may fill all rows of a window
                batch.validate(full=True)
                table = pa.Table.from_batches([batch]).replace_schema_metadata(None)
                yield _frame(table, path, names)

    types: dict[str, Any] = dict.fromkeys(schema.names)
    blank = _frame(schema.empty_table().replace_schema_metadata(None), path, _class_names(schema))
    for frame in with_bar(pieces(), say("reading"), size=len, total=rows):
        for name, before in types.items():
            now = frame[name].dtype
            # numbers, but plain values where one of them is missing
            types[name] = now if before in (None, now) else np.dtype(object)
    known = {name: kind for name, kind in types.items() if kind is not None}

    def frames() -> Iterator[pd.DataFrame]:
        return (frame.astype(known) for frame in pieces())

    dialect = Dialect(suffix=".parquet", compressed=compressed(path), unit="row")
    parts = (Piece(str(path), 0, dialect.first_line, dialect.unit),)
    return Stream(str(path), blank.astype(known), dialect, parts, rows, frames)


BATCH, BATCHES = 2048, 10
"""Rows that are made columns together, and how many such may be in memory."""


@contextmanager
def _told_where_it_is_broken(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, ValueError, OSError) as error:
        if getattr(error, "errno", None):  # the disk's complaint, not pyarrow's, which has no number
            raise
        raise DataError(
            "{path}: not a Parquet file, or a broken one (pyarrow said: {text}): copy or export it again",
            path=path,
            text=str(error),
        ) from error


def _frame(table: pa.Table, path: Path, class_names: dict[str, list[str]]) -> pd.DataFrame:
    frame = frame_of(table, str(path), partial(table.to_pandas, integer_object_nulls=True))
    for name, names in class_names.items():
        frame[name] = named(frame[name], names)
    return frame


@contextmanager
def _opened(path: Path, *, whole: bool) -> Iterator[tuple[Any, pq.ParquetFile]]:
    """The bytes of a file and what reads them, if its columns are few and can be told apart."""
    with opened(path, whole=whole) as stream:
        source = pa.BufferReader(stream.read()) if compressed(path) else stream
        file = pq.ParquetFile(source)
        refuse_too_many_columns(path, file.schema_arrow.names)
        refuse_twins(file.schema_arrow.names, str(path))
        yield source, file


def _table(path: Path) -> tuple[pa.Table, dict[str, list[str]]]:
    """The table, checked to its last byte and without pandas' notes in it, and the names of its classes."""
    with _opened(path, whole=True) as (source, file):
        refuse_too_large(path, _unpacked(file, source, most=most_bytes()))
        table = file.read()
    table.validate(full=True)
    return table.replace_schema_metadata(None), _class_names(table.schema)


def _unpacked(file: pq.ParquetFile, source: Any, *, most: int) -> int:
    """What a file takes when it is read, at least: a text that stands in it once may fill millions of rows.

    Where it may be more than fits, the rows are gone through, and each text taken by its number.
    """
    groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
    values = sum(group.column(place).num_values for group in groups for place in range(group.num_columns))
    written = max((group.total_byte_size for group in groups), default=0)
    least = least_bytes(file.metadata.num_rows, values) + _fixed_bytes(file.schema, groups)
    if least > most or values * (written + 1) < most:
        return least
    # by how they are written: categories, lists and views hold texts too
    texts = [
        leaf.path
        for leaf in file.schema
        if leaf.physical_type == "BYTE_ARRAY" and leaf.logical_type.type != "DECIMAL"
    ]
    again = pq.ParquetFile(source, read_dictionary=texts, arrow_extensions_enabled=False)
    taken = least
    for group, path in product(range(len(groups)), texts):
        for size in _text_bytes(file, again, group=group, path=path):
            taken += size
            if taken > most:
                return taken
    return taken


def _fixed_bytes(schema: Any, groups: Sequence[Any]) -> int:
    """The bytes of columns whose values are all of one length."""
    widths = [max(leaf.length, 0) if leaf.physical_type == "FIXED_LEN_BYTE_ARRAY" else 0 for leaf in schema]
    return sum(
        width * group.column(place).num_values for group in groups for place, width in enumerate(widths)
    )


def _text_bytes(file: pq.ParquetFile, again: pq.ParquetFile, *, group: int, path: str) -> Iterator[int]:
    """Yields the bytes of the texts of a column in a group of rows; `again` reads each as the number of a text."""
    chosen: dict[str, Any] = {"row_groups": [group], "columns": [path]}
    try:
        numbered = [_taken_by_number(batch.column(0)) for batch in again.iter_batches(**chosen)]
    # of some encodings pyarrow numbers no texts; a bad disk fails again
    except (pa.ArrowNotImplementedError, OSError):
        yield from (batch.nbytes for batch in file.iter_batches(FEW_ROWS, **chosen))
    else:
        yield sum(numbered)


def _taken_by_number(column: pa.Array) -> int:
    if isinstance(column, pa.DictionaryArray):
        return pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0
    if isinstance(column, pa.StructArray):
        return sum(map(_taken_by_number, column.flatten()))
    return _taken_by_number(column.flatten()) if pa.types.is_nested(column.type) else int(column.nbytes)


def named(codes: "pd.Series[int]", names: list[str]) -> "pd.Series[str]":
    """Class names for class numbers; -1 and missing numbers, which mean "unknown", stay missing."""
    lookup = dict(enumerate(names))
    return codes.map(lookup).astype("str")


def frame_of(table: pa.Table, source: str, to_pandas: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Makes a DataFrame of an Arrow table.

    Args:
        table: The table, whose form is sound; its values may still be such as Python does not have.
        source: Its name, for messages.
        to_pandas: What makes the frame.

    Raises:
        DataError: A value cannot be read; the column is named.
    """
    try:
        for name, column in zip(table.column_names, table.columns, strict=True):
            _refuse_far_moments(name, column)
        return to_pandas()
    except UNREADABLE as error:
        raise DataError(
            '{source}: the column "{column}" has a value that cannot be read, such as a date beyond the year 9999 or '
            "an unknown time zone (pyarrow said: {text}): write that column as text, or delete it",
            source=source,
            column=_unreadable(table) or table.column_names[-1],
            text=str(error),
        ) from error


def _unreadable(table: pa.Table) -> str | None:
    """The first column that cannot become one of pandas."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            _refuse_far_moments(name, column)
            column.to_pandas()
        except UNREADABLE:
            return str(name)
    return None


def _refuse_far_moments(name: str, column: pa.ChunkedArray) -> None:
    """Moments with a time zone beyond Python's years: pandas takes them, and fails when they are written."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        ticks = pc.min_max(column.cast(pa.int64())).as_py()
        first, last = (year * TICKS[kind.unit] for year in YEARS)
        if ticks["min"] is not None and not first <= ticks["min"] <= ticks["max"] <= last:
            raise OverflowError(f"{name}: {ticks}")


def _class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Names of the classes per column of numbers, from the notes that the datasets library leaves in a Parquet file.

    Others write under the same key: what is not of that form is no such note.
    """
    features: dict[str, Any] = {}
    match _notes(schema):
        case {"info": {"features": {**noted}}}:
            features = {column: noted[column] for column in schema.names if column in noted}
    found: dict[str, list[str]] = {}
    for column, feature in features.items():
        match feature:
            case {"_type": "ClassLabel", "names": [*names]} if pa.types.is_integer(schema.field(column).type):
                if all(isinstance(name, str) for name in names):
                    found[column] = names
    return found


def _notes(schema: pa.Schema) -> object:
    try:
        return json.loads((schema.metadata or {}).get(b"huggingface", b"null"))
    except (ValueError, RecursionError):
        return None
