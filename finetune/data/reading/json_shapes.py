"""Tables that stand in one JSON object: of columns, of rows, or under a name. Reads no file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.data.reading.columns import fold
from finetune.data.reading.sheets import Wish
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import Message

Rows = list[Any]
Object = Mapping[str, Any]

SPLIT = {"columns", "index", "data", "index_names", "column_names"}
# fmt: off
HOLDERS = frozenset(
    {
        "data", "rows", "records", "results", "items", "entries", "values", "value", "table",
        "dados", "linhas", "registros", "resultados", "itens", "tabela",
    }
)
# fmt: on
"""Names under which programs put the rows, with others beside them that say how many there are and so on."""

MOST_SHOWN = 5


def shape_of(value: Object, path: Path, wish: Wish) -> tuple[Rows, Message] | None:
    """Returns the rows of a table that stands in one JSON object, and what it is; None where the object is a row.

    Args:
        value: The object.
        path: The table's name, for messages.
        wish: The columns that are wanted, whose names tell columns from rows.

    Raises:
        DataError: It surely is no row, and not surely a table.
    """
    if {"columns", "data"} <= value.keys() <= SPLIT:
        return _split(value, path), Message(
            'a JSON object with the names in "columns" and the rows in "data"'
        )
    name = _holder(value, wish)
    if name is not None:
        refuse_arrays(value[name], path)
        return list(value[name]), Message('a JSON object with the rows in "{name}"', name=name)
    cells = list(value.values())
    if cells and all(isinstance(cell, dict) and cell for cell in cells):
        return _nested(value, path, wish)
    if any(map(wish.knows, value)) and _are_columns(cells):
        rows = [dict(zip(value, row, strict=True)) for row in zip(*cells, strict=True)]
        return rows, Message("a JSON object of columns")
    return None


def refuse_arrays(rows: Sequence[object], path: Path) -> None:
    """Refuses rows that are arrays: nothing gives names to their cells.

    Raises:
        DataError: The first is one.
    """
    if rows and isinstance(rows[0], list):
        raise DataError(
            "{path}: the rows are arrays, whose cells have no names: export each row as an object, "
            '{{"texto": ..., "rotulo": ...}} (in pandas: to_json(..., orient="records", lines=True))',
            path=path,
        )


def _split(value: Object, path: Path) -> Rows:
    """The rows of an object that has the names of the columns apart."""
    names, rows = value["columns"], value["data"]
    fits = isinstance(names, list) and isinstance(rows, list)
    if not fits or not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        raise DataError(
            '{path}: the rows in "data" do not fit the names in "columns": export the table anew, each row as an '
            'object (in pandas: to_json(..., orient="records", lines=True))',
            path=path,
        )
    if not all(isinstance(name, (str, int, float)) for name in names):
        raise DataError(
            '{path}: the names in "columns" are no texts: give each column one name and export the table anew',
            path=path,
        )
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


def _holder(value: Object, wish: Wish) -> str | None:
    """The name under which the rows stand: the only one, or the only one that is such a name."""
    arrays = [name for name, cell in value.items() if isinstance(cell, list) and cell and _are_rows(cell)]
    if len(arrays) != 1:
        return None
    sure = len(value) == 1 or (fold(arrays[0]) in HOLDERS and not any(map(wish.knows, value)))
    return arrays[0] if sure else None


def _are_rows(cell: Sequence[object]) -> bool:
    return all(isinstance(row, dict) for row in cell) or all(isinstance(row, list) for row in cell)


def _nested(value: Object, path: Path, wish: Wish) -> tuple[Rows, Message]:
    """The rows of an object of objects: each is a column, or each is a row, which the names tell."""
    outer, inner = list(value), list(dict.fromkeys(name for cells in value.values() for name in cells))
    of_columns, of_rows = any(map(wish.knows, outer)), any(map(wish.knows, inner))
    if of_columns == of_rows:  # what is counted are the rows
        of_columns, of_rows = all(map(str.isdecimal, inner)), all(map(str.isdecimal, outer))
    if of_columns == of_rows:
        raise DataError(
            "{path}: one JSON object of objects, whose names ({names}) do not tell columns from rows: export the table "
            'anew, each row as an object (in pandas: to_json(..., orient="records", lines=True))',
            path=path,
            names=quoted(outer[:MOST_SHOWN]),
        )
    if of_rows:
        return _with_names(value), Message("a JSON object of rows")
    rows = {key: {name: value[name].get(key) for name in outer} for key in inner}
    return _with_names(rows), Message("a JSON object of columns")


def _with_names(rows: Mapping[str, Object]) -> Rows:
    """The rows, with their names as a column "index", if they are more than their numbers."""
    numbered = all(name == str(number) for number, name in enumerate(rows))
    if numbered or any("index" in row for row in rows.values()):
        return list(rows.values())
    return [{"index": name, **row} for name, row in rows.items()]


def _are_columns(cells: Sequence[object]) -> bool:
    """Whether some cells are columns: arrays of one length, of nothing that is not a cell."""
    arrays = [cell for cell in cells if isinstance(cell, list)]
    return (
        len(arrays) == len(cells)
        and len({len(cell) for cell in arrays}) == 1
        and not any(isinstance(each, (list, dict)) for cell in arrays for each in cell)
    )
