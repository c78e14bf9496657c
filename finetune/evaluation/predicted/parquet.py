"""Parquet: a column has one type, and keeps it."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from finetune.data.reading.dialect import Dialect
from finetune.evaluation.predicted.cells import plain, whole
from finetune.evaluation.predicted.chunks import Pieces
from finetune.evaluation.predicted.fitting import OTHERS, are_days, texts
from finetune.language.say import AnyMessage, Message

LONG = Message("whole numbers of more than 64 bits")
VARIED = Message("lists and objects of several kinds in one column")
MIXED = Message("values of several kinds in one column")
REFUSED = (pa.ArrowException, OverflowError, TypeError, ValueError, KeyError)


@dataclass(frozen=True)
class Column:
    """What was seen of some rows of a column; of a column of one type nothing has to be.

    Attributes:
        cells: Of plain Python values all that decide how they go out; None where the column has a type.
        what: What of them Parquet cannot hold, so that the whole column is text there.
        broken: Whether characters have to be replaced.
        kind: How they go out, once that is decided.
        as_given: Whether Arrow takes them as they are.
        days: Whether each moment among them is a day.
        too_long: Never.
    """

    cells: list[Any] | None = None
    what: tuple[AnyMessage, ...] = ()
    broken: bool = False
    kind: Any = None
    as_given: bool = False
    days: bool = True
    too_long: bool = False

    def __add__(self, other: "Column") -> "Column":
        if self.cells is None or other.cells is None:
            return self if other.cells is None else other
        return Column(telling([*self.cells, *other.cells]))

    def settled(self) -> "Column":
        """Returns how the column goes out, once all rows were seen."""
        return self if self.cells is None else _decided(self.cells)


PLAIN: tuple[type, ...] = (int, bool, str)
"""Values of these types, all alike, are told by the least and the greatest of them."""


def telling(cells: list[Any]) -> list[Any]:
    """Returns those of some cells by which it is decided how all go out."""
    there = [cell for cell in cells if cell is not None]
    types = set(map(type, there))
    if len(types) != 1 or not types <= set(PLAIN):
        return cells if there else cells[:1]
    broken = next((cell for cell in there if whole(cell) != cell), None)
    found = [min(there), max(there), *([] if broken is None else [broken])]
    return [*found, *([None] if len(there) < len(cells) else [])]


def look(column: "pd.Series[Any]") -> Column:
    """Returns what is seen of some rows of a column."""
    if column.dtype != object and _writable(column, None) is not None:
        return Column()
    return Column(telling(list(column.astype(object))))


def _decided(given: list[Any]) -> Column:
    """How cells go out: as Arrow holds them, or as text where it does not hold the very same."""
    cells = [plain(cell) for cell in given]
    unbroken = [whole(cell) for cell in cells]
    broken = unbroken != cells
    for kind in (_kind(given), None):
        array = _writable(pd.Series(given, dtype=object), kind)
        if array is not None and plain(array.to_pylist()) == cells and not broken:
            return Column(kind=array.type, as_given=True)  # lists of 32 bits stay so
        array = _writable(unbroken, kind)
        if array is not None and plain(array.to_pylist()) == unbroken:
            return Column(broken=broken, kind=array.type)
    return Column(what=(_what(cells),), broken=broken, kind=pa.large_string(), days=are_days(cells))


def fit(column: "pd.Series[Any]", seen: Column) -> Any:
    """Returns some rows of a column as Arrow holds them, or as text where it does not hold the very same."""
    if seen.kind is None:
        return _writable(column, None)
    if seen.as_given:
        return pa.array(column.astype(object), seen.kind, from_pandas=True)
    cells = [whole(plain(cell)) for cell in column.astype(object)]
    if seen.what:
        cells = [whole(text) for text in texts(cells, days=seen.days)]
    return pa.array(cells, seen.kind)


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


GROUP_ROWS = 1 << 17
"""Rows that are written together: each column of theirs is packed as one, and all are in memory."""


def write(stream: IO[bytes], names: Sequence[str], pieces: Pieces, dialect: Dialect) -> None:
    """Writes the table."""
    tables = (pa.table(list(columns), names=list(names)) for columns in pieces)
    first = next(tables)
    with pq.ParquetWriter(stream, first.schema) as writer:
        for group in _groups(chain([first], tables)):
            writer.write_table(group)


def _groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The rows of tables as they are written together."""
    waiting, count = [], 0
    for table in tables:
        at = 0
        while at < len(table):
            waiting.append(table.slice(at, GROUP_ROWS - count))
            at += len(waiting[-1])
            count += len(waiting[-1])
            if count == GROUP_ROWS:
                yield pa.concat_tables(waiting).combine_chunks()
                waiting, count = [], 0
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def header(stream: IO[bytes], dialect: Dialect) -> list[str]:
    """Returns the names in a Parquet file."""
    return list(pq.read_schema(pa.BufferReader(stream.read())).names)
