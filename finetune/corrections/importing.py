"""A table in which people corrected rows, as what they say of rows: these are found again. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from finetune.corrections.cells import Cells
from finetune.corrections.columns import Found, found_in
from finetune.corrections.corrected_table import (
    changed_answers,
    column,
    read,
    refuse_another_run,
    with_labels,
)
from finetune.corrections.identity import Identity
from finetune.corrections.matching import OF_IT, Known, is_like
from finetune.corrections.row import NEW, Row, keys_of
from finetune.data.asked import Reading
from finetune.data.reading.bad_rows import NO_LABEL, NO_TEXT
from finetune.data.reading.cells import cell_text
from finetune.data.reading.table import Table
from finetune.language.lists import listed, quoted
from finetune.language.say import AnyMessage, Message, joined

AND = "; "
"""Stands between people who say the same, in a table of ours: a comma stands within names."""


@dataclass(frozen=True)
class Said:
    """What a row of the table says.

    Attributes:
        row: The row that it is of.
        label: Its label, as its task writes it.
        who: Who says it.
        note: What they wrote beside it.
        place: Where it stands in the table, in words.
    """

    row: Row
    label: str
    who: str
    note: str = ""
    place: AnyMessage | str = ""


@dataclass
class Imported:
    """What a table says of rows.

    Attributes:
        said: What is clear.
        twice: What one person says in two ways of one row: none of it counts.
        left: What is not taken, and why, each a line.
        notes: What the user should know of how the others were read.
        unlabelled: How many of its rows say nothing.
        as_before: How many say what the run's own table says, where nobody was asked to confirm it.
    """

    said: list[Said] = field(default_factory=list)
    twice: list[list[Said]] = field(default_factory=list)
    left: list[AnyMessage] = field(default_factory=list)
    notes: list[AnyMessage] = field(default_factory=list)
    unlabelled: int = 0
    as_before: int = 0


def imported(
    path: Path,
    *,
    of: Identity,
    reading: Reading,
    known: Sequence[Row] = (),
    who: str = "",
    new: Sequence[str] = (),
) -> Imported:
    """Reads a table of corrections.

    Args:
        path: Any table that is read elsewhere: a review, the output of predict, the user's own.
        of: The training that they are for.
        reading: How the run reads tables.
        known: The rows that it may be of.
        who: Who says it, where no column says so.
        new: Names that are new classes, though they look like one there is.

    Raises:
        DataError: It cannot be read, has no column of corrections, or is of another run.
    """
    table = read(path, of, reading)
    columns = found_in(table.columns, own=table.text_columns)
    cells = Cells(of.made_task, of.labels, reading.mark, new)
    changed = changed_answers(table, of) if columns.correct is None else None
    if columns.correct is not None:
        refuse_another_run(table, columns, of)
        said = cells.read(column(table, columns.correct))
    elif changed is not None:
        columns = replace(columns, correct=changed[0])
        said = cells.read(changed[1])
    else:
        table = with_labels(path, table, of, reading)
        said = cells.of_labels(table.label or [])
    found = Imported()
    _take(found, table, columns, said, Known(known), who=who)
    _tell(found, cells, table, columns)
    return _without_twice(found)


# ---- its rows ---------------------------------------------------------------------------------------------------


def _take(
    found: Imported,
    table: Table,
    columns: Found,
    read: Sequence[str | AnyMessage | None],
    known: Known,
    *,
    who: str,
) -> None:
    """Finds the rows again, and what is said of each."""
    texts = list(zip(*table.texts_apart(slice(None)), strict=True))
    keys = keys_of(texts)
    is_it = bool(known.rows) and known.share(keys) >= OF_IT
    if known.rows and not is_it and columns.correct is not None and any(each is not None for each in read):
        found.notes.append(
            Message(
                "most of its rows do not stand in {table}: those are taken as new ones. If they are of another table, "
                "name that with --data.predict_path.",
                table=known.rows[0].source,
            )
        )
    own = {name: _words(table, name) for name in (columns.who, columns.note) if name is not None}
    lines = [_line_of(cell) for cell in column(table, columns.line)] if columns.line else None
    for at, (label, texts_of_row, key) in enumerate(zip(read, texts, keys, strict=True)):
        position = int(table.row[at])
        place = table.where(position)
        if label is None:
            found.unlabelled += 1
            continue
        line = lines[at] if lines else table.line(position) if columns.correct is None else 0
        row = known.same(key, texts_of_row, line=line)
        if row is None and is_it and (there := _changed(known, texts_of_row, line, told=lines is not None)):
            found.left.append(
                Message(
                    "{place}: its text is not the one that stands in line {line} of {table}",
                    place=place,
                    line=line,
                    table=there.source,
                )
            )
        elif not isinstance(label, str):
            found.left.append(joined([place, label], ": "))
        elif row is not None and columns.correct is None and row.given == label:
            found.as_before += 1
        else:
            people = own[columns.who][at].split(AND) if columns.who is not None else [""]
            note = own[columns.note][at] if columns.note is not None else ""
            made = row or _new(table, at, texts_of_row, line=line, own=columns.correct is None)
            found.said += [Said(made, label, name.strip() or who, note, place) for name in people]
    found.unlabelled += len(table.dropped.get(NO_LABEL, ()))
    _tell_without_text(found, table, columns)


def _changed(known: Known, texts: Sequence[str], line: int, *, told: bool) -> Row | None:
    """The row at a line whose text was changed; where the table does not tell the line, one that it is like."""
    return next((row for row in known.by_line.get(line, []) if told or is_like(texts, row.texts)), None)


def _new(table: Table, at: int, texts: tuple[str, ...], *, line: int, own: bool) -> Row:
    """A row of no table that is known."""
    position = int(table.row[at])
    cells = {name: cell_text(table.frame[name].iloc[position]) or "" for name in table.text_columns}
    if own:
        return Row(texts, cells, table.source, position, line, None, NEW)
    return Row(texts, cells, line=line)


def _words(table: Table, name: str) -> list[str]:
    return [cell_text(cell) or "" for cell in column(table, name)]


def _line_of(cell: object) -> int:
    text = cell_text(cell) or ""
    return int(text) if text.isdecimal() else 0


def _tell_without_text(found: Imported, table: Table, columns: Found) -> None:
    """Lists rows with a correction whose text was deleted."""
    if columns.correct is None:
        return
    lost = replace(table, row=np.array(table.dropped.get(NO_TEXT, ()), dtype=np.int64))
    cells = zip(lost.row.tolist(), _words(lost, columns.correct), strict=True)
    found.left += [
        Message("{place}: it has a correction, and no text", place=table.where(position))
        for position, cell in cells
        if cell
    ]


# ---- what is told -----------------------------------------------------------------------------------------------


def _tell(found: Imported, cells: Cells, table: Table, columns: Found) -> None:
    if cells.added:
        found.notes.append(
            Message(
                "{n:,} new class, which the model does not know yet: {names}",
                "{n:,} new classes, which the model does not know yet: {names}",
                n=len(cells.added),
                names=quoted(cells.added),
            )
        )
    if cells.respelt:
        pairs = [
            Message('"{one}" as "{other}"', one=one, other=other) for one, other in cells.respelt.items()
        ]
        found.notes.append(
            Message("read in spite of capitals, accents or blanks: {pairs}", pairs=listed(pairs, most=10))
        )
    if not found.said and not found.left:
        found.notes.append(
            Message(
                'nobody has filled in the column "{column}" yet: there is nothing to take.',
                column=columns.correct,
            )
            if columns.correct is not None
            else Message("all its labels are those that the run knows: there is nothing to take.")
        )


def _without_twice(found: Imported) -> Imported:
    """What is left once what one person says in two ways of one row is taken out."""
    groups: dict[tuple[str, int, str, str], list[Said]] = {}
    keys = keys_of([said.row.texts for said in found.said])
    for said, key in zip(found.said, keys, strict=True):
        groups.setdefault((said.row.source, said.row.position, key, said.who), []).append(said)
    clear = []
    for group in groups.values():
        if len({said.label for said in group}) > 1:
            found.twice.append(group)
        else:
            clear.append(group[0])
    return replace(found, said=clear)
