"""The file of predictions: the user's own table, in its order, with a label and a confidence beside each row."""

import gzip
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.data.reading.dialect import Dialect
from finetune.data.reading.opening import compressed, kind
from finetune.data.reading.table import Table
from finetune.data.windows import Windows
from finetune.evaluation.predicted.cells import REPLACEMENT, whole
from finetune.evaluation.predicted.delimited import Spoken, spoken
from finetune.evaluation.predicted.formulas import FORMULA, guard_cell
from finetune.evaluation.predicted.kinds import KINDS, Kind, family
from finetune.evaluation.predicted.place import refuse_foreign, refuse_input
from finetune.evaluation.predicted.workbook import refuse_too_long
from finetune.evaluation.predicted.yes_no import in_words
from finetune.files.whole import write_through
from finetune.language.lists import quoted
from finetune.language.say import AnyMessage, note
from finetune.tasks.calibration import Calibration
from finetune.tasks.task import Columns, Task


@dataclass(frozen=True)
class Outgoing:
    """All that is known of the file before a row of it is answered.

    Attributes:
        path: The file.
        kind: What kind of file it is.
        dialect: How it is written.
        names: Of all columns, ours last.
        guarded: Whether the user's own formulas are guarded.
        seen: What is known of each of the user's columns, by its name.
    """

    path: Path
    kind: Kind
    dialect: Dialect
    names: list[str]
    guarded: bool
    seen: dict[str, Any]

    def columns(self, frame: pd.DataFrame) -> list[Any]:
        """Returns some rows of the user's columns as they are written."""
        return [
            _guarded(self.kind.fit(frame[name], self.seen[str(name)]), guarded=self.guarded)
            for name in frame.columns
        ]

    def added(self, answers: pd.DataFrame) -> list[Any]:
        """Returns some rows of our columns as they are written."""
        answers = in_words(answers) if self.kind.family == "xlsx" else answers
        fitted = (self.kind.fit(column, self.kind.look(column).settled()) for _, column in answers.items())
        return [_guarded(cells, guarded=self.kind.spreadsheet) for cells in fitted]


def prepared(
    path: Path,
    windows: Windows,
    *,
    labels: Sequence[str],
    own: Collection[str],
    guard_formulas: bool = False,
    overwrite: bool = False,
) -> Outgoing:
    """Returns how the table will be written, and tells what the kind of file cannot hold: then nothing can fail.

    Args:
        path: File to write, as `output_path` gave it.
        windows: The table that is predicted.
        labels: Names of the C outputs.
        own: Names of the columns that are added.
        guard_formulas: Whether the user's own formulas are guarded even where they stood in such a file before.
        overwrite: Whether a file that is not of this command may be replaced.

    Raises:
        ConfigError: if there is a file of the user's own, or the kind of file cannot hold the table at all.
    """
    to, table = KINDS[kind(path)], windows.whole
    dialect = replace(table.dialect, delimiter="\t") if kind(path) == ".tsv" else table.dialect
    guarded = to.spreadsheet and (guard_formulas or family(dialect.suffix) != to.family)
    names = _names(table, to, own, guarded=guarded)
    refuse_input(path, [part.name for part in table.parts])
    if not overwrite:
        refuse_foreign(path, names, dialect)
    to.refuse_too_large(path, rows=windows.rows, columns=len(names))
    outgoing = Outgoing(path, to, dialect, names, guarded, {})
    seen, found = _looked_through(outgoing, windows, labels)
    _tell_losses(path, seen)
    refuse_too_long(path, [name for name, column in seen.items() if column.too_long])
    dialect = found.dialect(dialect) if to.family == "text" else dialect
    return replace(outgoing, dialect=dialect, seen=seen)


def _looked_through(
    outgoing: Outgoing, windows: Windows, labels: Sequence[str]
) -> tuple[dict[str, Any], Spoken]:
    """What is to be known of each of the user's columns, and of all that goes out into a text table."""
    to, dialect = outgoing.kind, outgoing.dialect
    is_text = to.family == "text"
    seen: dict[str, Any] = {}
    found = spoken(dialect, outgoing.names, labels) if is_text else Spoken()
    for frame in windows.frames():
        now = {str(name): to.look(frame[name]) for name in frame.columns}
        if is_text:
            found += spoken(dialect, *replace(outgoing, seen=now).columns(frame))
        seen = {name: seen[name] + column if seen else column for name, column in now.items()}
    return {name: column.settled() for name, column in seen.items()}, found


def own_columns(task: Task, labels: Sequence[str]) -> list[str]:
    """Returns the names of the columns that a task adds."""
    return list(_of_nothing(task, labels))


def nothing_answered(task: Task, labels: Sequence[str]) -> Callable[[int], pd.DataFrame]:
    """Returns what gives these columns for so many rows of which none was answered."""
    return lambda count: spread(_of_nothing(task, labels), np.zeros(0, dtype=np.int64), count)


def _of_nothing(task: Task, labels: Sequence[str]) -> Columns:
    nothing = np.zeros((0, len(labels)))
    return task.columns(task.answer(nothing, Calibration()), nothing, labels)


def _names(table: Table, to: Kind, own: Collection[str], *, guarded: bool) -> list[str]:
    """The names of all columns; where the table has one of ours already, ours are `predicted_label` and so on."""
    unnamed = table.dialect.unnamed if to.spreadsheet else frozenset()
    names = ["" if name in unnamed else whole(str(name)) for name in table.frame.columns]
    prefix = ""
    while any(f"{prefix}{name}" in names for name in own):
        prefix += "predicted_"
    ours = [f"{prefix}{name}" for name in own]
    return [*map(guard_cell, names), *map(guard_cell, ours)] if guarded else [*names, *ours]


def _tell_losses(path: Path, seen: dict[str, Any]) -> None:
    """Tells what the user's columns lose, each kind of loss once."""
    for what in dict.fromkeys(what for column in seen.values() for what in column.what):
        _tell(path, what, [name for name, column in seen.items() if what in column.what])
    broken = [name for name, column in seen.items() if column.broken]
    if broken:
        note(
            "{output}: characters that this kind of file cannot hold are replaced by {mark} in {columns}",
            output=path.name,
            mark=REPLACEMENT,
            columns=quoted(broken),
        )


def _tell(path: Path, what: AnyMessage, names: Sequence[str]) -> None:
    note(
        "{output}: this kind of file cannot hold {what}, so the column {columns} is written as text",
        "{output}: this kind of file cannot hold {what}, so the columns {columns} are written as text",
        n=len(names),
        output=path.name,
        what=what,
        columns=quoted(names),
    )


def _guarded(cells: Any, *, guarded: bool) -> Any:
    if guarded and any(isinstance(cell, str) and cell.startswith(FORMULA) for cell in cells):
        return [guard_cell(cell) for cell in cells]
    return cells


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
        kind = np.asarray(values, dtype=None if len(values) else getattr(values, "dtype", str)).dtype.kind
        frame[name] = pd.Series(
            cells, dtype="float64" if kind == "f" else "boolean" if kind == "b" else "str"
        )
    return frame


def write_predictions(
    outgoing: Outgoing,
    windows: Windows,
    answers: Callable[[int], pd.DataFrame],
    *,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Writes the predictions; an existing file is replaced in one move.

    Args:
        outgoing: How they are written.
        windows: The table.
        answers: Gives those of a window: our columns, a row for each of its rows.
        check: Looks, once all rows were read and before the file is put into its place, that it may be.
    """
    path = outgoing.path

    def pieces() -> Iterator[list[Any]]:
        for number, frame in enumerate(windows.frames()):
            yield [*outgoing.columns(frame), *outgoing.added(answers(number))]
        check()

    def write(temporary: Path) -> None:
        with temporary.open("wb") as raw:
            # without the name and the time that the head of the stream has room for: the same bytes each time
            zipped = gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) if compressed(path) else raw
            with cast(IO[bytes], zipped) as stream:
                outgoing.kind.write(stream, outgoing.names, pieces(), outgoing.dialect)

    write_through(path.resolve(), write)
