"""The tables of several files put together: of a folder, by its splits, or named one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import pandas as pd

from finetune.data.reading.columns import fold
from finetune.data.reading.dialect import Notes
from finetune.data.reading.loaded import (
    SPLIT_NAMES,
    Loaded,
    Piece,
    split_of,
    undivided,
)
from finetune.data.reading.opening import kind
from finetune.data.reading.other_kinds import SUFFIXES, is_other_spreadsheet
from finetune.data.reading.readers import read_file, readable
from finetune.errors import DataError
from finetune.language.lists import SHOWN, quoted
from finetune.language.say import Message

T = TypeVar("T")


FILE = "file"
"""The column that says which of them a row came from."""


@dataclass(frozen=True)
class Way(Generic[T]):
    """How what is found of a source becomes a table, or what gives one.

    Attributes:
        file: Reads a file, of a name.
        names: Gives the names of its columns.
        folder: Puts those of the files of a folder together, which have the same columns.
        memory: Takes a table that is in memory.
        with_file: Adds a column that says the same of each row: its file.
    """

    file: Callable[[str, Path], T]
    names: Callable[[T], Sequence[object]]
    folder: Callable[[str, list[T]], T]
    memory: Callable[[Loaded], T]
    with_file: Callable[[T, str], T]


def tables_in(path: Path, reader: str | None) -> list[Path]:
    """Returns the files of a folder that are read, by their names.

    Raises:
        DataError: if there are none.
    """
    files = sorted(
        each
        for each in path.iterdir()
        if each.is_file()
        and not each.name.startswith((".", "_", "~$"))  # the last is of Excel, while it has the file open
        and (reader is not None or readable(each))
    )
    if not files:
        _refuse_other_kinds(path)
        there = sorted(each.name for each in path.iterdir())[:5]
        raise DataError(
            "{path}: the folder holds no table (it holds {names}): "
            "put CSV, TSV, JSON Lines, Parquet or XLSX files into it, or name a file",
            path=path,
            names=quoted(there) if there else Message("nothing", context="in a folder"),
        )
    return files


def of_folder(path: Path, reader: str | None, way: Way[T]) -> tuple[dict[str, T], Notes]:
    """Returns the tables of a folder, by split where names say one; and what was left out, for the user."""
    files = tables_in(path, reader)
    groups, left = _groups(files)
    if reader is None:
        left += sorted(each for each in path.iterdir() if each.is_file() and is_other_spreadsheet(each))
    notes = [
        Message(
            "{n:,} file read as one table: {names}",
            "{n:,} files read as one table: {names}",
            n=len(group),
            names=quoted([each.name for each in group], most=SHOWN),
        )
        for group in groups.values()
        if len(group) > 1
    ]
    if left:
        names = quoted(each.name for each in left)
        notes.append(Message("other files in {folder} left out: {names}", folder=path, names=names))
    return {split: together(str(path), group, way) for split, group in groups.items()}, tuple(notes)


def _refuse_other_kinds(path: Path) -> None:
    """Refuses a folder of tables of a kind that is not read, as their reader does."""
    for file in sorted(path.iterdir()):
        if file.is_file() and not file.name.startswith((".", "_")) and kind(file) in SUFFIXES:
            read_file(file)


def _groups(files: list[Path]) -> tuple[dict[str, list[Path]], list[Path]]:
    """The files of each split and those left out; all in one when no name says a split.

    A file called exactly `train` is the split: `train_old` beside it is then another file. Without it, all
    that say `train` belong together (`train-00000-of-00002`).
    """
    groups: dict[str, list[Path]] = {}
    for split, names in SPLIT_NAMES.items():
        saying = [file for file in files if split_of(_stem(file)) == split]
        exact = [file for file in saying if fold(_stem(file)) in names]
        if saying:
            groups[split] = exact or saying
    if not groups:
        return {"all": files}, []
    taken = {file for group in groups.values() for file in group}
    return undivided(groups), [file for file in files if file not in taken]


def _stem(file: Path) -> str:
    return file.name.split(".")[0]


def together(folder: str, files: list[Path], way: Way[T], *, with_files: bool = False) -> T:
    """Returns files of the same columns as one table; each row with its file, where that is asked for."""

    def read(file: Path) -> T:
        table = way.file(str(file), file)
        free = with_files and FILE not in map(str, way.names(table))
        return way.with_file(table, str(file)) if free else table

    tables = [read(files[0])]
    if len(files) == 1:
        return tables[0]
    first = way.names(tables[0])
    for file in files[1:]:
        tables.append(read(file))
        names = way.names(tables[-1])
        if set(names) != set(first):
            raise DataError(
                "{folder}: {one} has the columns {first}, {other} has {second}: "
                "give all files the same columns, or name one file",
                folder=folder,
                one=files[0].name,
                first=quoted(first),
                other=file.name,
                second=quoted(names),
            )
    return way.folder(folder, tables)


def joined(folder: str, tables: list[Loaded]) -> Loaded:
    """Returns tables one under the other."""
    parts: list[Piece] = []
    rows = 0
    for table in tables:
        parts += [replace(piece, first=rows) for piece in table.parts]
        rows += len(table.frame)
    names = tables[0].frame.columns
    columns = {name: _one_under_the_other([table.frame[name] for table in tables]) for name in names}
    return Loaded(folder, pd.DataFrame(columns), tables[0].dialect, tuple(parts))


def _one_under_the_other(pieces: "list[pd.Series[Any]]") -> "pd.Series[Any]":
    """A column of several pieces; as plain values where they are of several kinds, which a common one would change."""
    if any(piece.dtype != pieces[0].dtype for piece in pieces):
        pieces = [pd.Series(piece.tolist(), dtype=object) for piece in pieces]
    return pd.concat(pieces, ignore_index=True)
