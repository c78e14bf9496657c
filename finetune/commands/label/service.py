"""What the addresses share: the rows, the file of marks, who sees what. A mark is answered when it is on the disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from finetune.commands.label import schema
from finetune.commands.label.download import kinds
from finetune.commands.label.keeping import keep, take_back, written
from finetune.commands.label.leases import Leases
from finetune.commands.label.once import Once
from finetune.commands.label.pool import Pool
from finetune.commands.label.progress import Progress, Worth
from finetune.commands.label.showing import Known, Showing
from finetune.commands.label.standing import Standing
from finetune.commands.label.words import label_of, name_of, note_of
from finetune.corrections.mark import Mark
from finetune.corrections.store import Store
from finetune.language.say import say
from finetune.tasks.multi_label import MARK
from finetune.tasks.task import MULTI, NUMBER
from finetune.web.refusal import Refusal

SEARCH = "search"
"""Why a row is shown that somebody searched for."""


class Service:
    """What the addresses share. What is written waits for its turn; the file is never waited for in the loop.

    Args:
        store: The file of marks.
        pool: The rows.
        worth: Gives what more labels would be worth; None where nothing can be told.
        who: The name that is proposed to whoever opens the page first.
    """

    def __init__(self, store: Store, pool: Pool, *, worth: Worth | None = None, who: str = "") -> None:
        self.store, self.pool, self.who = store, pool, who
        self.task = store.identity.made_task
        self.showing = Showing(store, pool)
        self.leases, self.standing, self.once = Leases(), Standing(), Once()
        self.progress = Progress(store, worth)
        self._turn = asyncio.Lock()
        self._added: list[str] = []

    @asynccontextmanager
    async def living(self, app: FastAPI) -> AsyncIterator[None]:
        """Reads what stands, before anybody is answered; ends what counts in the background."""
        await asyncio.to_thread(self._begin)
        yield
        await self.progress.end()

    def _begin(self) -> None:
        self.showing.begin()
        marks = self.store.marks()
        self.standing.begin({number: each.key for number, each in self.showing.known.items()}, marks)
        for mark in marks:
            self._learn(mark.label)

    # ---- what there is ------------------------------------------------------------------------------------------

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

    def facts(self) -> dict[str, Any]:
        """Returns what is labelled, and by what."""
        return {
            "run": self.store.identity.run,
            "model": self.pool.engine.identity,
            "task": self.task.name,
            "problem_type": self.task.problem_type,
            "labels": self.labels,
            "columns": self.pool.engine.columns,
            "pair": self.pool.engine.making.of_pairs,
            "rows": len(self.pool.places),
            "orders": list(self.pool.orders),
            "order": self.pool.usual,
            "files": kinds(),
            "who": self.who,
        }

    async def counts(self) -> dict[str, Any]:
        """Returns how far it is."""
        left = sum(not self.standing.is_done(key) for key in self.pool.places)
        return {"rows": len(self.pool.places), "left": left, **await self.progress.told()}

    # ---- rows ---------------------------------------------------------------------------------------------------

    async def next(self, wanted: schema.Wanted) -> dict[str, Any]:
        """Returns the next rows for a page, which are its own for a while."""
        who, order = name_of(wanted.who), wanted.order or self.pool.usual
        if order not in self.pool.orders:
            raise Refusal(
                422,
                "order",
                say(
                    'There is no order "{order}": there are {orders}.',
                    order=order,
                    orders=", ".join(self.pool.orders),
                ),
            )
        async with self._turn:
            await asyncio.to_thread(self.pool.ordered, order)
            chosen, elsewhere = self._chosen(wanted, order, who)
            rows = await self.showing.take([(self.pool.rows[place], reason) for place, reason in chosen])
        done = [number for number in wanted.have if self._is_done(number)]
        return {**await self._shown(rows), "elsewhere": elsewhere, "done": done}

    def _chosen(self, wanted: schema.Wanted, order: str, who: str) -> tuple[list[tuple[int, str]], int]:
        """The places of rows for a page, of equal texts the first, with why each; and how many others have."""
        known, found, elsewhere = self.showing.known, [], 0
        here = {known[number].key for number in wanted.have if number in known}
        self.leases.forget_old()
        for key in here:
            self.leases.take(key, wanted.tab)
        for place, reason in self.pool.ordered(order):
            key = self.pool.keys[place]
            if key in here or self.standing.is_done(key) or self.standing.is_skipped(key, who):
                continue
            if self.leases.is_elsewhere(key, wanted.tab):
                elsewhere += 1
                continue
            here.add(key)
            self.leases.take(key, wanted.tab)
            found.append((self.pool.places[key], reason))
            if len(found) == wanted.count:
                break
        return found, elsewhere

    def _is_done(self, number: int) -> bool:
        return number in self.showing.known and self.standing.is_done(self.showing.known[number].key)

    async def _shown(self, rows: list[Known]) -> dict[str, Any]:
        return {"rows": [await self.showing.shown(row) for row in rows], "labels": self.labels}

    async def opened(self, asked: schema.Opened) -> dict[str, Any]:
        """Returns a row that was searched for."""
        name_of(asked.who)
        keys = self.pool.keys
        if asked.place >= len(keys) or keys[asked.place] != asked.key:
            raise Refusal(
                404, "row", say("This row is not in the table that is being labelled. Search again.")
            )
        async with self._turn:
            self.leases.take(asked.key, asked.tab)
            rows = await self.showing.take([(self.pool.rows[self.pool.places[asked.key]], SEARCH)])
        return {**await self._shown(rows), "elsewhere": 0, "done": []}

    async def found(self, words: str) -> dict[str, Any]:
        """Returns the beginnings of rows in which words stand."""
        places, more = await asyncio.to_thread(self.showing.found, words)
        keys = self.pool.keys
        rows = [self.showing.in_list(place, done=self.standing.is_done(keys[place])) for place in places]
        return {"rows": rows, "more": more}

    async def conflicts(self) -> dict[str, Any]:
        """Returns the rows of which not all say the same."""
        rows, count = await self.showing.conflicts()
        return {"rows": rows, "all": count, "labels": self.labels}

    # ---- marks --------------------------------------------------------------------------------------------------

    async def say(self, said: schema.Said) -> dict[str, Any]:
        """Keeps what somebody says of a row; what is sent twice counts once."""
        who, note = name_of(said.who), note_of(said.note)
        async with self._turn:
            known = self.showing.known.get(said.row)
            if known is None or known.key != said.key:
                raise Refusal(404, "row", say("There is no row {row} here: nothing was kept.", row=said.row))
            before = self.once.answer(said.id)
            if before is not None:
                return before
            label = None if said.skip else self._label(said)
            mark = await asyncio.to_thread(
                written, lambda: keep(self.store, said, label=label, who=who, note=note)
            )
            self._learn(mark.label)
            await self._follow(known)
            self.leases.release(known.key)
            return self.once.keep(said.id, {**_kept(mark), "labels": self.labels})

    def _label(self, said: schema.Said) -> str:
        return label_of(
            said.labels, self.task, self.pool.engine.model.labels, known=self.labels, new=said.new
        )

    async def undo(self, back: schema.Undone) -> dict[str, Any]:
        """Takes back the last mark of a person, and returns its row."""
        who = name_of(back.who)
        async with self._turn:
            before = self.once.answer(back.id)
            if before is not None:
                return before
            mark = await asyncio.to_thread(written, lambda: take_back(self.store, back, who))
            known = self.showing.known[mark.row]
            await self._follow(known)
            row = await self.showing.shown(known)
            return self.once.keep(back.id, {"mark": mark.number, "label": mark.label, "row": row})

    async def _follow(self, known: Known) -> None:
        marks = await asyncio.to_thread(self.store.marks, known.number)
        self.standing.follow(known.number, known.key, marks)
        self.progress.changed()


def _kept(mark: Mark) -> dict[str, Any]:
    return {"mark": mark.number, "row": mark.row, "label": mark.label, "at": mark.at}
