"""What the addresses share: the rows, the file of marks, who sees what. A mark is answered when it is on the disk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from finetune.commands.label import schema
from finetune.commands.label.leases import Leases
from finetune.commands.label.once import Once
from finetune.commands.label.pool import Pool
from finetune.commands.label.progress import Progress, Worth
from finetune.commands.label.standing import Standing
from finetune.commands.label.words import label_of, name_of, note_of
from finetune.corrections.corrections import last_labels
from finetune.corrections.mark import Mark
from finetune.corrections.row import Row
from finetune.corrections.store import Store
from finetune.errors import DataError, UserError
from finetune.language.say import say
from finetune.tasks.multi_label import MARK
from finetune.tasks.task import MULTI, NUMBER
from finetune.web.leaving import Leaving
from finetune.web.refusal import Refusal

MOST_FOUND = 50
"""Rows that a search shows."""

MOST_CONFLICTS = 100
"""Conflicts that are shown at once."""

SEARCH = "search"
"""Why a row is shown that somebody searched for."""

Writing = Callable[[Path, Any], None]


@dataclass(frozen=True)
class Known:
    """A row that is in the file."""

    number: int
    row: Row
    key: str
    reason: str


class Service:
    """What the addresses share.

    Args:
        store: The file of marks.
        pool: The rows.
        worth: Gives what more labels would be worth, as a sentence in the language that is spoken; None where
            nothing can be told.
        leaving: Whether the server is ending.
    """

    def __init__(self, store: Store, pool: Pool, leaving: Leaving, *, worth: Worth | None = None) -> None:
        self.store, self.pool, self.leaving = store, pool, leaving
        self.task = store.identity.made_task
        self.leases, self.standing, self.once = Leases(), Standing(), Once()
        self.progress = Progress(store, worth)
        self._turn = asyncio.Lock()
        self._known: dict[int, Known] = {}
        self._added: list[str] = []

    @asynccontextmanager
    async def living(self, app: FastAPI) -> AsyncIterator[None]:
        """Reads what stands, before anybody is answered; ends what counts in the background."""
        await asyncio.to_thread(self._begin)
        yield
        await self.progress.end()

    def _begin(self) -> None:
        rows, reasons = self.store.rows(), self.store.reasons()
        self._known = {
            number: Known(number, row, row.key, reasons.get(number, "")) for number, row in rows.items()
        }
        marks = self.store.marks()
        self.standing.begin({number: each.key for number, each in self._known.items()}, marks)
        for mark in marks:
            self._learn(mark.label)

    # ---- labels -------------------------------------------------------------------------------------------------

    @property
    def labels(self) -> list[str]:
        """The model's classes, and those that people have added."""
        return [*self.pool.engine.model.labels, *self._added]

    def _learn(self, label: str | None) -> None:
        """Takes down the classes of a label that are new."""
        if label is None or self.task.problem_type == NUMBER:
            return
        for name in label.split(MARK) if self.task.problem_type == MULTI else [label]:
            if name and name not in self.labels:
                self._added.append(name)

    # ---- rows ---------------------------------------------------------------------------------------------------

    async def next(self, wanted: schema.Wanted) -> dict[str, Any]:
        """Returns the next rows for a page, which are its own for a while."""
        who, order = name_of(wanted.who), wanted.order or self.pool.usual
        if order not in self.pool.orders:
            raise Refusal(
                422,
                "order",
                say('There is no order "{order}": there are {orders}.', order=order, orders=", ".join(self.pool.orders)),
            )
        async with self._turn:
            ordered = await asyncio.to_thread(self.pool.ordered, order)
            chosen, elsewhere = self._chosen(ordered, wanted, who)
            rows = await self._taken([(self.pool.rows[place], reason) for place, reason in chosen])
        shown = [await self.shown(row) for row in rows]
        done = [number for number in wanted.have if self._is_done(number)]
        return {"rows": shown, "elsewhere": elsewhere, "done": done, "labels": self.labels}

    def _is_done(self, number: int) -> bool:
        return number in self._known and self.standing.is_done(self._known[number].key)

    def _chosen(
        self, ordered: Any, wanted: schema.Wanted, who: str
    ) -> tuple[list[tuple[int, str]], int]:
        """The places of rows for a page, and how many others have."""
        keys, found, elsewhere = self.pool.keys, [], 0
        here = {self._known[number].key for number in wanted.have if number in self._known}
        self.leases.forget_old()
        for key in here:
            self.leases.take(key, wanted.tab)
        for place, reason in ordered:
            key = keys[place]
            if key in here or self.standing.is_done(key) or self.standing.is_skipped(key, who):
                continue
            if self.leases.is_elsewhere(key, wanted.tab):
                elsewhere += 1
                continue
            here.add(key)
            self.leases.take(key, wanted.tab)
            found.append((place, reason))
            if len(found) == wanted.count:
                break
        return found, elsewhere

    async def _taken(self, some: list[tuple[Row, str]]) -> list[Known]:
        """Rows that are in the file now."""
        if not some:
            return []
        numbers = await asyncio.to_thread(self._written, lambda: self.store.take_each(some))
        for number, (row, reason) in zip(numbers, some, strict=True):
            if number not in self._known:
                self._known[number] = Known(number, row, row.key, reason)
        return [self._known[number] for number in numbers]

    async def open(self, asked: schema.Opened) -> dict[str, Any]:
        """Returns a row that was searched for."""
        name_of(asked.who)
        keys = self.pool.keys
        if asked.place >= len(keys) or keys[asked.place] != asked.key:
            raise Refusal(404, "row", say("This row is not in the table that is being labelled. Search again."))
        async with self._turn:
            self.leases.take(asked.key, asked.tab)
            (row,) = await self._taken([(self.pool.rows[asked.place], SEARCH)])
        return {"rows": [await self.shown(row)], "elsewhere": 0, "done": [], "labels": self.labels}

    async def shown(self, known: Known) -> dict[str, Any]:
        """Returns a row with all that a person may want to know of it."""
        row, place = known.row, self.pool.places.get(known.key)
        answer, likely = (None, []) if place is None else self.pool.answer(place)
        marks = await asyncio.to_thread(self.store.marks, known.number)
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
            "marks": [_told(mark) for mark in marks if not mark.undone],
        }

    async def found(self, words: str) -> dict[str, Any]:
        """Returns the beginnings of rows in which words stand."""
        some = await asyncio.to_thread(lambda: list(islice(self.pool.found(words), MOST_FOUND + 1)))
        rows = [
            {
                "place": place,
                "key": self.pool.keys[place],
                "texts": [text[:300] for text in self.pool.rows[place].texts],
                "line": self.pool.rows[place].line,
                "given": self.pool.rows[place].given,
                "done": self.standing.is_done(self.pool.keys[place]),
            }
            for place in some[:MOST_FOUND]
        ]
        return {"rows": rows, "more": len(some) > MOST_FOUND}

    async def conflicts(self) -> dict[str, Any]:
        """Returns the rows of which not all say the same."""
        marks = await asyncio.to_thread(self.store.marks)
        by_row: dict[int, list[Mark]] = {}
        for mark in marks:
            if not mark.undone:
                by_row.setdefault(mark.row, []).append(mark)
        open_ones = [
            number for number, said in by_row.items() if len({each.label for each in last_labels(said)}) > 1
        ]
        rows = [await self.shown(self._known[number]) for number in open_ones[:MOST_CONFLICTS]]
        return {"rows": rows, "all": len(open_ones), "labels": self.labels}

    # ---- marks --------------------------------------------------------------------------------------------------

    async def say(self, said: schema.Said) -> dict[str, Any]:
        """Keeps what somebody says of a row; what is sent twice counts once."""
        who, note = name_of(said.who), note_of(said.note)
        async with self._turn:
            known = self._known.get(said.row)
            if known is None or known.key != said.key:
                raise Refusal(404, "row", say("There is no row {row} here: nothing was kept.", row=said.row))
            before = self.once.answer(said.id)
            if before is not None:
                return before
            label = None if said.skip else self._label(said)
            kept = await asyncio.to_thread(self._written, lambda: self._keep(said, label, who, note))
            self._learn(kept.label)
            await self._follow(known)
            self.leases.release(known.key)
            return self.once.keep(said.id, {**_kept(kept), "labels": self.labels})

    def _label(self, said: schema.Said) -> str:
        return label_of(
            said.labels, self.task, self.pool.engine.model.labels, known=self.labels, new=said.new
        )

    def _keep(self, said: schema.Said, label: str | None, who: str, note: str) -> Mark:
        """The mark; the one that stands where it says just that: a server that was killed knows no ids any more."""
        mine = [mark for mark in self.store.marks(said.row) if mark.who == who and not mark.undone]
        if mine and (mine[-1].label, mine[-1].note, mine[-1].settles) == (label, note, said.settles):
            return mine[-1]
        number = self.store.say(said.row, label=label, who=who, note=note, settles=said.settles)
        return next(mark for mark in self.store.marks(said.row) if mark.number == number)

    async def undo(self, back: schema.Undone) -> dict[str, Any]:
        """Takes back the last mark of a person, and returns its row."""
        who = name_of(back.who)
        async with self._turn:
            before = self.once.answer(back.id)
            if before is not None:
                return before
            mark = await asyncio.to_thread(self._written, lambda: self._taken_back(back, who))
            if mark is None:
                raise Refusal(409, "nothing", say("There is nothing of yours to take back."))
            known = self._known[mark.row]
            await self._follow(known)
            found = {"mark": mark.number, "label": mark.label, "row": await self.shown(known)}
            return self.once.keep(back.id, found)

    def _taken_back(self, back: schema.Undone, who: str) -> Mark | None:
        """The mark that is taken back, also where it was so before.

        Raises:
            Refusal: Another is the last one.
        """
        if back.mark is None:
            return self.store.undo(who)
        mine = [mark for mark in self.store.marks() if mark.who == who]
        named = next((mark for mark in mine if mark.number == back.mark), None)
        if named is not None and named.undone:
            return named
        last = next((mark for mark in reversed(mine) if not mark.undone), None)
        if named is None or last is None or last.number != named.number:
            raise Refusal(
                409,
                "not_last",
                say("You have said something in another tab since. Take back once more to take that back."),
            )
        return self.store.undo(who)

    async def _follow(self, known: Known) -> None:
        marks = await asyncio.to_thread(self.store.marks, known.number)
        self.standing.follow(known.number, known.key, marks)
        self.progress.changed()

    def _written(self, write: Callable[[], Any]) -> Any:
        """What a writing of the file gives.

        Raises:
            Refusal: It cannot be written, and nothing of it was.
        """
        try:
            return write()
        except DataError as error:
            raise Refusal(422, "label", str(error)) from error
        except UserError as error:
            raise Refusal(503, "disk", str(error), retry_after=5) from error

    # ---- all of it ----------------------------------------------------------------------------------------------

    async def counts(self) -> dict[str, Any]:
        """Returns how far it is."""
        keys = set(self.pool.keys)
        left = sum(not self.standing.is_done(key) for key in keys)
        return {"rows": len(keys), "left": left, **await self.progress.told()}


    def facts(self) -> dict[str, Any]:
        """Returns what is labelled, and by what."""
        described = self.pool.engine.model.described
        return {
            "run": self.store.identity.run,
            "model": self.pool.engine.identity,
            "task": self.task.name,
            "problem_type": self.task.problem_type,
            "labels": self.labels,
            "columns": self.pool.engine.columns,
            "pair": described["pair"],
            "rows": len(self.pool.places),
            "orders": list(self.pool.orders),
            "order": self.pool.usual,
        }


def _told(mark: Mark) -> dict[str, Any]:
    named = ("number", "who", "label", "at", "note", "settles")
    return {name: getattr(mark, name) for name in named}


def _kept(mark: Mark) -> dict[str, Any]:
    return {"mark": mark.number, "row": mark.row, "label": mark.label, "at": mark.at}
