"""A table with answers beside it into a file, row by row: whole in its place at the end, or not at all."""

import csv
import datetime as dt
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .cells import as_json, as_text, guarded, whole
from .encodings import Encoding
from .quoting import NUMBER, WORD
from .reading import family, open_table
from .said import Refused, tell
from .table import Dialect, Row, Table
from .workbook import refuse_too_long, require, write_sheet


@dataclass(frozen=True)
class Outgoing:
    """How a table goes out.

    Attributes:
        path: The file.
        family: What kind of file it is.
        dialect: How it is written.
        names: Of all columns, ours last.
        own: How many are ours.
        guards: Whether the user's own cells are guarded, too, from being run as formulas.
        days: Positions of columns of days.
    """

    path: Path
    family: str
    dialect: Dialect
    names: list[str]
    own: int
    guards: bool
    days: frozenset[int]


def prepared(path: Path, table: Table, own: Sequence[str], labels: Sequence[str], *, guard: bool) -> Outgoing:
    """Returns how a table goes out: as it came, as far as the file and what is added to it can.

    Args:
        path: The file.
        table: The table.
        own: Names of the columns that are added.
        labels: What may stand in these.
        guard: Whether the user's own formulas are guarded in any case.

    Raises:
        Refused: The kind of file is not known, or cannot hold it.
    """
    to, folder = family(path), path.resolve().parent
    if not folder.is_dir():
        raise Refused(tell("{path}: there is no folder {folder}: make it first", path=path, folder=folder))
    if path.is_dir():
        raise Refused(tell("{path} is a folder: give a file in it", path=path))
    if to == "xlsx":
        require()
        refuse_too_long(table.count)
    guards = to != "json" and (guard or table.dialect.family != to)
    names = [whole("" if name in table.unnamed and to != "json" else name) for name in table.names]
    prefix = ""
    while any(f"{prefix}{name}" in names for name in own):
        prefix += "predicted_"
    ours = [f"{prefix}{name}" for name in own]
    if guards:
        names, ours = [guarded(name) for name in names], [guarded(name) for name in ours]
    dialect = _spoken(table.dialect, [*ours, *labels]) if to == "text" else table.dialect
    if path.suffix.lower() == ".tsv":
        dialect = replace(dialect, delimiter="\t")
    return Outgoing(path, to, dialect, [*names, *ours], len(own), guards, table.days)


def _spoken(dialect: Dialect, added: Sequence[str]) -> Dialect:
    """How a text table is written, as far as what is added to it can be."""
    marks = re.compile(f"[{re.escape(dialect.delimiter)}\\r\\n]")
    if dialect.quoting == csv.QUOTE_NONE and any(map(marks.search, added)):
        dialect = replace(dialect, quoting=csv.QUOTE_MINIMAL)
    try:
        "".join(added).encode(dialect.encoding.codec)
    except UnicodeEncodeError:
        return replace(dialect, encoding=Encoding("utf-8", bom=True))  # it opens everywhere
    return dialect


def refuse_to_replace(out: Outgoing, source: Path) -> None:
    """Refuses to write over the table itself, or over a file of other columns: then it holds something else.

    Raises:
        Refused: There is such a file.
    """
    path = out.path
    if not path.exists():
        return
    if path.samefile(source):
        raise Refused(tell("{path} is the table to answer itself: give another file", path=path))
    try:
        there = open_table(path, lambda _: False).names if path.stat().st_size else out.names
    except Refused:
        there = []
    if there != out.names:
        raise Refused(
            tell(
                "{path}: there is a file of this name that holds something else: give another name, or add "
                "--overwrite to replace it",
                path=path,
            )
        )


def write(out: Outgoing, rows: Iterator[Row]) -> None:
    """Writes all rows, and puts the file in its place in one move once that is done.

    Raises:
        OSError: The disk is full or gone; no part of the file stays.
    """
    place = out.path.resolve()
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.stem}.", suffix=place.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        WRITERS[out.family](temporary, out, (_outgoing(out, row) for row in rows))
        if os.name == "posix":  # a file that was made in private gets the rights of a usual one
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)


def _outgoing(out: Outgoing, row: Row) -> Row:
    """A row as it is written, ours guarded wherever formulas are run."""
    for at in out.days:
        if isinstance(row[at], dt.datetime):
            row[at] = row[at].date()
    if out.guards:
        return [guarded(cell) for cell in row]
    if out.family == "json":
        return row
    return [*row[: -out.own], *map(guarded, row[-out.own :])]


def _write_text(path: Path, out: Outgoing, rows: Iterator[Row]) -> None:
    dialect = out.dialect
    cells = [quoting(dialect, numbers=at in dialect.quoted) for at in range(len(out.names))]
    all_quoted = dialect.quoting in (csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
    name = quoting(replace(dialect, quoting=csv.QUOTE_ALL) if all_quoted else dialect)
    with path.open("w", encoding=dialect.encoding.codec, newline="") as file:
        file.write(dialect.delimiter.join(map(name, out.names)))
        for row in rows:
            texts = (as_text(cell, dialect.decimal) for cell in row)
            file.write(dialect.line_end)
            file.write(dialect.delimiter.join(quote(text) for quote, text in zip(cells, texts, strict=True)))
        file.write(dialect.line_end if dialect.closed else "")


def quoting(dialect: Dialect, *, numbers: bool = False) -> Callable[[str], str]:
    """Returns what puts quotes around a cell as the input has them, and where it could not be read without.

    Args:
        dialect: How the input was written.
        numbers: Whether they, too, have quotes where texts have.
    """
    if dialect.quoting == csv.QUOTE_NONE:
        return str
    needed = re.compile(f'[{re.escape(dialect.delimiter)}"\\r\\n]')
    if dialect.quoting == csv.QUOTE_MINIMAL:
        return lambda cell: _quoted(cell) if needed.search(cell) else cell
    if dialect.quoting == csv.QUOTE_ALL:
        return _quoted

    def texts_quoted(cell: str) -> str:
        bare = WORD.fullmatch(cell) or (not numbers and NUMBER.fullmatch(cell) and not needed.search(cell))
        return cell if bare else _quoted(cell)

    return texts_quoted


def _quoted(cell: str) -> str:
    return '"{}"'.format(cell.replace('"', '""'))


def _write_json(path: Path, out: Outgoing, rows: Iterator[Row]) -> None:
    keys = [f"{as_json(name)}: " for name in out.names]
    with path.open("w", encoding="utf-8", newline="") as file:
        for row in rows:
            cells = (key + as_json(cell) for key, cell in zip(keys, row, strict=True))
            file.write(f"{{{', '.join(cells)}}}\n")


def _write_workbook(path: Path, out: Outgoing, rows: Iterator[Row]) -> None:
    write_sheet(path, out.names, rows, out.dialect.sheet)


WRITERS: dict[str, Callable[[Path, Outgoing, Iterator[Row]], Any]] = {
    "text": _write_text,
    "json": _write_json,
    "xlsx": _write_workbook,
}
