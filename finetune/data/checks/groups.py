"""Checks of groups and moments across parts: the same farm on both sides, training on what came after the test."""

from collections import Counter
from collections.abc import Iterator
from statistics import median

import numpy as np

from finetune.data.checks.examined import TEST, TRAIN, Examined
from finetune.data.checks.finding import Finding, Grid
from finetune.data.checks.leakage import other_columns
from finetune.data.dividing.by_column import group_of
from finetune.data.dividing.moments import moments as read_moments
from finetune.data.reading.columns import fold
from finetune.errors import DataError
from finetune.language.lists import listed
from finetune.language.say import Message, joined
from finetune.language.short import short

LISTED = 10

# fmt: off
GROUP_NAMES = frozenset(
    {
        "fazenda", "farm", "propriedade", "produtor", "produtora", "autor", "autora", "author", "usuario", "user",
        "cliente", "customer", "documento", "document", "processo", "protocolo", "municipio", "cooperativa",
        "tecnico", "conversa", "conversation", "thread", "sessao", "session", "fonte", "source", "url", "animal",
        "lote", "talhao", "pessoa", "person", "doc_id", "user_id", "id_documento", "id_usuario", "id_produtor",
        "id_fazenda", "id_autor",
    }
)
# fmt: on
"""Names of columns whose rows are likely of one kind: the same writer, farm or document."""

AT_LEAST_A_GROUP = 2
"""Rows of a value, in the middle of all, from which on a column may name groups."""


def groups(data: Examined) -> Iterator[Finding]:
    """Held-out rows whose group is trained on; and columns that may name groups where none is given."""
    if data.group_column is None:
        yield from _may_be_groups(data)
        return
    cells = data.cells(data.group_column)
    if cells is None:
        return
    names = np.array([group_of(cell) or "" for cell in cells], dtype=object)
    trained = set(names[data.part == TRAIN]) - {""}
    rows = [row for row in np.flatnonzero(data.part != TRAIN).tolist() if names[row] in trained]
    if rows:
        n, shared = len(rows), sorted({str(names[row]) for row in rows})
        yield Finding(
            "groups_shared",
            "severe",
            n,
            rows,
            what=Message(
                'validation or test row is of a group ("{column}") that is trained on: {groups}',
                'validation and test rows are of a group ("{column}") that is trained on: {groups}',
                n=n,
                column=data.group_column,
                groups=listed(shared, most=LISTED, told=short),
            ),
            advice=Message(
                "Keep whole groups on one side: leave out your own division, and the program does."
            ),
            grid=Grid(("line", "group"), [(data.marked(row), str(names[row])) for row in rows[:LISTED]]),
        )


def _may_be_groups(data: Examined) -> Iterator[Finding]:
    for name in other_columns(data):
        cells = data.cells(name) if fold(name) in GROUP_NAMES else None
        if cells is None:
            continue
        rows_of_value = Counter(map(str, cells))
        if len(rows_of_value) > 1 and median(rows_of_value.values()) >= AT_LEAST_A_GROUP:
            yield Finding(
                "may_be_groups",
                "note",
                len(rows_of_value),
                what=Message(
                    'different values in the column "{column}", most of them on several rows', column=name
                ),
                advice=Message(
                    "If rows of one value are alike, add --data.group_column {column}: they stay on one side.",
                    column=name,
                ),
            )


def moments(data: Examined) -> Iterator[Finding]:
    """Training rows that are later than the first test row.

    Of a division of our own that can be only where groups run through the whole time: equal texts alone, which count
    at their latest row, are no reason for a word.
    """
    if not data.own_division and data.group_column is None:
        return
    cells = None if data.time_column is None else data.cells(data.time_column)
    if data.time_column is None or cells is None or not data.rows_of(TEST) or not data.rows_of(TRAIN):
        return
    source = ", ".join(table.source for table in data.tables)
    try:
        moment, _ = read_moments(
            cells, source=source, column=data.time_column, where=lambda row: joined([data.marked(row)])
        )
    except DataError as error:
        yield Finding(
            "moments_unread",
            "warning",
            len(data),
            what=Message(
                "row, for which it cannot be told whether training comes before the test: {problem}",
                "rows, for which it cannot be told whether training comes before the test: {problem}",
                n=len(data),
                problem=error.message,
            ),
            advice=Message("Correct the column, or leave out --data.time_column."),
        )
        return
    first = moment[data.part == TEST].min()
    rows = np.flatnonzero((data.part == TRAIN) & (moment > first))
    if not len(rows):
        return
    n = len(rows)
    if data.own_division:
        yield Finding(
            "later_than_test",
            "warning",
            n,
            rows.tolist(),
            what=Message(
                "training row that is later than the first test row",
                "training rows that are later than the first test row",
                n=n,
            ),
            advice=Message(
                "For a fair forecast leave out your own division: the program then tests on the most recent rows."
            ),
        )
        return
    yield Finding(
        "groups_over_time",
        "warning",
        n,
        rows.tolist(),
        what=Message(
            "training row that is later than the first test row, for groups run through the whole time",
            "training rows that are later than the first test row, for groups run through the whole time",
            n=n,
        ),
        advice=Message(
            "Groups and time cannot both be kept here: leave out --data.group_column or --data.time_column."
        ),
    )
