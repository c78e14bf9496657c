"""Checks of groups and moments across parts: the same farm on both sides, training on what came after the test."""

from collections.abc import Iterator

import numpy as np

from finetune.data.checks.examined import TEST, TRAIN, Examined
from finetune.data.checks.finding import Finding, Grid
from finetune.data.checks.leakage import other_columns
from finetune.data.columns import fold

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
"""Rows of a value, on average, from which on a column may name groups."""


def groups(data: Examined) -> Iterator[Finding]:
    """Held-out rows whose group is trained on; and columns that may name groups where none is given."""
    if data.group_column is None:
        yield from _may_be_groups(data)
        return
    cells = data.cells(data.group_column)
    if cells is None:
        return
    names = np.array(
        ["" if cell is None or cell != cell else str(cell).strip() for cell in cells], dtype=object
    )
    trained = set(names[data.part == TRAIN]) - {""}
    rows = [row for row in np.flatnonzero(data.part != TRAIN).tolist() if names[row] in trained]
    if rows:
        shared = sorted({str(names[row]) for row in rows})
        yield Finding(
            "groups_shared",
            "severe",
            len(rows),
            rows,
            values={
                "column": data.group_column,
                "groups": len(shared),
                "names": ", ".join(f'"{name}"' for name in shared[:LISTED]),
            },
            grid=Grid(
                ("line", data.group_column), [(data.marked(row), str(names[row])) for row in rows[:LISTED]]
            ),
        )


def _may_be_groups(data: Examined) -> Iterator[Finding]:
    for name in other_columns(data):
        cells = data.cells(name) if fold(name) in GROUP_NAMES else None
        if cells is None:
            continue
        values = len(set(map(str, cells)))
        if values > 1 and len(cells) >= AT_LEAST_A_GROUP * values:
            yield Finding("may_be_groups", "note", values, values={"column": name})


def moments(data: Examined) -> Iterator[Finding]:
    """Training rows that are later than the first test row."""
    if data.moment is None or not data.rows_of(TEST) or not data.rows_of(TRAIN):
        return
    first = data.moment[data.part == TEST].min()
    rows = np.flatnonzero((data.part == TRAIN) & (data.moment > first))
    if len(rows):
        yield Finding("later_than_test", "warning", len(rows), rows.tolist())
