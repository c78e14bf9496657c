"""What the user names as data, a file, a folder, a hub id or an object in memory, into DataFrames by split.

Reads no file itself (`readers`) and knows nothing of text and label columns (`columns`).
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import pandas as pd

from finetune.data.reading.addresses import refuse_address
from finetune.data.reading.columns import fold
from finetune.data.reading.dialect import Notes
from finetune.data.reading.hub import IN_MEMORY, divided, from_hub, is_hub_id, saved
from finetune.data.reading.loaded import (
    SPLIT_NAMES,
    Loaded,
    Piece,
    Splits,
    single,
    split_of,
    undivided,
)
from finetune.data.reading.opening import kind
from finetune.data.reading.other_kinds import SUFFIXES, is_other_spreadsheet
from finetune.data.reading.readers import read_file, readable, stream_file
from finetune.data.reading.sheets import ANY, Wish, without_header_line, without_sheets
from finetune.data.reading.stream import Stream, in_memory, one_under_the_other
from finetune.errors import DataError
from finetune.files.home import expanded
from finetune.language.lists import SHOWN, listed, quoted
from finetune.language.say import Message

if TYPE_CHECKING:
    import datasets

    Source: TypeAlias = str | Path | list[str] | pd.DataFrame | datasets.Dataset | datasets.DatasetDict
else:
    Source = object

T = TypeVar("T")

FEW = 3
"""Names that stand for all where several tables are named one by one."""

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


def load(source: Source, *, reader: str | None, wish: Wish = ANY) -> tuple[Splits, Notes]:
    """Reads a source, whatever it is.

    Returns:
        `{"all": ...}`, or the splits the source itself is divided into; and what was left out, for the user.

    Raises:
        DataError: There is no such source, or it cannot be read.
    """
    whole = Way(
        lambda name, path: single(name, *read_file(path, reader, wish)),
        lambda table: list(table.frame.columns),
        _joined,
        lambda table: table,
        lambda table, file: replace(table, frame=table.frame.assign(**{FILE: file})),
    )
    return _load(source, reader, wish, whole)


def load_streams(source: Source, *, reader: str | None, wish: Wish = ANY) -> tuple[dict[str, Stream], Notes]:
    """Goes through a source as `load` reads it, and keeps in memory what can be read no other way.

    Raises:
        DataError: As there.
    """
    streams = Way(
        lambda name, path: replace(stream_file(path, reader, wish), name=name),
        lambda stream: list(stream.columns.columns),
        one_under_the_other,
        in_memory,
        lambda stream, file: stream.with_column(FILE, file),
    )
    return _load(source, reader, wish, streams)


def _load(source: Source, reader: str | None, wish: Wish, way: Way[T]) -> tuple[dict[str, T], Notes]:
    if isinstance(source, (str, Path)):
        return _load_named(source, reader, wish, way)
    if isinstance(source, list) and source and all(isinstance(each, str) for each in source):
        name, files = _several(source, reader)
        return {"all": _together(name, files, way, with_files=True)}, ()
    if reader is not None:
        raise DataError(
            'a reader ("{reader}") is for files, and the data is a {kind}: leave it out',
            reader=reader,
            kind=type(source).__name__,
        )
    left_aside = _left_aside(wish, type(source).__name__)
    if isinstance(source, pd.DataFrame):
        return {"all": way.memory(single("DataFrame", source.rename(columns=str), IN_MEMORY))}, left_aside
    found, notes = divided(source, type(source).__name__)
    return _in_memory(found, way), (*left_aside, *notes)


def _in_memory(found: Splits, way: Way[T]) -> dict[str, T]:
    return {split: way.memory(table) for split, table in found.items()}


def _load_named(
    source: str | Path, reader: str | None, wish: Wish, way: Way[T]
) -> tuple[dict[str, T], Notes]:
    if not str(source).strip():  # it would stand for the folder at hand, and all tables in it
        raise DataError("the path of the table is empty: give a file or a folder")
    path = expanded(source)
    if path.is_dir():
        if (path / "state.json").is_file() or (path / "dataset_dict.json").is_file():
            left_aside = _left_aside(wish, path)
            found, notes = saved(path)
            return _in_memory(found, way), (*left_aside, *notes)
        return _folder(path, reader, way)
    if path.exists():
        return {"all": way.file(str(source), path)}, ()
    refuse_address(source)
    no_file = _no_file(path)
    if readable(path) or kind(path) in SUFFIXES or not is_hub_id(str(source)):
        raise DataError("{no_file}: give the path of a table or a folder", no_file=no_file)
    left_aside = _left_aside(wish, source)
    found, notes = from_hub(str(source), no_file)
    return _in_memory(found, way), (*left_aside, *notes)


def _left_aside(wish: Wish, source: object) -> Notes:
    """What is said, or refused, of what is wished of a source that is no file."""
    return (*without_sheets(wish, source), *without_header_line(wish, source))


def _no_file(path: Path) -> Message:
    """Says that there is no such file, and what stands near the place where it should be."""
    folder = path.parent
    while not folder.is_dir():
        folder = folder.parent
    if folder != path.parent:
        return Message(
            "there is no folder {folder} (the nearest that exists is {nearest})",
            folder=path.parent,
            nearest=folder.resolve(),
        )
    seen = [each for each in folder.iterdir() if not each.name.startswith(".")]
    there = sorted(each.name for each in seen if each.is_dir() or readable(each))
    near = difflib.get_close_matches(path.name, there, n=5, cutoff=0.5) or there[:5]
    return Message(
        "there is no file {path} (nearby: {names})"
        if near
        else "there is no file {path} (no table stands there)",
        path=path,
        names=quoted(near),
    )


def _several(sources: list[str], reader: str | None) -> tuple[str, list[Path]]:
    """Files and folders that are named one by one, as what they are called together, and the files in their order.

    Raises:
        DataError: if one is not there, holds no table, or is named twice.
    """
    files: list[Path] = []
    for source in sources:
        path = expanded(source)
        if not path.exists():
            raise DataError("{no_file}: give the path of a table or a folder", no_file=_no_file(path))
        files += _tables_in(path, reader) if path.is_dir() else [path]
    places = [file.resolve() for file in files]
    twice = sorted({str(file) for file, place in zip(files, places, strict=True) if places.count(place) > 1})
    if twice:
        raise DataError("{files} named more than once: name each file once", files=quoted(twice))
    return str(listed(sources, most=FEW)), files


def _tables_in(path: Path, reader: str | None) -> list[Path]:
    """The files of a folder that are read, by their names.

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


def _folder(path: Path, reader: str | None, way: Way[T]) -> tuple[dict[str, T], Notes]:
    files = _tables_in(path, reader)
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
    return {split: _together(str(path), group, way) for split, group in groups.items()}, tuple(notes)


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


def _together(folder: str, files: list[Path], way: Way[T], *, with_files: bool = False) -> T:
    """Several files with the same columns, one under the other; each row with its file, where that is asked for."""

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


def _joined(folder: str, tables: list[Loaded]) -> Loaded:
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
