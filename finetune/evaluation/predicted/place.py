"""Where predictions may be written: what is refused before anything is computed. Writes nothing."""

import csv
import gzip
import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, cast

from finetune.data.reading.dialect import Dialect
from finetune.data.reading.opening import compressed, kind
from finetune.errors import ConfigError, DataError
from finetune.evaluation.predicted.kinds import KINDS
from finetune.plugins import require

OF_ANOTHER_KIND = (
    DataError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    csv.Error,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
)
"""What reading the names of a file's columns gives where it is not what its suffix says."""


def output_path(source: Any, output: str | None) -> Path:
    """Returns where to write, checked before the table is read.

    Raises:
        ConfigError: if the file would be the user's own table, is of no known kind, or its folder is not there.
    """
    in_file = isinstance(source, str | Path)
    if output is None:
        table = Path(str(source).removesuffix(".gz")) if in_file else Path("table.csv")
        if kind(table) == ".xlsm":  # its macros are not read, so they cannot be written either
            table = table.with_suffix(".xlsx")
        known = kind(table) in KINDS
        output = f"{table.stem if known else table.name}_predicted{table.suffix if known else '.csv'}"
    path = Path(output).expanduser()
    if path.is_dir():
        raise ConfigError("--output {output} is a folder: give a file in it.", output=output)
    if kind(path) not in KINDS:
        raise ConfigError(
            '--output {output}: its kind "{kind}" is not known. There are {kinds}, each also .gz.',
            output=output,
            kind=kind(path),
            kinds=", ".join(KINDS),
        )
    folder = path.resolve().parent  # a link stays, and what it shows is written
    if not folder.is_dir():
        raise ConfigError(
            "--output {output}: there is no folder {folder}. Make it first.",
            output=output,
            folder=folder if path.is_symlink() else path.parent,
        )
    if kind(path) == ".xlsx":
        require("openpyxl")
    if not os.access(folder, os.W_OK):
        raise ConfigError(
            "--output {output}: the folder {folder} cannot be written to.", output=output, folder=folder
        )
    if path.exists() and not path.is_file():
        raise ConfigError("--output {output} is no file but a device or a pipe: give a file.", output=output)
    if in_file:
        refuse_input(path, [str(source)])
    return path


def refuse_input(path: Path, files: Sequence[str], *, option: str = "output") -> None:
    """Refuses to write over a file that the table to predict is read from.

    Raises:
        ConfigError: if it is one of these files.
    """
    if path.exists() and any(Path(file).exists() and path.samefile(file) for file in files):
        raise ConfigError(
            "--{option} {output} is the table to predict itself: give another file.",
            option=option,
            output=path,
        )


def refuse_foreign(path: Path, names: Sequence[str], dialect: Dialect) -> None:
    """Refuses to write over a file that has other columns than the one to be written: then it is not of this command.

    Args:
        path: The file to write.
        names: Of the columns that it will have, the input's and ours.
        dialect: How it will be written.

    Raises:
        ConfigError: if there is such a file.
    """
    if path.exists() and path.stat().st_size and _names(path, dialect) != list(names):
        raise ConfigError(
            "--output {output}: there is a file of this name, and its columns are not those of this table and its "
            "predictions, so it holds something else. Give another name, or add --overwrite true to replace it.",
            output=path,
        )


def _names(path: Path, dialect: Dialect) -> list[str] | None:
    """The names of a file's columns; None where it is not what its suffix says."""
    try:
        with path.open("rb") as raw:
            stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if compressed(path) else raw)
            return KINDS[kind(path)].header(stream, dialect)
    except OF_ANOTHER_KIND:
        return None
