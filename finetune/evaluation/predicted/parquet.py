"""Parquet: a column has one type, and keeps it."""

import io
from collections.abc import Sequence
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from finetune.data.reading.dialect import Dialect
from finetune.evaluation.predicted.cells import plain, whole
from finetune.evaluation.predicted.fitting import OTHERS, Fitted, texts
from finetune.language.say import AnyMessage, Message

LONG = Message("whole numbers of more than 64 bits")
VARIED = Message("lists and objects of several kinds in one column")
MIXED = Message("values of several kinds in one column")
REFUSED = (pa.ArrowException, OverflowError, TypeError, ValueError, KeyError)


def fit(column: "pd.Series[Any]") -> Fitted:
    """Returns a column as Arrow holds it, or as text where it does not hold the very same."""
    array = _writable(column)
    if array is not None and column.dtype != object:
        return Fitted(array)
    cells = [plain(cell) for cell in column.astype(object)]
    if array is not None and array.to_pylist() == cells:
        return Fitted(array)  # lists of 32 bits stay so
    unbroken = [whole(cell) for cell in cells]
    broken = unbroken != cells
    array = _writable(unbroken)
    if array is not None and array.to_pylist() == unbroken:
        return Fitted(array, broken=broken)
    text = pa.array([whole(cell) for cell in texts(unbroken)], pa.large_string())
    return Fitted(text, (_what(cells),), broken)


def _writable(column: Any) -> Any:
    """The column as Arrow holds it, None where it does not or where Parquet has no such type."""
    try:
        array = pa.array(column, from_pandas=isinstance(column, pd.Series))
        if isinstance(array.type, pa.BaseExtensionType):
            return None
        pq.write_table(pa.table({"column": array.slice(0, 0)}), io.BytesIO())
    except REFUSED:
        return None
    return array


def _what(cells: Sequence[Any]) -> AnyMessage:
    there = [cell for cell in cells if cell is not None]
    if any(isinstance(cell, list | dict) for cell in there):
        return VARIED
    if all(type(cell) is int for cell in there):
        return LONG
    return MIXED if len({type(cell) for cell in there}) > 1 else OTHERS


def write(stream: IO[bytes], names: Sequence[str], columns: Sequence[Any], dialect: Dialect) -> None:
    """Writes the table."""
    pq.write_table(pa.table(list(columns), names=list(names)), stream)


def header(stream: IO[bytes], dialect: Dialect) -> list[str]:
    """Returns the names in a Parquet file."""
    return list(pq.read_schema(pa.BufferReader(stream.read())).names)
