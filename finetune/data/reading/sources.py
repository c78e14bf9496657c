"""What the user names as data, a file, a folder, a hub id or an object in memory, into DataFrames by split.

Reads no file itself (`readers`), puts none together (`several`), knows nothing of text and label columns (`columns`).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from finetune.data.reading.dialect import Notes
from finetune.data.reading.hub import IN_MEMORY, divided, from_hub, saved
from finetune.data.reading.loaded import (
    Splits,
    single,
)
from finetune.data.reading.not_there import no_file, not_there, refuse_missing
from finetune.data.reading.readers import read_file, stream_file
from finetune.data.reading.several import FILE, T, Way, joined, of_folder, tables_in, together
from finetune.data.reading.sheets import ANY, Wish, without_header_line, without_sheets
from finetune.data.reading.stream import Stream, in_memory, one_under_the_other
from finetune.errors import DataError
from finetune.files.home import expanded
from finetune.language.lists import listed, quoted

if TYPE_CHECKING:
    import datasets

    Source: TypeAlias = str | Path | list[str] | pd.DataFrame | datasets.Dataset | datasets.DatasetDict
else:
    Source = object


StreamFile: TypeAlias = Callable[[Path, str | None, Wish], Stream]
"""Goes through a file, with the reader that was asked for and what is wished of it."""

FEW = 3
"""Names that stand for all where several tables are named one by one."""


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
        joined,
        lambda table: table,
        lambda table, file: replace(table, frame=table.frame.assign(**{FILE: file})),
    )
    return _load(source, reader, wish, whole)


def load_streams(
    source: Source, *, reader: str | None, wish: Wish = ANY, file: StreamFile = stream_file
) -> tuple[dict[str, Stream], Notes]:
    """Goes through a source as `load` reads it, and keeps in memory what can be read no other way.

    Args:
        source: As there.
        reader: As there.
        wish: As there.
        file: Goes through one file.

    Raises:
        DataError: As there.
    """
    streams = Way(
        lambda name, path: replace(file(path, reader, wish), name=name),
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
        return {"all": together(name, files, way, with_files=True)}, ()
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
        return of_folder(path, reader, way)
    if path.exists():
        return {"all": way.file(str(source), path)}, ()
    refuse_missing(str(source))
    left_aside = _left_aside(wish, source)
    found, notes = from_hub(str(source), no_file(path))
    return _in_memory(found, way), (*left_aside, *notes)


def _left_aside(wish: Wish, source: object) -> Notes:
    """What is said, or refused, of what is wished of a source that is no file."""
    return (*without_sheets(wish, source), *without_header_line(wish, source))


def _several(sources: list[str], reader: str | None) -> tuple[str, list[Path]]:
    """Files and folders that are named one by one, as what they are called together, and the files in their order.

    Raises:
        DataError: if one is not there, holds no table, or is named twice.
    """
    files: list[Path] = []
    for source in sources:
        path = expanded(source)
        if not path.exists():
            raise not_there(path)
        files += tables_in(path, reader) if path.is_dir() else [path]
    places = [file.resolve() for file in files]
    twice = sorted({str(file) for file, place in zip(files, places, strict=True) if places.count(place) > 1})
    if twice:
        raise DataError("{files} named more than once: name each file once", files=quoted(twice))
    return str(listed(sources, most=FEW)), files
