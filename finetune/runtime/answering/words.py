"""What words alone say of a text: TF-IDF counts and logistic regression, as arrays that scikit-learn has found."""

import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .said import Refused, tell

Floats = NDArray[np.float64]

MOST_CHARACTERS = 2_000
"""What is read of a text."""

TOGETHER = "fact_thresholds"
"""The array that tells of labels that stand together: there is a regression for each."""

NUMBERS = "numbers"
"""The array that tells of a regression whose answer is a number."""

WORD = re.compile(r"\w+|[^\w\s]")
BLANKS = re.compile(r"\s\s+")


def words_of(text: str) -> Iterator[str]:
    """Yields the words of a text, single signs too, then each pair of neighbours."""
    found = WORD.findall(text)
    yield from found
    yield from map(" ".join, pairwise(found))


def pieces_of(text: str) -> Iterator[str]:
    """Yields all pieces of two to five letters within the words of a text, a blank at both ends of each."""
    for word in BLANKS.sub(" ", text).split():
        padded = f" {word} "
        for length in range(2, 6):
            yield padded[:length]
            yield from (padded[at : at + length] for at in range(1, len(padded) - length + 1))
            if length >= len(padded):  # a short word counts once
                break


COUNTED = {"words": words_of, "pieces": pieces_of}
"""What is counted, in the order of the columns."""


class Words:
    """What words have learned.

    Args:
        path: The file.
        outputs: C.

    Raises:
        Refused: It is missing or damaged, or has learned of other labels.
    """

    def __init__(self, path: Path, outputs: int) -> None:
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = dict(file)
            self.places = {name: _numbered(arrays[name].tobytes()) for name in COUNTED}
            self.rarity = {name: arrays[f"{name}_idf"].astype(np.float64) for name in COUNTED}
            self.weight, self.bias = arrays["weight"].astype(np.float64), arrays["bias"].astype(np.float64)
            self.classes = arrays["classes"].astype(np.int64)
        except (
            *(OSError, EOFError, ValueError, TypeError, KeyError),
            *(zipfile.BadZipFile, zlib.error),
        ) as error:
            raise Refused(tell("{path} is damaged: put the file of the export back", path=path)) from error
        self.together, self.numbers = TOGETHER in arrays, NUMBERS in arrays
        self.outputs = outputs
        if not self._fit():
            raise Refused(
                tell(
                    "{path} does not go with the {n} label of finetune.json: put the files of the export back",
                    "{path} does not go with the {n} labels of finetune.json: put the files of the export back",
                    path=path,
                    n=outputs,
                )
            )

    def _fit(self) -> bool:
        """Whether the arrays are as large as each other and the labels ask for."""
        counted = [len(self.rarity[name]) for name in COUNTED]
        if counted != [len(self.places[name]) for name in COUNTED] or self.classes.ndim != 1:
            return False
        of_two = len(self.classes) == 2 and not self.together
        rows = 1 if of_two else len(self.classes)
        return (
            self.weight.shape == (rows, sum(counted))
            and self.bias.shape == (rows,)
            and bool(((self.classes >= 0) & (self.classes < self.outputs)).all())
        )

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Returns the probabilities [N, C] of N texts, 0 for a class without training rows; or their numbers [N, 1]."""
        found = np.zeros((len(texts), self.outputs))
        for number, text in enumerate(texts):
            found[number, self.classes] = self._of(text[:MOST_CHARACTERS].lower())
        return found

    def _of(self, text: str) -> Floats:
        logits, begin = self.bias.copy(), 0
        for name, cut in COUNTED.items():
            columns, values = self._counted(name, Counter(cut(text)))
            logits += self.weight[:, begin + columns] @ values
            begin += len(self.rarity[name])
        if self.numbers:
            return np.asarray(logits)
        if self.together:
            return sigmoid(logits)
        if len(logits) == 1:  # of two classes
            second = sigmoid(logits)
            return np.concatenate([1 - second, second])
        odds = np.exp(logits - logits.max())
        return np.asarray(odds / odds.sum())

    def _counted(self, name: str, counts: "Counter[str]") -> tuple[NDArray[np.int64], Floats]:
        """The columns of what is known of a text, and their weighted counts, of length 1 together."""
        places = self.places[name]
        known = [(places[piece], count) for piece, count in counts.items() if piece in places]
        columns = np.array([place for place, _ in known], dtype=np.int64)
        values = (1 + np.log([count for _, count in known])) * self.rarity[name][columns]
        length = np.sqrt(np.square(values).sum())
        return columns, values / length if length else values


def _numbered(content: bytes) -> dict[str, int]:
    return {word: number for number, word in enumerate(json.loads(content.decode("utf-8")))}


def sigmoid(logits: Floats) -> Floats:
    """Returns the probabilities of logits, each by itself."""
    return np.asarray((1 + np.tanh(logits / 2)) / 2)
