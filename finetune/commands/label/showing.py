"""Rows as a page is given them: their texts, what the model says, what people said, and which words stand in them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from finetune.commands.label.keeping import written
from finetune.commands.label.pool import Pool
from finetune.corrections.corrections import last_labels
from finetune.corrections.mark import Mark
from finetune.corrections.row import Row
from finetune.corrections.store import Store

MOST_FOUND = 50
"""Rows that a search shows."""

MOST_CONFLICTS = 100
"""Conflicts that are shown at once."""

BEGINNING = 300
"""Letters of a text in a list."""


@dataclass(frozen=True)
class Known:
    """A row that is in the file.

    Attributes:
        number: Its own.
        row: The row.
        key: By what rows of its texts are known.
        reason: Why it is shown.
    """

    number: int
    row: Row
    key: str
    reason: str


class Showing:
    """The rows that are in the file, by their numbers.

    Args:
        store: The file.
        pool: All rows.
    """

    def __init__(self, store: Store, pool: Pool) -> None:
        self.store, self.pool = store, pool
        self.known: dict[int, Known] = {}

    def begin(self) -> None:
        """Reads which rows are in the file."""
        reasons = self.store.reasons()
        self.known = {
            number: Known(number, row, row.key, reasons.get(number, ""))
            for number, row in self.store.rows().items()
        }

    async def take(self, some: Sequence[tuple[Row, str]]) -> list[Known]:
        """Returns rows as they are in the file, each put there with why it is shown where it was not."""
        if not some:
            return []
        numbers = await asyncio.to_thread(written, lambda: self.store.take_each(some))
        for number, (row, reason) in zip(numbers, some, strict=True):
            if number not in self.known:
                self.known[number] = Known(number, row, row.key, reason)
        return [self.known[number] for number in numbers]

    async def shown(self, known: Known) -> dict[str, Any]:
        """Returns a row with all that a person may want to know of it."""
        marks = await asyncio.to_thread(self.store.marks, known.number)
        return self._with(known, [mark for mark in marks if not mark.undone])

    def _with(self, known: Known, marks: Sequence[Mark]) -> dict[str, Any]:
        row, place = known.row, self.pool.places.get(known.key)
        answer, likely = (None, []) if place is None else self.pool.answer(place)
        return {
            "row": known.number,
            "key": known.key,
            "place": place,
            "texts": list(row.texts),
            "cells": dict(row.cells),
            "source": row.source,
            "line": row.line,
            "given": row.given,
            "part": row.part,
            "reason": known.reason,
            "answer": answer,
            "likely": likely,
            "marks": [_told(mark) for mark in marks],
        }

    def found(self, words: str) -> tuple[list[int], bool]:
        """Returns the places of rows in which words stand, and whether there are more."""
        some = list(islice(self.pool.found(words), MOST_FOUND + 1))
        return some[:MOST_FOUND], len(some) > MOST_FOUND

    def in_list(self, place: int, *, done: bool) -> dict[str, Any]:
        """Returns a row as it stands in a list."""
        row = self.pool.rows[place]
        return {
            "place": place,
            "key": self.pool.keys[place],
            "texts": [text[:BEGINNING] for text in row.texts],
            "line": row.line,
            "given": row.given,
            "done": done,
        }

    async def conflicts(self) -> tuple[list[dict[str, Any]], int]:
        """Returns rows of which not all say the same, and how many there are in all."""
        by_row: dict[int, list[Mark]] = {}
        for mark in await asyncio.to_thread(self.store.marks):
            if not mark.undone:
                by_row.setdefault(mark.row, []).append(mark)
        open_ones = [
            number for number, said in by_row.items() if len({each.label for each in last_labels(said)}) > 1
        ]
        shown = [self._with(self.known[number], by_row[number]) for number in open_ones[:MOST_CONFLICTS]]
        return shown, len(open_ones)


def _told(mark: Mark) -> dict[str, Any]:
    named = ("number", "who", "label", "at", "note", "settles")
    return {name: getattr(mark, name) for name in named}
