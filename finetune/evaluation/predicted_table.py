"""The file of predictions: the user's own table, in its order, with a label and a confidence beside each row."""

import gzip
import io
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.data.reading.table import Table
from finetune.errors import ConfigError
from finetune.files.whole import write_through
from finetune.plugins import require

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that starts with one of these as a formula (OWASP, CSV Injection)."""

# What XLSX cannot hold (XML 1.0, section 2.2)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")

SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet", ".xlsx")


def output_path(source: Any, output: str | None) -> Path:
    """Returns where to write, checked before anything is computed.

    Raises:
        ConfigError: if the file would be the user's own table, is of no known kind, or its folder is not there.
    """
    in_file = isinstance(source, str | Path)
    if output is None:
        table = Path(str(source).removesuffix(".gz")) if in_file else Path("table.csv")
        known = table.suffix in SUFFIXES
        output = f"{table.stem if known else table.name}_predicted{table.suffix if known else '.csv'}"
    path = Path(output)
    kind = path.suffixes[-2] if path.suffix == ".gz" and len(path.suffixes) > 1 else path.suffix
    if kind not in SUFFIXES:
        raise ConfigError(
            '--output {output}: its kind "{kind}" is not known. There are {kinds}, each also .gz.',
            output=output,
            kind=kind,
            kinds=", ".join(SUFFIXES),
        )
    if not path.parent.is_dir():
        raise ConfigError(
            "--output {output}: there is no folder {folder}. Make it first.",
            output=output,
            folder=path.parent,
        )
    if kind == ".xlsx":
        require("openpyxl", "xlsx")
    if not os.access(path.parent, os.W_OK):
        raise ConfigError(
            "--output {output}: the folder {folder} cannot be written to.",
            output=output,
            folder=path.parent.absolute(),
        )
    if path.is_dir():
        raise ConfigError("--output {output} is a folder: give a file in it.", output=output)
    if in_file and path.exists() and Path(source).exists() and path.samefile(source):
        raise ConfigError(
            "--output {output} is the table to predict itself: give another file.", output=output
        )
    return path


def predicted_frame(
    table: Table,
    rows: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    labels: list[str],
    *,
    abstain_below: float | None = None,
) -> pd.DataFrame:
    """Returns the table with `label`, `confidence` and `abstained`; rows without text have none of them.

    Where the table has columns of these names already, ours are called `predicted_label`, `predicted_confidence` and
    `predicted_abstained`.
    """
    frame = table.frame.copy()
    best, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    label = np.full(len(frame), None, dtype=object)
    abstained = np.full(len(frame), None, dtype=object)
    confidence = np.full(len(frame), np.nan)
    label[rows] = np.asarray(labels, dtype=object)[best]
    confidence[rows] = sure.round(4)
    abstained[rows] = sure < (abstain_below or 0.0)
    taken = {str(column) for column in frame.columns}
    prefix = ""
    while {f"{prefix}label", f"{prefix}confidence", f"{prefix}abstained"} & taken:
        prefix += "predicted_"
    frame[f"{prefix}label"] = pd.array(label, dtype="str")
    frame[f"{prefix}confidence"] = confidence
    frame[f"{prefix}abstained"] = pd.array(abstained, dtype="boolean")
    return frame


def guard(frame: pd.DataFrame) -> pd.DataFrame:
    """Puts an apostrophe before cells that a spreadsheet would run as a formula."""
    return frame.map(guard_cell)


def guard_cell(cell: Any) -> Any:
    """Puts an apostrophe before a text that a spreadsheet would run as a formula; plain numbers stay as they are."""
    if not isinstance(cell, str) or not cell.startswith(FORMULA):
        return cell
    number = cell.removeprefix("+").removeprefix("-").replace(".", "", 1).replace(",", "", 1)
    return cell if number.isdecimal() else f"'{cell}"


def write_predictions(
    path: Path,
    table: Table,
    rows: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    *,
    labels: list[str],
    abstain_below: float | None = None,
) -> None:
    """Writes the predictions in the kind that the suffix says, a text table in the dialect of the input.

    Args:
        path: File to write; replaced in one move if it exists.
        table: The table that was predicted.
        rows: [N] positions in the table.
        probabilities: [N, C] of each class.
        labels: Names of the C classes.
        abstain_below: Below this confidence the model would rather not answer.
    """
    frame = predicted_frame(table, rows, probabilities, labels, abstain_below=abstain_below)
    kind = path.suffixes[-2] if path.suffix == ".gz" else path.suffix

    def write(temporary: Path) -> None:
        content = to_bytes(frame, kind, table)
        temporary.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)

    write_through(path, write)


def to_bytes(frame: pd.DataFrame, kind: str, table: Table) -> bytes:
    """Returns the file's content."""
    buffer = io.BytesIO()
    dialect = table.dialect
    if kind == ".parquet":
        frame.to_parquet(buffer, index=False)
    elif kind == ".xlsx":
        printable = guard(frame).map(lambda cell: CONTROL.sub("", cell) if isinstance(cell, str) else cell)
        printable.to_excel(buffer, index=False)
    elif kind in (".jsonl", ".ndjson"):
        frame.to_json(buffer, orient="records", lines=True, force_ascii=False)
    else:
        delimiter = "\t" if kind == ".tsv" else dialect.delimiter
        text = guard(frame).to_csv(index=False, sep=delimiter, decimal=dialect.decimal, lineterminator="\r\n")
        # a label may have a letter that the input's encoding has not: then it is UTF-8, which opens everywhere
        try:
            return text.encode(dialect.codec)
        except UnicodeEncodeError:
            return text.encode("utf-8-sig")
    return buffer.getvalue()
