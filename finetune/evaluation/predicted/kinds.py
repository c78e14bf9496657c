"""KINDS: what kinds of file predictions are written in. To add one, add its functions and a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pandas as pd

from finetune.data.reading.dialect import Dialect
from finetune.evaluation.predicted import delimited, json_lines, parquet, workbook
from finetune.evaluation.predicted.chunks import Pieces


def any_size(path: Path, *, rows: int, columns: int) -> None:
    """Lets a table of any size pass."""


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        family: Kinds of one family hold the same cells.
        spreadsheet: Whether people open it in a program that runs formulas, and columns may have no name in it.
        look: Gives what is to be known of a column, of some of its rows; what is of others is added to it.
        fit: Gives some rows of a column as the kind holds them, by what is known of all.
        write: Writes names and columns that fit, of some rows after others, in the dialect of the input.
        header: Gives the names in such a file.
        refuse_too_large: Refuses a table of so many rows and columns that the kind cannot hold.
    """

    family: str
    spreadsheet: bool
    look: Callable[["pd.Series[Any]"], Any]
    fit: Callable[["pd.Series[Any]", Any], Any]
    write: Callable[[IO[bytes], Sequence[str], Pieces, Dialect], None]
    header: Callable[[IO[bytes], Dialect], list[str]]
    refuse_too_large: Callable[..., None] = any_size


TEXT = Kind("text", True, delimited.look, delimited.fit, delimited.write, delimited.header)
JSON = Kind("json", False, json_lines.look, json_lines.fit, json_lines.write, json_lines.header)
PARQUET = Kind("parquet", False, parquet.look, parquet.fit, parquet.write, parquet.header)
XLSX = Kind(
    "xlsx", True, workbook.look, workbook.fit, workbook.write, workbook.header, workbook.refuse_too_large
)

KINDS = {
    ".csv": TEXT,
    ".tsv": TEXT,
    ".txt": TEXT,
    ".jsonl": JSON,
    ".ndjson": JSON,
    ".parquet": PARQUET,
    ".xlsx": XLSX,
}


def family(suffix: str) -> str:
    """Returns the family of a table by the suffix of its file; of one from memory, none."""
    return KINDS[suffix].family if suffix in KINDS else ""
