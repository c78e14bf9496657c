"""What the addresses share: the queue, the tables, the model; what is asked becomes an answer. Knows no address."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI

from finetune.commands.serve import schema
from finetune.commands.serve.about import facts, verdict
from finetune.commands.serve.tables import Tables, portions
from finetune.commands.serve.waiting import Full, Unanswered, Waiting
from finetune.commands.serve.weighed import pieces, weights
from finetune.engines.engine import Engine, OtherColumns
from finetune.language.say import say
from finetune.language.which import language
from finetune.runtime.answering.answers import Floats
from finetune.runtime.answering.cells import whole
from finetune.runtime.answering.texts import Texts
from finetune.web.counted import Counted
from finetune.web.leaving import Leaving
from finetune.web.limits import Limits
from finetune.web.refusal import Refusal


class Service:
    """What the addresses share.

    Args:
        engine: What answers.
        limits: How much is taken.
        counted: The numbers.
        leaving: Whether the server is ending.
        heard: Is told the texts that are asked, where they are to be logged.
        contact: Who answers for the model.
    """

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        counted: Counted,
        leaving: Leaving,
        heard: Callable[[list[Any]], object] = lambda texts: None,
        contact: str | None = None,
    ) -> None:
        self.engine, self.limits, self.counted, self.leaving = engine, limits, counted, leaving
        self.heard = heard
        self.facts = facts(engine, limits, contact=contact)
        self.waiting = Waiting(
            engine.model.probabilities,
            most=limits.waiting_texts,
            outputs=len(engine.model.labels),
            counted=counted.called,
        )
        self._tables: Tables | None = None
        self._verdict: asyncio.Task[dict[str, str]] | None = None

    @property
    def tables(self) -> Tables:
        """The tables that were sent."""
        assert self._tables is not None
        return self._tables

    @asynccontextmanager
    async def living(self, app: FastAPI) -> AsyncIterator[None]:
        """Has what works beside the requests begin, and end."""
        self._tables = Tables(self.engine, self.waiting, self.limits)
        works = asyncio.create_task(self.waiting.work())
        yield
        self.tables.cancel()
        works.cancel()
        with suppress(asyncio.CancelledError):
            await works
        self.waiting.close()
        await self.tables.close()

    def leave(self) -> None:
        """Leaves nothing behind where the end of what works is not waited for."""
        if self._tables is not None:
            self._tables.leave()

    def texts_of(self, asked: schema.Asked) -> list[Texts | None]:
        """Returns what is asked as the model reads it; None for what shows nothing.

        Raises:
            Refusal: A text is too long, or of other columns.
        """
        self.heard(asked.several)
        for each in asked.several:
            cells = each.values() if isinstance(each, dict) else [each] if isinstance(each, str) else each
            if sum(len(cell) for cell in cells if isinstance(cell, str)) > self.limits.characters:
                raise Refusal(
                    413,
                    "too_long",
                    say("A text has more than {most:,} characters.", most=self.limits.characters),
                )
        make: Any = self.engine.of_text if asked.rows is None else self.engine.of_row
        try:
            return [make(each) for each in asked.several]
        except OtherColumns as error:
            raise Refusal(422, "columns", str(error)) from error

    async def probabilities(self, texts: Sequence[Texts], *, behind: bool = False) -> Floats:
        """Returns the probabilities [N, C] of texts; many are asked in turn with those of others.

        Args:
            texts: The texts.
            behind: Whether other people go first.

        Raises:
            Refusal: Too many wait, it takes too long, or the model cannot answer.
        """
        found = np.zeros((len(texts), len(self.engine.model.labels)))
        try:
            async with asyncio.timeout(self.limits.answer_seconds):
                for places in portions([sum(map(len, text)) for text in texts]):
                    some = [texts[place] for place in places]
                    found[places] = await self.waiting.asked(some, behind=behind)
            return found
        except Full as error:
            raise Refusal(
                429,
                "busy",
                say("Too many texts are waiting. Ask again in a moment."),
                retry_after=error.seconds,
            ) from error
        except TimeoutError as error:
            raise Refusal(
                503,
                "late",
                say("The answer took too long. Ask for fewer texts at once, or a shorter one."),
                retry_after=5,
            ) from error
        except Unanswered as error:
            raise Refusal(503, "failed", say("The model could not answer."), retry_after=5) from error

    async def answers(self, asked: schema.Asked) -> list[dict[str, Any]]:
        """Returns the answers to what is asked, in its order."""
        texts = self.texts_of(asked)
        found = await self.probabilities([text for text in texts if text is not None])
        said = iter(self.engine.answers(found, every=asked.probabilities))
        answers = [{"empty": True} if text is None else next(said) for text in texts]
        self.counted.unsure += sum(bool(each.get("abstained")) for each in answers)
        return answers

    async def explained(self, asked: schema.Asked) -> dict[str, Any]:
        """Returns the answer to one text, and which of its words weighed how much."""
        if len(asked.several) != 1:
            raise Refusal(422, "one", say("One text is explained at a time."))
        text = self.texts_of(asked)[0]
        if text is None:
            return {"model": self.engine.identity, "answer": {"empty": True}, "words": []}
        left_out = pieces(text, most=self.limits.explained_pieces)
        found = await self.probabilities([text, *(each.without for each in left_out)], behind=True)
        said = self.engine.answers(found[:1], every=asked.probabilities)
        words = [
            {"word": whole(piece.word), "weight": weight}
            for piece, weight in zip(left_out, weights(self.engine, found[0], found[1:]), strict=True)
        ]
        return {"model": self.engine.identity, "answer": said[0], "words": words}

    async def about(self) -> dict[str, Any]:
        """Returns what the model is, with the verdict of its report in the language that is spoken."""
        if self.engine.run is None:
            return self.facts
        if self._verdict is None:
            self._verdict = asyncio.create_task(asyncio.to_thread(verdict_or_none, self.engine.run))
        return {**self.facts, "verdict": (await self._verdict).get(language())}


def verdict_or_none(run: Path) -> dict[str, str]:
    """Returns the verdict of a run's report; none where its files do not tell it any more: it answers all the same."""
    try:
        return verdict(run)
    except (KeyError, ValueError, TypeError, OSError):
        return {}
