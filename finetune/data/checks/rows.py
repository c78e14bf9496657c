"""Checks of single cells: rows without text, rows without label."""

from collections.abc import Iterator

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding
from finetune.data.reading.table import NO_LABEL, NO_TEXT
from finetune.language.lists import SHOWN

MANY = 0.05
"""Share of left-out rows from which on something may be wrong with the table itself."""


def empty_text(data: Examined) -> Iterator[Finding]:
    """Rows whose text cell is empty, blank or NaN."""
    yield from _left_out(data, NO_TEXT, "empty_text")


def empty_label(data: Examined) -> Iterator[Finding]:
    """Rows whose label cell is empty, blank or NaN."""
    yield from _left_out(data, NO_LABEL, "empty_label")


def _left_out(data: Examined, reason: str, code: str) -> Iterator[Finding]:
    dropped = [
        (number, row) for number, table in enumerate(data.tables) for row in table.dropped.get(reason, ())
    ]
    if dropped:
        places = [data.marked_in(number, row) for number, row in dropped[:SHOWN]]
        yield Finding(
            code,
            "warning" if len(dropped) / (len(data) + len(dropped)) >= MANY else "note",
            len(dropped),
            dropped=dropped,
            values={"lines": ", ".join(places) + (" ..." if len(dropped) > SHOWN else "")},
        )
