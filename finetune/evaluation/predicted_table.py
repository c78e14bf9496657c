"""The file of predictions: the user's own table, in its order, with a label and a confidence beside each row."""

import gzip
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.data.reading.dialect import Dialect
from finetune.data.reading.opening import compressed, kind
from finetune.data.reading.table import Table
from finetune.evaluation.predicted import delimited
from finetune.evaluation.predicted.cells import REPLACEMENT, whole
from finetune.evaluation.predicted.fitting import Fitted
from finetune.evaluation.predicted.formulas import FORMULA, guard_cell
from finetune.evaluation.predicted.kinds import KINDS, Kind, family
from finetune.evaluation.predicted.place import refuse_foreign, refuse_input
from finetune.evaluation.predicted.rescue import rescued
from finetune.files.whole import write_through
from finetune.language.lists import quoted
from finetune.language.say import AnyMessage, note
from finetune.tasks.calibration import Calibration
from finetune.tasks.multi_label import joined_by
from finetune.tasks.task import MULTI, Answer, Columns, Task


@dataclass(frozen=True)
class Outgoing:
    """All of the file but the answers.

    Attributes:
        path: The file.
        kind: What kind of file it is.
        dialect: How it is written.
        names: Of all columns, ours last.
        columns: The user's, as they are written.
        labels: Names of the C outputs.
        task: What is asked.
        mark: What joins several labels; None for the mark that joins them in memory.
    """

    path: Path
    kind: Kind
    dialect: Dialect
    names: list[str]
    columns: list[Any]
    labels: list[str]
    task: Task
    mark: str | None = None


def prepared(
    path: Path,
    table: Table,
    *,
    labels: Sequence[str],
    task: Task,
    mark: str | None = None,
    guard_formulas: bool = False,
    overwrite: bool = False,
) -> Outgoing:
    """Returns the table as it will be written, and tells what the kind of file cannot hold: then nothing can fail.

    Args:
        path: File to write, as `output_path` gave it.
        table: The table that is predicted.
        labels: Names of the C outputs.
        task: What is asked.
        mark: What joined several labels in the table that was trained on, where anything did.
        guard_formulas: Whether the user's own formulas are guarded even where they stood in such a file before.
        overwrite: Whether a file that is not of this command may be replaced.

    Raises:
        ConfigError: if there is a file of the user's own, or the kind of file cannot hold the table at all.
    """
    to = KINDS[kind(path)]
    dialect = replace(table.dialect, delimiter="\t") if kind(path) == ".tsv" else table.dialect
    guarded = to.spreadsheet and (guard_formulas or family(dialect.suffix) != to.family)
    names = _names(table, to, own_columns(task, labels), guarded=guarded)
    refuse_input(path, [part.name for part in table.parts])
    if not overwrite:
        refuse_foreign(path, names, dialect)
    columns = _columns(path, table.frame, to, guarded=guarded)
    to.refuse_too_large(path, names, columns)
    if to.family == "text":
        dialect = delimited.spoken(dialect, lambda: chain(names, labels, *columns))
    return Outgoing(path, to, dialect, names, columns, list(labels), task, mark)


def own_columns(task: Task, labels: Sequence[str]) -> list[str]:
    """Returns the names of the columns that a task adds."""
    nothing = np.zeros((0, len(labels)))
    return list(task.columns(task.answer(nothing, Calibration()), nothing, labels))


def _names(table: Table, to: Kind, own: Collection[str], *, guarded: bool) -> list[str]:
    """The names of all columns; where the table has one of ours already, ours are `predicted_label` and so on."""
    unnamed = table.dialect.unnamed if to.spreadsheet else frozenset()
    names = ["" if name in unnamed else whole(str(name)) for name in table.frame.columns]
    prefix = ""
    while any(f"{prefix}{name}" in names for name in own):
        prefix += "predicted_"
    ours = [f"{prefix}{name}" for name in own]
    return [*map(guard_cell, names), *map(guard_cell, ours)] if guarded else [*names, *ours]


def _columns(path: Path, frame: pd.DataFrame, to: Kind, *, guarded: bool) -> list[Any]:
    """The user's columns as they are written; what they lose is told, each kind of loss once."""
    fitted = {str(name): to.fit(frame[name]) for name in frame.columns}
    for what in dict.fromkeys(what for column in fitted.values() for what in column.what):
        _tell(path, what, [name for name, column in fitted.items() if what in column.what])
    broken = [name for name, column in fitted.items() if column.broken]
    if broken:
        note(
            "{output}: characters that this kind of file cannot hold are replaced by {mark} in {columns}",
            output=path.name,
            mark=REPLACEMENT,
            columns=quoted(broken),
        )
    return [_guarded(column) if guarded else column.cells for column in fitted.values()]


def _tell(path: Path, what: AnyMessage, names: Sequence[str]) -> None:
    note(
        "{output}: this kind of file cannot hold {what}, so the column {columns} is written as text",
        "{output}: this kind of file cannot hold {what}, so the columns {columns} are written as text",
        n=len(names),
        output=path.name,
        what=what,
        columns=quoted(names),
    )


def _guarded(column: Fitted) -> Any:
    if any(isinstance(cell, str) and cell.startswith(FORMULA) for cell in column.cells):
        return [guard_cell(cell) for cell in column.cells]
    return column.cells


def spread(own: Columns, rows: NDArray[np.int64], count: int) -> pd.DataFrame:
    """Returns our columns for each of `count` rows of a table; those that were not answered have none of them.

    Args:
        own: [N] values of each column.
        rows: [N] positions in the table.
        count: Rows of the table.
    """
    frame = pd.DataFrame(index=range(count))
    for name, values in own.items():
        cells = np.full(count, None, dtype=object)
        cells[rows] = values
        kind = np.asarray(values).dtype.kind
        frame[name] = pd.Series(
            cells, dtype="float64" if kind == "f" else "boolean" if kind == "b" else "str"
        )
    return frame


def write_predictions(
    outgoing: Outgoing,
    rows: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    calibration: Calibration,
) -> Answer:
    """Writes the predictions, and returns them; an existing file is replaced in one move.

    Args:
        outgoing: The table, prepared.
        rows: [N] positions in the table.
        probabilities: [N, C] of each output.
        calibration: How they become an answer.

    Raises:
        DiskError: if the disk is full or gone; says where the answers are kept.
    """
    to, path = outgoing.kind, outgoing.path
    answer = outgoing.task.answer(probabilities, calibration)
    own = outgoing.task.columns(answer, probabilities, outgoing.labels)
    if outgoing.mark is not None and outgoing.task.problem_type == MULTI:
        own = joined_by(outgoing.mark, own)
    frame = spread(own, rows, len(outgoing.columns[0]))
    fitted = [to.fit(frame[name]) for name in frame]
    added = [_guarded(column) if to.spreadsheet else column.cells for column in fitted]

    def write(temporary: Path) -> None:
        with temporary.open("wb") as raw:
            stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw, mode="wb") if compressed(path) else raw)
            with stream:
                to.write(stream, outgoing.names, [*outgoing.columns, *added], outgoing.dialect)

    try:
        write_through(path.resolve(), write)
    except OSError as error:
        kept = [_guarded(delimited.fit(frame[name])) for name in frame]
        lost = rescued(path, error, outgoing.names[-len(kept) :], kept, outgoing.dialect)
        raise lost or error from error
    return answer
