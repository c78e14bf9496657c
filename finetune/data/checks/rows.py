"""Checks of single cells: rows without text, rows without label."""

from collections.abc import Iterator

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Severity
from finetune.data.reading.bad_rows import NO_LABEL, NO_NUMBER, NO_TEXT
from finetune.language.say import Message

MANY = 0.05
"""Share of left-out rows from which on something may be wrong with the table itself."""


def empty_text(data: Examined) -> Iterator[Finding]:
    """Rows whose text cell is empty, blank or NaN."""
    dropped = _dropped(data, NO_TEXT)
    n = len(dropped)
    yield from _left_out(
        data,
        "empty_text",
        dropped,
        what=Message("row without text, left out", "rows without text, left out", n=n),
        advice=Message("Fill in the text or delete the row.", "Fill in the texts or delete the rows.", n=n),
    )


def empty_label(data: Examined) -> Iterator[Finding]:
    """Rows whose label cell is empty, blank or NaN."""
    dropped = _dropped(data, NO_LABEL)
    n = len(dropped)
    yield from _left_out(
        data,
        "empty_label",
        dropped,
        what=Message("row without label, left out", "rows without label, left out", n=n),
        advice=Message("Fill in the label or delete the row.", "Fill in the labels or delete the rows.", n=n),
    )


def no_number(data: Examined) -> Iterator[Finding]:
    """Rows whose label should be a number, and is none."""
    dropped = _dropped(data, NO_NUMBER)
    n = len(dropped)
    yield from _left_out(
        data,
        "no_number",
        dropped,
        what=Message(
            "row whose label is no number, left out", "rows whose labels are no numbers, left out", n=n
        ),
        advice=Message("Write the number or delete the row.", "Write the numbers or delete the rows.", n=n),
    )


def _dropped(data: Examined, reason: str) -> list[tuple[int, int]]:
    return [
        (number, row) for number, table in enumerate(data.tables) for row in table.dropped.get(reason, ())
    ]


def _left_out(
    data: Examined, code: str, dropped: list[tuple[int, int]], *, what: Message, advice: Message
) -> Iterator[Finding]:
    n = len(dropped)
    if n:
        severity: Severity = "warning" if n / (len(data) + n) >= MANY else "note"
        yield Finding(code, severity, n, dropped=dropped, what=what, advice=advice)
