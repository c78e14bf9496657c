"""What people said, as a table of its own: a row a label, in the columns by which it can be read again."""

from pathlib import Path

import pandas as pd

from finetune.corrections.corrections import Corrections
from finetune.corrections.importing import AND
from finetune.corrections.row import Row
from finetune.data.reading.dialect import Dialect
from finetune.data.reading.opening import kind
from finetune.errors import ConfigError, DiskError
from finetune.evaluation.predicted.formulas import guard_cell
from finetune.evaluation.predicted.kinds import KINDS
from finetune.evaluation.predicted.workbook import LONGEST_TEXT, escaped
from finetune.evaluation.review_columns import CORRECT, GIVEN, LINE, NOTE, WHEN, WHO, WHY
from finetune.files.whole import write_through
from finetune.language.say import Message, reason
from finetune.plugins import require
from finetune.tasks.multi_label import MARK

TABLE = Message("table", context="column of a review")
OPEN = Message("people differ")


def corrections_path(given: Path, *, overwrite: bool) -> Path:
    """Returns where the table is to be, before anything is read.

    Raises:
        ConfigError: It is of no known kind, its folder is not there, or there is a file of this name.
    """
    if kind(given) not in KINDS:
        raise ConfigError(
            '--output {output}: its kind "{kind}" is not known. There are {kinds}.',
            output=given,
            kind=kind(given),
            kinds=", ".join(KINDS),
        )
    if kind(given) == ".xlsx":
        require("openpyxl")
    if not given.parent.is_dir():
        raise ConfigError(
            "--output {output}: there is no folder {folder}. Make it first.",
            output=given,
            folder=given.parent,
        )
    if given.exists() and not (overwrite and given.is_file()):
        raise ConfigError(
            "--output {output}: there is a file of this name, which may hold what somebody has written. Give another "
            "name, or add --overwrite true to replace it.",
            output=given,
        )
    return given


def write_corrections(path: Path, found: Corrections, *, columns: tuple[str, ...]) -> int:
    """Writes what people said; of what they differ in a row each. Returns how many rows it has.

    Args:
        path: The file, as `corrections_path` gave it.
        found: What they said.
        columns: Names of the columns of the texts.

    Raises:
        DiskError: It cannot be written.
    """
    frame = as_table(found, columns=columns)
    to = KINDS[kind(path)]
    if to.spreadsheet:
        frame = frame.map(_guarded)
    if to.family == "xlsx":
        frame = frame.map(_whole)
    cells = [to.fit(column, to.look(column).settled()) for _, column in frame.items()]
    dialect = Dialect(kind(path), delimiter="\t" if kind(path) == ".tsv" else ";", bom=True)
    names = [str(name) for name in frame.columns]

    def write(temporary: Path) -> None:
        with temporary.open("wb") as stream:
            to.write(stream, names, iter([cells]), dialect)

    try:
        write_through(path.resolve(), write)
    except OSError as error:
        raise DiskError("--output {path} cannot be written ({why}).", path=path, why=reason(error)) from error
    return len(frame)


def as_table(found: Corrections, *, columns: tuple[str, ...]) -> pd.DataFrame:
    """Returns what people said, in the columns of a review in the reader's language."""
    ours = _free([TABLE, LINE], columns), _free([GIVEN, CORRECT, WHO, WHEN, NOTE, WHY], columns)
    rows = []
    for each in found.agreed:
        said = [each.label or MARK, AND.join(each.who), each.at, each.note, each.reason]
        rows.append([*_of(each.row, columns), *said])
    for conflict in found.conflicts:
        for who, label in conflict.said.items():
            rows.append([*_of(conflict.row, columns), label or MARK, who, "", conflict.note, str(OPEN)])
    return pd.DataFrame(rows, columns=[*ours[0], *columns, *ours[1]], dtype=object)


def _free(names: list[Message], taken: tuple[str, ...]) -> list[str]:
    folded = {name.casefold() for name in taken}
    return [f"{name}_" if name.casefold() in folded else name for name in map(str, names)]


def _of(row: Row, columns: tuple[str, ...]) -> list[object]:
    texts = [row.cells.get(name, "") for name in columns]
    return [row.source, row.line or "", *texts, row.given or ""]


def _guarded(cell: object) -> object:
    return guard_cell(cell)


def _whole(cell: object) -> object:
    """A cell as a sheet can hold it."""
    if not isinstance(cell, str):
        return cell
    made = cell[:LONGEST_TEXT]
    while len(escaped(made).encode("utf-16-le", "replace")) // 2 > LONGEST_TEXT:
        made = made[: len(made) * 99 // 100]
    return made if made == cell else f"{made[:-1]}…"
