"""What is known of rows by which they are held against others: four things of each, and no text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from finetune.commands.watch.drift.counted import PLACES, counted
from finetune.runtime.answering.answers import MULTI, NUMBER, Floats
from finetune.runtime.answering.model import Model

VALUES = ("unsure", "doubt", "answers", "lengths")
OF_COUNTS = ("data", "indices", "indptr")


@dataclass(frozen=True)
class Rows:
    """N rows.

    Attributes:
        unsure: [N] whether the model would rather not have answered.
        doubt: [N] how little sure it is, from 0 to 1; NaN of numbers.
        answers: [N, C] which labels it gives; the number, of numbers. [N, 1]
        lengths: [N] characters.
        counts: [N, PLACES] of its words.
    """

    unsure: NDArray[np.bool_]
    doubt: Floats
    answers: Floats
    lengths: Floats
    counts: csr_array

    def __len__(self) -> int:
        return len(self.unsure)

    def at(self, places: Sequence[int] | NDArray[np.int64]) -> "Rows":
        """Returns some of them."""
        chosen = np.asarray(places, dtype=np.int64)
        return Rows(**{name: getattr(self, name)[chosen] for name in (*VALUES, "counts")})

    def and_then(self, others: "Rows") -> "Rows":
        """Returns these and others behind them."""
        both = {name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in VALUES}
        return Rows(**both, counts=csr_array(vstack([self.counts, others.counts])))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Returns them as arrays that a file keeps."""
        values = {name: getattr(self, name) for name in VALUES}
        return values | {name: getattr(self.counts, name) for name in OF_COUNTS}


def rows_of_arrays(arrays: Mapping[str, NDArray[Any]]) -> Rows:
    """Returns the rows that a file has kept.

    Raises:
        ValueError, KeyError: They do not go together.
    """
    shape = len(arrays["unsure"]), PLACES
    counts = csr_array(tuple(arrays[name] for name in OF_COUNTS), shape=shape)
    counts.check_format()
    found = Rows(**{name: arrays[name] for name in VALUES}, counts=counts)
    if {len(each) for each in (found.doubt, found.answers, found.lengths)} != {len(found)}:
        raise ValueError(shape)
    return found


def rows_of(model: Model, probabilities: Floats, texts: Sequence[str]) -> Rows:
    """Returns what is known of answered rows.

    Args:
        model: What has answered.
        probabilities: [N, C] what it says of each output.
        texts: Of the rows. [N]
    """
    answer = model.answer(probabilities)
    given = answer.predicted.astype(np.float64)
    if model.problem == NUMBER:
        given = given[:, None]
    elif model.problem != MULTI:
        given = np.eye(len(model.labels))[answer.predicted]
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    return Rows(answer.abstained, 1 - answer.confidence, given, lengths, counted(texts))
