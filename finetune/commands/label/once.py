"""What was answered to a request that has a word of its own: sent again, it is answered so again, once done."""

from collections import OrderedDict
from typing import Any

MOST = 20_000
"""Answers that are kept: a page sends again what it sent last."""


class Once:
    """Answers by the words of their requests."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def answer(self, word: str) -> dict[str, Any] | None:
        """Returns what was answered; None where it was not asked yet."""
        return self._answers.get(word)

    def keep(self, word: str, answer: dict[str, Any]) -> dict[str, Any]:
        """Keeps an answer, and returns it."""
        self._answers[word] = answer
        while len(self._answers) > MOST:
            self._answers.popitem(last=False)
        return answer
