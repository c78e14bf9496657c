"""The rows that somebody may be asked about: of the run's own table, with their parts, or of another. Asks no model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from finetune.commands.label.run import Run
from finetune.corrections.cells import Cells
from finetune.corrections.row import NEW, Row
from finetune.data.reading.bad_rows import NO_LABEL
from finetune.data.reading.cells import cell_text
from finetune.data.reading.table import Table
from finetune.data.rows import as_the_first, go_through, read
from finetune.data.windows import WINDOW
from finetune.errors import ConfigError
from finetune.language.say import AnyMessage, note
from finetune.runs.folder import SPLIT
from finetune.runs.split import read_split

MOST = 20_000
"""Rows that a model is asked about, at most: nobody labels more, and those of a larger table are drawn."""

SEED = 42


@dataclass(frozen=True)
class Rows:
    """Rows of tables.

    Attributes:
        rows: They.
        columns: The columns that their texts are made of.
        mark: What joins several labels there, or stands before decimals.
    """

    rows: list[Row]
    columns: tuple[str, ...]
    mark: str | None


def silent(text: AnyMessage) -> None:
    """Says nothing: it was said when the run was trained."""


def own_rows(run: Run, *, path: str | None = None) -> Rows:
    """Returns the rows of a run's own table, each with the part that it was in.

    Those that were left out for want of a label are among them, as new ones.

    Args:
        run: The run.
        path: Where its table is now; where it was when left out.

    Raises:
        UserError: The table is not there, or is no longer that of the run.
    """
    asked = run.asked if path is None else replace(run.asked, paths={**run.asked.paths, "train": path})
    tables = read(asked, "train", silent)
    asked = as_the_first(asked, tables)
    all_tables = list(tables.values())
    for part in ("validation", "test"):
        if asked.paths[part] is not None:
            all_tables += read(asked, part, silent).values()
    parts = parts_of(run.path, all_tables)
    found: list[Row] = []
    for table, part_of in zip(all_tables, parts, strict=True):
        some = np.flatnonzero([int(row) in part_of for row in table.row])
        found += rows_of(table, some, part=part_of.__getitem__, given=table.label)
        found += unlabelled(table)
    first = all_tables[0]
    return Rows(found, first.text_columns, first.mark)


def parts_of(run: Path, tables: Sequence[Table]) -> list[dict[int, str]]:
    """Returns for each table the part of each row that the run has used, by its position.

    A table may be called otherwise by now, where no other can be meant.

    Raises:
        ConfigError: The run does not say so, or the tables are others now.
    """
    file = run / SPLIT
    if not file.is_file():
        raise ConfigError(
            "{run} has no {file}, which says the rows that it was tested on. Name the table whose rows are to be "
            "labelled with --data.predict_path.",
            run=run,
            file=SPLIT,
        )
    split = read_split(file)
    # runs of before named a folder with the number of its files
    split["source"] = split["source"].str.replace(r" \(\d+ files?\)$", "", regex=True)
    named = {table.source for table in tables}
    others = [source for source in dict.fromkeys(split["source"]) if source not in named]
    strange = [table for table in tables if table.source not in set(split["source"])]
    renamed = {strange[0].source: others[0]} if len(others) == len(strange) == 1 else {}
    found = []
    for table in tables:
        mine = split[split["source"] == renamed.get(table.source, table.source)]
        part = dict(zip(mine["row"].tolist(), mine["split"].tolist(), strict=True))
        if not part or not part.keys() <= set(table.row.tolist()):
            raise ConfigError(
                "{table} is no longer the table of the run: {n:,} of its rows that the run has used are not there or "
                "are left out now. Give the table as it was with --data.path, or label another with "
                "--data.predict_path.",
                table=table.source,
                n=len(part.keys() - set(table.row.tolist())) or len(split),
            )
        found.append(part)
    return found


def rows_of(
    table: Table, some: np.ndarray, *, part: Callable[[int], str], given: Sequence[str | None] | None
) -> Iterator[Row]:
    """Gives some of the kept rows of a table.

    Args:
        table: The table.
        some: Which of them.
        part: Gives the part of a row by its position.
        given: [N] the labels of all kept rows; None where they have none.
    """
    texts = zip(*table.texts_apart(some), strict=True)
    columns = {name: table.frame[name] for name in table.text_columns}
    for at, each in zip(some.tolist(), texts, strict=True):
        position = int(table.row[at])
        cells = {name: cell_text(cell.iloc[position]) or "" for name, cell in columns.items()}
        label = None if given is None else given[at]
        yield Row(tuple(each), cells, table.source, position, table.line(position), label, part(position))


def unlabelled(table: Table) -> Iterator[Row]:
    """Gives the rows of a table that were left out for want of a label alone."""
    positions = np.array(table.dropped.get(NO_LABEL, ()), dtype=np.int64)
    left_out = replace(table, row=positions, label=None)
    return rows_of(left_out, np.arange(len(positions)), part=lambda position: NEW, given=None)


def rows_to_predict(run: Run, path: str, *, mark: str | None = None, most: int = MOST) -> Rows:
    """Returns the rows of another table, of a large one some that are drawn.

    Args:
        run: The run, which says how tables are read.
        path: The table.
        mark: What joins several labels in the run's own table.
        most: How many rows, at most.

    Raises:
        DataError: It cannot be read.
    """
    asked = replace(
        run.asked,
        paths={**run.asked.paths, "predict": path},
        reading=replace(run.asked.reading, mark=mark),
    )
    windows = go_through(asked, "predict", note, size=WINDOW)
    chosen = drawn(windows.kept, most)
    cells = Cells(run.task, run.labels, mark)
    found: list[Row] = []
    before = 0
    for number, window in enumerate(windows.each()):
        here = chosen[(chosen >= before) & (chosen < before + len(window.row))] - before
        before += len(window.row)
        labels = None if window.label is None else [_known(label) for label in cells.read(window.label)]
        first = windows.first_row(number)
        for row in rows_of(window, here, part=lambda position: NEW, given=labels):
            line = windows.whole.line(first + row.position)
            found.append(replace(row, position=first + row.position, line=line, source=windows.source))
    return Rows(found, windows.whole.text_columns, mark)


def drawn(count: int, most: int) -> np.ndarray:
    """Returns so many of the numbers below another, in order; all where they are no more. Says so where they are."""
    if count <= most:
        return np.arange(count)
    note(
        "the table has {count:,} rows: {most:,} of them are drawn to be chosen from. To have others, cut it in pieces.",
        count=count,
        most=most,
    )
    return np.sort(np.random.default_rng(SEED).choice(count, most, replace=False))


def _known(label: str | AnyMessage | None) -> str | None:
    return label if isinstance(label, str) else None
