"""The workbook of rows to look at: the text whole, both answers, and an empty column to fill in, with a list to choose.

What stands in that column is the label column of the table that the workbook is then.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.data.reading.cells import cell_text
from finetune.data.reading.loaded import place
from finetune.data.reading.table import Table
from finetune.errors import ConfigError
from finetune.evaluation.predicted.widths import widths_of
from finetune.evaluation.predicted.workbook import LONGEST_TEXT, escaped
from finetune.evaluation.review import Row
from finetune.evaluation.review_columns import (
    CORRECT,
    FILE,
    FIRST,
    HIGH,
    LINE,
    LOW,
    SECOND,
    SECOND_SURE,
    SURE,
    WHY,
)
from finetune.files.home import expanded
from finetune.files.whole import write_through
from finetune.language.say import Message, joined, say
from finetune.plugins import require
from finetune.tasks.multi_label import MARK
from finetune.tasks.task import MULTI, NUMBER, Task

ROOM = 3
"""Characters that the arrow of the filter takes beside a header."""

CLASSES = "_classes"
"""The hidden sheet that the list to choose from stands in: in a cell it would be cut off at 255 characters."""


def review_path(given: str, *, others: Sequence[Path], overwrite: bool) -> Path:
    """Returns where the workbook is to be, before anything is computed.

    Args:
        given: What the user gave.
        others: Files that it cannot be.
        overwrite: Whether one that is there may be replaced.

    Raises:
        ConfigError: if it is no workbook, its folder is not there, or a file is there, which may hold corrections.
    """
    path = expanded(given)
    if path.suffix.lower() != ".xlsx":
        raise ConfigError(
            "--review {path}: the rows to look at become a workbook with a list to choose from: give a name that ends "
            "in .xlsx.",
            path=given,
        )
    require("openpyxl")
    if not path.parent.is_dir():
        raise ConfigError(
            "--review {path}: there is no folder {folder}. Make it first.", path=given, folder=path.parent
        )
    if any(path.resolve() == other.resolve() for other in others):
        raise ConfigError(
            "--review {path}: a file of this command is to be there already: give another.", path=given
        )
    if path.exists() and not (overwrite and path.is_file()):
        raise ConfigError(
            "--review {path}: there is a file of this name, and it may hold what somebody has corrected. Give another "
            "name, or add --overwrite true to replace it.",
            path=given,
        )
    return path


def header_of(table: Table, task: Task) -> list[str]:
    """Returns the names of the columns: ours in the reader's language, those of the table as they are there."""
    own = own_columns(table)
    taken = {name.casefold() for name in own}

    def ours(*names: Message) -> list[str]:
        return [f"{name}_" if name.casefold() in taken else name for name in map(str, names)]

    answers = (FIRST, LOW, HIGH) if task.problem_type == NUMBER else (FIRST, SURE, SECOND, SECOND_SURE)
    return [*ours(*([FILE] if len(table.parts) > 1 else []), LINE, WHY), *own, *ours(*answers, CORRECT)]


def own_columns(table: Table) -> list[str]:
    """Returns the columns of the table that a person needs to see: its texts, and the label where there is one."""
    return [*table.text_columns, *([] if table.label_column is None else [table.label_column])]


def cells_of(row: Row, cells: Mapping[str, Any], table: Table) -> list[Any]:
    """Returns the cells of a row, the last of them empty.

    Args:
        row: The row.
        cells: The table's own, by column.
        table: Its columns, and the files that it was put together from.
    """
    piece, line = place(table.parts, row.position)
    file = [Path(piece.name).name] if len(table.parts) > 1 else []
    own = (_whole(cell_text(cells[name]) or "") for name in own_columns(table))
    answers: list[Any]
    if row.confidence is None:
        answers = [float(row.first), row.low, row.high]
    else:
        answers = [row.first, row.confidence, row.second, row.second_confidence]
    return [*file, line, str(joined(row.why, "; ")) if row.why else "", *own, *answers, None]


def _whole(text: str) -> str:
    """A text as a cell can hold it."""
    made = text[:LONGEST_TEXT]
    while len(escaped(made).encode("utf-16-le")) // 2 > LONGEST_TEXT:
        made = made[: len(made) * 99 // 100]
    return made if made == text else f"{made[:-1]}…"


def write_review(
    path: Path,
    rows: Sequence[Row],
    table: Table,
    cells: Sequence[Mapping[str, Any]],
    *,
    labels: Sequence[str],
    task: Task,
) -> None:
    """Writes the workbook.

    Args:
        path: The file.
        rows: The rows in their order.
        table: The table that they are from: its columns, and the files it was put together from.
        cells: What stands in the table's own columns of each of them.
        labels: Names of the classes.
        task: What is asked.
    """
    header = header_of(table, task)
    body = [cells_of(row, own, table) for row, own in zip(rows, cells, strict=True)]
    book = _book(header, body, labels=labels, task=task, texts=table.text_columns)
    content = io.BytesIO()  # a disk that fills up would have the archive complain once more, behind our back
    book.save(content)
    write_through(path.resolve(), lambda temporary: _write(temporary, content))


def _write(temporary: Path, content: io.BytesIO) -> None:
    temporary.write_bytes(content.getbuffer())


def _book(
    header: Sequence[str],
    body: Sequence[Sequence[Any]],
    *,
    labels: Sequence[str],
    task: Task,
    texts: Sequence[str],
) -> Any:
    """The workbook: frozen header with a filter, texts in lines, a list to choose from."""
    openpyxl = require("openpyxl")
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = say("review", context="title of a sheet")[:31]
    for at, row in enumerate([header, *body], 1):
        for column, cell in enumerate(row, 1):
            if cell is None:
                continue
            made = sheet.cell(at, column)
            _put(made, cell)
            made.alignment = Alignment(vertical="top", wrap_text=True)
            if at == 1:
                made.font = Font(bold=True)
            elif isinstance(cell, float) and task.problem_type != NUMBER:
                made.number_format = "0.0%"
    sheet.freeze_panes = "A2"
    last = get_column_letter(len(header))
    sheet.auto_filter.ref = f"A1:{last}{len(body) + 1}"
    for number, width in enumerate(widths_of(header, body, room=ROOM, wide=texts), 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    if task.problem_type != NUMBER and body:
        sheet.add_data_validation(_to_choose(book, labels, task, f"{last}2:{last}{len(body) + 1}"))
    return book


def _put(made: Any, cell: Any) -> None:
    """Sets a cell; every text is a text, whatever it begins with."""
    if isinstance(cell, str):
        made.value = escaped(cell)
        made.data_type = "s"
    else:
        made.value = cell


def _to_choose(book: Any, labels: Sequence[str], task: Task, cells: str) -> Any:
    """The list of the classes for some cells; another word is asked about, and of several labels taken."""
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet = book.create_sheet(CLASSES)
    sheet.sheet_state = "hidden"
    for number, label in enumerate(labels, 1):
        _put(sheet.cell(number, 1), label)
    several = task.problem_type == MULTI
    found = DataValidation(
        type="list",
        formula1=f"'{CLASSES}'!$A$1:$A${len(labels)}",
        allow_blank=True,
        showErrorMessage=not several,
        errorStyle="warning",
        errorTitle=say("another class"),
        error=say("The model has no class of this name. Keep it all the same?"),
        showInputMessage=several,
        promptTitle=say("several labels"),
        prompt=say("Choose one, or write several with {mark} between them.", mark=MARK),
    )
    found.add(cells)
    return found
