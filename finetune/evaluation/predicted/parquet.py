"""Parquet: a column has one type, and keeps it."""

import io
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
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
    if column.dtype != object and (array := _writable(column, None)) is not None:
        return Fitted(array)
    given = list(column.astype(object))
    cells = [plain(cell) for cell in given]
    unbroken = [whole(cell) for cell in cells]
    broken = unbroken != cells
    for kind in (_kind(given), None):
        array = _writable(column, kind)
        if array is not None and plain(array.to_pylist()) == cells and not broken:
            return Fitted(array)  # lists of 32 bits stay so
        array = _writable(unbroken, kind)
        if array is not None and plain(array.to_pylist()) == unbroken:
            return Fitted(array, broken=broken)
    text = pa.array([whole(cell) for cell in texts(unbroken)], pa.large_string())
    return Fitted(text, (_what(cells),), broken)


def _kind(cells: Sequence[Any]) -> Any:
    """The type of cells that Arrow does not find by itself, for it has maps in them, or numbers of 64 bits; or None."""
    try:
        return _seen(cells)
    except REFUSED:
        return None


def _seen(cells: Sequence[Any]) -> Any:
    there = [cell for cell in cells if cell is not None]
    if any(map(_is_map, there)) and all(_is_map(cell) or _is_empty(cell) for cell in there):
        keys, values = zip(*(pair for cell in there for pair in cell), strict=True)
        return pa.map_(_seen(keys), _seen(values))
    if there and all(isinstance(cell, np.ndarray) and cell.dtype == object for cell in there):
        return pa.list_(_seen([each for cell in there for each in cell]))
    if there and all(isinstance(cell, dict) for cell in there):
        names = dict.fromkeys(name for cell in there for name in cell)
        return pa.struct([(name, _seen([cell.get(name) for cell in there])) for name in names])
    if there and all(type(cell) is int for cell in there) and max(there) >= 2**63:
        return pa.uint64()
    return pa.array(there).type


def _is_map(cell: Any) -> bool:
    """Whether a cell is a map as Arrow gives it: a list of keys, which are never missing, with their values."""
    return isinstance(cell, list) and bool(cell) and all(map(_is_pair, cell))


def _is_pair(cell: Any) -> bool:
    return isinstance(cell, tuple) and len(cell) == 2 and cell[0] is not None


def _is_empty(cell: Any) -> bool:
    return isinstance(cell, list) and not cell


def _writable(column: Any, kind: Any) -> Any:
    """The column as Arrow holds it, None where it does not or where Parquet has no such type."""
    try:
        array = pa.array(column, kind, from_pandas=isinstance(column, pd.Series))
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
