"""Corrections, wherever they stand: in the file of a run, or in any table in which people corrected rows."""

from collections.abc import Sequence
from pathlib import Path

from finetune.corrections.corrections import Conflict, Corrections, counted
from finetune.corrections.identity import Identity
from finetune.corrections.importing import Imported, imported
from finetune.corrections.mark import Mark
from finetune.corrections.row import Row, keys_of
from finetune.corrections.store import Store
from finetune.data.asked import Reading
from finetune.errors import DataError
from finetune.files.home import expanded
from finetune.language.say import AnyMessage, Message, joined, say

SUFFIX = ".sqlite"

MOST_TOLD = 10
"""Rows that are told one by one."""


def read_corrections(
    path: Path,
    *,
    of: Identity,
    reading: Reading | None = None,
    known: Sequence[Row] = (),
    new: Sequence[str] = (),
) -> Corrections:
    """Reads what counts of corrections.

    Args:
        path: The file of a run (.sqlite), or a table: see `imported`.
        of: The training that they are for.
        reading: How the run reads tables.
        known: The rows that a table may be of, by which its own are found again.
        new: Names that are new classes, though they look like one there is.

    Raises:
        UserError: It cannot be read or is of another run, or something in a table is not clear: then none of it counts.
    """
    path = expanded(path)
    if path.suffix.lower() == SUFFIX:
        with Store.looked_at(path, of=of) as store:
            return store.corrections()
    found = imported(path, of=of, reading=reading or Reading(), known=known, who=path.name, new=new)
    if found.left:
        raise DataError(
            "{path}: {n:,} row is not clear:\n{rows}\n{remedy}",
            "{path}: {n:,} rows are not clear:\n{rows}\n{remedy}",
            path=path,
            n=len(found.left),
            rows=first_of(found.left),
            remedy=REMEDY,
        )
    return as_corrections(found, source=str(path))


REMEDY = Message(
    "Mend these rows and give the command again. If a label looks like one there is, and is a new class all the same, "
    "name it with --new_labels."
)


def first_of(lines: Sequence[AnyMessage]) -> AnyMessage:
    """Returns some lines, and how many more there are."""
    shown: list[object] = [joined(["  ", line], "") for line in lines[:MOST_TOLD]]
    if len(lines) > MOST_TOLD:
        shown.append(Message("  and {n:,} more", "  and {n:,} more", n=len(lines) - MOST_TOLD))
    return joined(shown, "\n")


def as_corrections(found: Imported, *, source: str) -> Corrections:
    """Returns what counts of a table, as of marks."""
    numbers: dict[tuple[str, int, str], int] = {}
    rows: dict[int, Row] = {}
    marks: list[Mark] = []
    keys = keys_of([said.row.texts for said in found.said])
    for said, key in zip(found.said, keys, strict=True):
        number = numbers.setdefault((said.row.source, said.row.position, key), len(numbers) + 1)
        rows.setdefault(number, said.row)
        marks.append(Mark(len(marks) + 1, number, said.label, said.who, "", said.note))
    counts = counted(marks, rows, reasons={}, source=source)
    twice = [
        Conflict(
            group[0].row,
            {say("{who}, {place}", who=said.who, place=said.place): said.label for said in group},
            note="; ".join(dict.fromkeys(said.note for said in group if said.note)),
        )
        for group in found.twice
    ]
    return Corrections(counts.agreed, [*counts.conflicts, *twice], 0, source, found.notes)
