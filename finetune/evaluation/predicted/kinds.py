"""KINDS: what kinds of file predictions are written in. To add one, add its functions and a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pandas as pd

from finetune.data.reading.dialect import Dialect
from finetune.evaluation.predicted import delimited, json_lines, parquet, workbook
from finetune.evaluation.predicted.fitting import Fitted


def refuse_nothing(path: Path, names: Sequence[str], columns: Sequence[Any]) -> None:
    """Lets a table of any size pass."""


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        family: Kinds of one family hold the same cells.
        spreadsheet: Whether people open it in a program that runs formulas, and columns may have no name in it.
        fit: Gives a column as the kind holds it.
        write: Writes names and columns that fit, in the dialect of the input.
        header: Gives the names in such a file.
        refuse_too_large: Refuses a table that the kind cannot hold: the file, the names, the user's columns.
    """

    family: str
    spreadsheet: bool
    fit: Callable[["pd.Series[Any]"], Fitted]
    write: Callable[[IO[bytes], Sequence[str], Sequence[Any], Dialect], None]
    header: Callable[[IO[bytes], Dialect], list[str]]
    refuse_too_large: Callable[[Path, Sequence[str], Sequence[Any]], None] = refuse_nothing


TEXT = Kind("text", True, delimited.fit, delimited.write, delimited.header)
JSON = Kind("json", False, json_lines.fit, json_lines.write, json_lines.header)
PARQUET = Kind("parquet", False, parquet.fit, parquet.write, parquet.header)
XLSX = Kind("xlsx", True, workbook.fit, workbook.write, workbook.header, workbook.refuse_too_large)

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
