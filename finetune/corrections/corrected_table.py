"""A table of corrections, read: in which column they stand, and whose they are. Finds no row again."""

from pathlib import Path

from finetune.corrections.cells import all_names
from finetune.corrections.columns import Found, answered_in, is_of_predict
from finetune.corrections.identity import Identity
from finetune.data.asked import Reading
from finetune.data.reading.cells import cell_text
from finetune.data.reading.columns import SURE, how_surely, matches
from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.errors import DataError
from finetune.evaluation.review_columns import CORRECT
from finetune.language.lists import quoted
from finetune.tasks.table import SINGLE_LABEL
from finetune.tasks.task import NUMBER


def read(path: Path, of: Identity, reading: Reading) -> Table:
    """Returns the table as its texts are read, whatever its labels are."""
    pair = reading.text_pair_column
    plain = reading.template is None and bool(of.columns)
    tables = read_source(
        path,
        text_column=of.columns[0] if plain else reading.text_column,
        text_pair_column=pair,
        template=reading.template,
        need_labels=False,
        fix_encoding=reading.fix_encoding,
        max_characters=reading.max_characters,
    )
    return next(iter(tables.values()))


def changed_answers(table: Table, of: Identity) -> tuple[str, list[object]] | None:
    """Returns the column of answers in the output of predict --probabilities, and those that are not the likeliest. [N]

    Such an answer somebody has changed. Of an order, and of labels that stand together, it need not be: None.
    """
    found = answered_in(table.columns, of.labels) if of.task == SINGLE_LABEL else None
    if found is None:
        return None
    answer, shares = found
    try:
        values = table.frame[shares].iloc[table.row].map(_share).to_numpy(dtype=float)
    except ValueError:
        return None
    number = {label: place for place, label in enumerate(of.labels)}
    cells = column(table, answer)
    likeliest = values.max(axis=1, initial=0.0)
    kept: list[object] = [
        ""
        if (own := number.get(cell_text(cell) or "")) is not None and values[at, own] >= likeliest[at]
        else cell
        for at, cell in enumerate(cells)
    ]
    return answer, kept


def _share(cell: object) -> float:
    return float((cell_text(cell) or "nan").replace(",", "."))


def with_labels(path: Path, table: Table, of: Identity, reading: Reading) -> Table:
    """Returns the user's own table, with its labels.

    Raises:
        DataError: It has none, or is the output of predict, where nobody sees what was corrected.
    """
    if is_of_predict(table.columns):
        raise DataError(
            "{path} is what predict has written, and does not say which of its labels somebody corrected. Write the "
            'right ones into a column of their own and call it "{column}", or have the rows to look at written as a '
            "workbook with that column:\n"
            "  finetune predict --run {run} --data.predict_path TABLE --review revisar.xlsx",
            path=path,
            column=CORRECT,
            run=of.run,
        )
    names = table.columns
    wanted = [] if reading.label_column is None else matches(names, reading.label_column)
    label = wanted or [name for name in names if how_surely(name, "label") == SURE]
    several = [name for name in reading.label_columns if name in names]
    if len(label) != 1 and not several:
        raise DataError(
            '{path} has no column of corrections: it has {names}. Call the one with the right labels "{column}".',
            path=path,
            names=quoted(names),
            column=CORRECT,
        )
    tables = read_source(
        path,
        text_column=table.text_column if reading.template is None else reading.text_column,
        text_pair_column=reading.text_pair_column,
        template=reading.template,
        label_column=None if several else label[0],
        label_columns=several,
        fix_encoding=reading.fix_encoding,
        max_characters=reading.max_characters,
        task=of.task,
        empty_labels=reading.empty_labels,
        mark=reading.mark,
        classes=of.labels,
    )
    return next(iter(tables.values()))


def column(table: Table, name: str) -> list[object]:
    """Returns the cells of a column, of the rows that have a text. [N]"""
    cells: list[object] = table.frame[name].iloc[table.row].tolist()
    return cells


def refuse_another_run(table: Table, columns: Found, of: Identity) -> None:
    """Refuses a review whose answers are another model's.

    Raises:
        DataError: It is one.
    """
    if columns.first is None or of.made_task.problem_type == NUMBER:
        return
    answers = {cell_text(cell) or "" for cell in table.frame[columns.first].tolist()} - {""}
    strange = all_names(answers, of.made_task) - set(of.labels)
    if strange:
        raise DataError(
            "{path} is the review of another run: its model answered {names}, which are no classes of {run} "
            "({labels}). Name the run that it is of with --run.",
            path=table.source,
            names=quoted(sorted(strange)),
            run=of.run,
            labels=quoted(of.labels),
        )
