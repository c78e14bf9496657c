"""Rows that cannot be used: without a text, without a label, or the header once more. Reads no table."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from finetune.data.reading.invisible import shows_nothing
from finetune.data.reading.table import Table
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import Message, joined

NO_TEXT = "empty text"
NO_LABEL = "empty label"
HEADER_AGAIN = "header again"
NO_NUMBER = "label is no number"


def find_bad_rows(
    text: list[str], label: list[str] | None, again: Collection[int], unread: Collection[int] = ()
) -> dict[str, list[int]]:
    """Returns positions of the rows that cannot be used, by reason; each row once.

    Args:
        text: [N] the texts.
        label: [N] the labels, where each row needs one.
        again: Positions of rows that repeat the header.
        unread: Positions of rows whose label should be a number and is none.
    """
    reasons: dict[str, list[int]] = {}
    for position, string in enumerate(text):
        if position in again:
            reasons.setdefault(HEADER_AGAIN, []).append(position)
        elif shows_nothing(string):
            reasons.setdefault(NO_TEXT, []).append(position)
        elif position in unread:
            reasons.setdefault(NO_NUMBER, []).append(position)
        elif label is not None and not label[position]:
            reasons.setdefault(NO_LABEL, []).append(position)
    return reasons


def with_bad_rows_said(table: Table, on_bad_rows: Literal["drop", "error"], *, kept: int) -> Table:
    """Returns the table with a note on each kind of row left out.

    Args:
        table: The table.
        on_bad_rows: Whether they are left out, or are an error.
        kept: How many rows are not left out.

    Raises:
        DataError: No row is left, or none may be left out.
    """
    bad = joined([_bad(table, kind, positions) for kind, positions in table.dropped.items()], "; ")
    if not kept:
        columns = table.text_columns
        if len(columns) > 1:
            raise DataError(
                "{source}: no row is left: {bad}: fill the columns {columns}, or name others",
                source=table.source,
                bad=bad,
                columns=quoted([*columns, *([table.label_column] if NO_LABEL in table.dropped else [])]),
            )
        raise DataError(
            '{source}: no row is left: {bad}: fill the columns "{text}" and "{label}", or name others'
            if NO_LABEL in table.dropped and table.label_column is not None
            else '{source}: no row is left: {bad}: fill the column "{text}", or name another',
            source=table.source,
            bad=bad,
            text=table.text_column,
            label=table.label_column,
        )
    if not table.dropped:
        return table
    if on_bad_rows == "error":
        raise DataError(
            "{source}: {bad}: fill or delete them, or have them left out with --data.on_bad_rows drop",
            source=table.source,
            bad=bad,
        )
    return replace(table, notes=(*table.notes, Message("left out: {bad}", bad=bad)))


def _bad(table: Table, kind: str, positions: Sequence[int]) -> Message:
    """Which rows have no text, or no label."""
    n, places = len(positions), table.places(positions)
    if kind == HEADER_AGAIN:
        return Message(
            "{n:,} row that repeats the header ({places})",
            "{n:,} rows that repeat the header ({places})",
            n=n,
            places=places,
        )
    if kind == NO_TEXT:
        return Message(
            "{n:,} row without text ({places})", "{n:,} rows without text ({places})", n=n, places=places
        )
    if kind == NO_NUMBER:
        return Message(
            "{n:,} row whose label is no number ({places})",
            "{n:,} rows whose labels are no numbers ({places})",
            n=n,
            places=places,
        )
    return Message(
        "{n:,} row without label ({places})", "{n:,} rows without label ({places})", n=n, places=places
    )
