"""How far it is: labels by class and person, conflicts, and what more would be worth, counted beside the requests."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from finetune.corrections.corrections import Corrections
from finetune.corrections.store import Store
from finetune.language.say import AnyMessage
from finetune.tasks.multi_label import MARK
from finetune.tasks.task import MULTI, NUMBER

Worth = Callable[[Corrections], AnyMessage | None]
"""Gives what more labels would be worth, in a sentence; None where that cannot be told."""

ANEW = 20
"""Changes after which what more is worth is counted anew: it takes seconds of a core."""

COUNTING, KNOWN, UNKNOWN = "counting", "known", "unknown"


class Progress:
    """Counts what stands.

    Args:
        store: The file of marks.
        worth: Gives what more would be worth; None where nobody can tell.
    """

    def __init__(self, store: Store, worth: Worth | None) -> None:
        self._store, self._worth = store, worth
        self._task = store.identity.made_task
        self._sentence: AnyMessage | None = None
        self._counting: asyncio.Task[None] | None = None
        self._changes = ANEW  # the first look counts

    def changed(self) -> None:
        """Takes down that something stands otherwise than before."""
        self._changes += 1

    async def told(self) -> dict[str, Any]:
        """Returns the counts."""
        found = await asyncio.to_thread(self._store.corrections)
        self._count_worth(found)
        people = Counter(who for each in found.agreed for who in each.who)
        people.update(who for each in found.conflicts for who in each.said)
        return {
            "labelled": len(found.agreed),
            "conflicts": len(found.conflicts),
            "skipped": found.skipped,
            "changed": sum(each.row.given is not None and each.changes for each in found.agreed),
            "by_class": self._by_class(found),
            "by_who": people.most_common(),
            "worth": {
                "state": self._state(),
                "text": None if self._sentence is None else str(self._sentence),
            },
        }

    def _by_class(self, found: Corrections) -> list[tuple[str, int]]:
        if self._task.problem_type == NUMBER:
            return []
        several = self._task.problem_type == MULTI
        return Counter(
            name for each in found.agreed for name in (each.label.split(MARK) if several else [each.label])
        ).most_common()

    def _state(self) -> str:
        if self._counting is not None and not self._counting.done():
            return COUNTING
        return UNKNOWN if self._sentence is None else KNOWN

    def _count_worth(self, found: Corrections) -> None:
        """Begins to count it, where it is not being counted and much has changed."""
        if self._worth is None or self._changes < ANEW or self._state() == COUNTING:
            return
        self._changes, worth = 0, self._worth

        async def count() -> None:
            self._sentence = await asyncio.to_thread(worth, found)

        self._counting = asyncio.create_task(count())

    async def end(self) -> None:
        """Waits for nothing any more."""
        if self._counting is not None:
            self._counting.cancel()
            with suppress(asyncio.CancelledError):
                await self._counting
