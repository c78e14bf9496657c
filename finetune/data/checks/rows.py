"""Checks of single cells: rows without text, rows without label."""

from collections.abc import Iterator

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid
from finetune.data.table import NO_LABEL, NO_TEXT

MANY = 0.05
"""Share of left-out rows from which on something may be wrong with the table itself."""

LISTED = 20


def empty_text(data: Examined) -> Iterator[Finding]:
    """Rows whose text cell is empty, blank or NaN."""
    yield from _left_out(data, NO_TEXT, "empty_text")


def empty_label(data: Examined) -> Iterator[Finding]:
    """Rows whose label cell is empty, blank or NaN."""
    yield from _left_out(data, NO_LABEL, "empty_label")


def _left_out(data: Examined, reason: str, code: str) -> Iterator[Finding]:
    places = []
    for table in data.tables:
        for row in table.dropped.get(reason, ()):
            file, line = data.file_of(table, row), table.line(row)
            places.append(f"{file}:{line}" if file else str(line))
    if places:
        # they are no rows of ours: they have a place in their file, and none among the rows to train on
        yield Finding(
            code,
            "warning" if len(places) / (len(data) + len(places)) >= MANY else "note",
            len(places),
            grid=Grid(("line",), [(place,) for place in places[:LISTED]]),
            values={"lines": ", ".join(places[:10]) + (" ..." if len(places) > 10 else "")},
        )
