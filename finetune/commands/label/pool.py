"""The rows that somebody may be asked about, what the model says of each, and in which order. Knows no mark."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from finetune.corrections.row import Row, keys_of
from finetune.engines.engine import Engine
from finetune.runtime.answering.answers import NUMBER, Floats

LIKELIEST = 5
"""Labels that are told beside the answer."""

Order = Callable[[], Sequence[tuple[int, str]]]
"""Gives the places of rows, those to be looked at first before others, each with the order that chose it."""


@dataclass(frozen=True)
class Pool:
    """All rows, and what is known of them before anybody said anything.

    Attributes:
        rows: [N].
        probabilities: [N, C] what the model says of each.
        engine: What said it.
        orders: In which order they may be shown, by its name.
        usual: The order where nobody asks for another.
    """

    rows: Sequence[Row]
    probabilities: Floats
    engine: Engine
    orders: Mapping[str, Order]
    usual: str
    _ordered: dict[str, Sequence[tuple[int, str]]] = field(default_factory=dict)

    @cached_property
    def keys(self) -> list[str]:
        """By what each row is known: rows of equal texts have one. [N]"""
        return keys_of([row.texts for row in self.rows])

    @cached_property
    def places(self) -> dict[str, int]:
        """The first place of each key."""
        found: dict[str, int] = {}
        for place, key in enumerate(self.keys):
            found.setdefault(key, place)
        return found

    def ordered(self, name: str) -> Sequence[tuple[int, str]]:
        """Returns places with the order that chose each; the first time may take a while."""
        if name not in self._ordered:
            self._ordered[name] = list(self.orders[name]())
        return self._ordered[name]

    def answer(self, place: int) -> tuple[dict[str, Any], list[tuple[str, float]]]:
        """Returns what the model says of a row, and its likeliest labels."""
        some = self.probabilities[place : place + 1]
        (said,) = self.engine.answers(some, every=False)
        labels = self.engine.model.labels
        if self.engine.model.problem == NUMBER:
            return said, []
        first = np.argsort(-some[0], kind="stable")[:LIKELIEST]
        return said, [(labels[at], round(float(some[0, at]), 4)) for at in first.tolist()]

    def found(self, words: str) -> Iterator[int]:
        """Yields the places of rows in which all words stand, in their order."""
        wanted = folded(words).split()
        for place, row in enumerate(self.rows):
            text = folded(" ".join((*row.texts, row.given or "")))
            if all(word in text for word in wanted):
                yield place


def folded(text: str) -> str:
    """Returns a text as it is searched in: without capitals and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
