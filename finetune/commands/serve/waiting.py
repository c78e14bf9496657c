"""The queue: texts of several requests are answered together, one call of the model at a time, in bounded number."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from finetune.runtime.answering.answers import Floats
from finetune.runtime.answering.texts import Texts

Ask = Callable[[Sequence[Texts]], Floats]

TOGETHER = 256
"""Texts of different requests that are answered in one call, which makes its own batches by tokens."""

CHARACTERS_TOGETHER = 64_000
"""And their letters: whoever comes next waits for the whole call."""


class Full(Exception):  # noqa: N818 - it is no fault, but what is said to who comes too late
    """More texts wait than may; `seconds` says when to come again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Unanswered(Exception):  # noqa: N818 - it is told as it is
    """The model could not answer; its cause says why."""


@dataclass(frozen=True)
class Item:
    """Texts of one request, and where their probabilities are to be put."""

    texts: Sequence[Texts]
    answer: "asyncio.Future[Floats]"

    @property
    def characters(self) -> int:
        """Their letters."""
        return sum(len(text) for row in self.texts for text in row)


class Waiting:
    """What waits for the model: requests of people first, and behind each call of theirs a piece of what can wait.

    It belongs to the loop in which `work` runs; the model has one thread of its own.

    Args:
        ask: Gives the probabilities [N, C] of N texts.
        most: Texts that may wait, those of the call under way among them.
        outputs: C.
        counted: Is told how many texts were answered in one call, and in how many seconds.
    """

    def __init__(
        self, ask: Ask, *, most: int, outputs: int, counted: Callable[[int, float], object] = lambda *_: None
    ) -> None:
        self._ask, self._most, self._outputs, self._counted = ask, most, outputs, counted
        self._people: deque[Item] = deque()
        self._behind: deque[Item] = deque()
        self._there = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "finetune-answers")
        self._rows_a_second = 100.0
        self._called = 0  # texts of the call under way

    @property
    def texts(self) -> int:
        """Texts that have no answer yet."""
        return self._called + sum(
            len(item.texts) for waiting in (self._people, self._behind) for item in waiting
        )

    async def asked(self, texts: Sequence[Texts], *, behind: bool = False, bounded: bool = True) -> Floats:
        """Returns the probabilities [N, C] of texts once it is their turn.

        Args:
            texts: The texts.
            behind: Whether people who ask for answers go first.
            bounded: Whether they may be too many: of a table, a piece waits at a time.

        Raises:
            Full: Too many wait already.
            Unanswered: The model failed.
        """
        if not texts:
            return np.zeros((0, self._outputs))
        there = self.texts
        if bounded and there + len(texts) > self._most:
            raise Full(max(1, math.ceil(there / self._rows_a_second)))
        item = Item(texts, asyncio.get_running_loop().create_future())
        (self._behind if behind else self._people).append(item)
        self._there.set()
        return await item.answer

    async def work(self) -> None:
        """Answers what comes, for as long as the server lives."""
        while True:
            await self._there.wait()
            some = [*self._taken(self._people, TOGETHER), *self._taken(self._behind, 1)]
            if some:
                await self._answer(some)
            elif not self._people and not self._behind:
                self._there.clear()

    def _taken(self, waiting: deque[Item], most: int) -> list[Item]:
        """The first items that go together; those that nobody waits for any more are dropped."""
        found: list[Item] = []
        texts = characters = 0
        while waiting and (not found or (texts < most and characters < CHARACTERS_TOGETHER)):
            item = waiting.popleft()
            if not item.answer.done():
                found.append(item)
                texts, characters = texts + len(item.texts), characters + item.characters
        return found

    async def _answer(self, some: list[Item]) -> None:
        texts = [text for item in some for text in item.texts]
        self._called, begun = len(texts), time.monotonic()
        called = asyncio.get_running_loop().run_in_executor(self._thread, self._ask, texts)
        try:
            await asyncio.wait([called])
        except asyncio.CancelledError:  # the server ends: what waits in another thread must hear of it
            for item in some:
                item.answer.cancel()
            raise
        finally:
            self._called = 0
        error = called.exception()
        if error is not None and len(some) > 1:  # one text of one request may be why
            for item in some:
                await self._answer([item])
            return
        seconds = time.monotonic() - begun
        if error is None:
            self._rows_a_second = 0.9 * self._rows_a_second + 0.1 * len(texts) / max(seconds, 1e-6)
            self._counted(len(texts), seconds)
        first = 0
        for item in some:
            if not item.answer.done():
                if error is None:
                    item.answer.set_result(called.result()[first : first + len(item.texts)])
                else:
                    failed = Unanswered()
                    failed.__cause__ = error
                    item.answer.set_exception(failed)
            first += len(item.texts)

    def close(self) -> None:
        """Lets nobody wait any longer, and ends the thread of the model."""
        for item in (*self._people, *self._behind):
            item.answer.cancel()
        self._thread.shutdown(wait=True, cancel_futures=True)
