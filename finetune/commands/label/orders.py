"""ORDERS: in which order rows are shown, each a function of what is known of them. To add one, add its row.

Each gives the rows that it has something to say of, those to be looked at first before others; `mixed` takes turns.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.commands.label.spread import spread_out
from finetune.commands.label.twins import contradicted
from finetune.evaluation.label_errors import suspicious
from finetune.runtime.answering.answers import MULTI, NUMBER, Answer, Floats

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

LEAST = 1e-12
"""What stands for a probability of 0 where odds are taken."""

SPREAD = 500
"""Rows that are chosen to lie far from each other; nobody labels more before the model is trained anew."""


@dataclass(frozen=True)
class Known:
    """What is known of N rows.

    Attributes:
        texts: [N] of each, two as one.
        given: [N] its label, as the task writes it; None where it has none.
        problem: What plain transformers goes by.
        labels: [C] names of the outputs.
        probabilities: [N, C] what the model says; of a number [N, 1].
        answer: What that makes of it.
        parts: Gives the names in a label.
        disagree: [N] whether network and words say different things; None where one answers alone.
        vectors: Gives a vector for each of some rows, by which they are near each other.
        seed: Of what is left to chance.
    """

    texts: Sequence[str]
    given: Sequence[str | None]
    problem: str
    labels: Sequence[str]
    probabilities: Floats
    answer: Answer
    parts: Callable[[str], tuple[str, ...]]
    disagree: Booleans | None
    vectors: Callable[[Sequence[str]], Any]
    seed: int = 42
    kept: dict[str, Integers] = field(default_factory=dict)

    @cached_property
    def candidates(self) -> Integers:
        """The rows without a label; all where each has one."""
        none = np.flatnonzero([label is None for label in self.given])
        return none if len(none) else np.arange(len(self.given))

    @cached_property
    def doubt(self) -> Floats:
        """How unsure the model is of each row: of a number how wide its interval is. [N]"""
        answer = self.answer
        if self.problem != NUMBER:
            return np.asarray(1 - answer.confidence)
        if answer.low is None or answer.high is None:
            return np.zeros(len(answer.predicted))
        return np.asarray(answer.high - answer.low)


def unsure(known: Known) -> Integers:
    """Those of which the model is least sure first; of equal ones chance decides."""
    doubt = known.doubt[known.candidates]
    if not len(doubt) or doubt.max() == doubt.min():
        return np.zeros(0, dtype=np.int64)
    shuffled = np.random.default_rng(known.seed).permutation(len(doubt))
    return known.candidates[shuffled[np.argsort(-doubt[shuffled], kind="stable")]]


def diverse(known: Known) -> Integers:
    """Of the less sure half those that are unlike each other: together they cover what there is."""
    order = unsure(known)
    half = order[: max(1, (len(order) + 1) // 2)] if len(order) else known.candidates
    if len(half) < 2:
        return half
    vectors = known.vectors([known.texts[at] for at in half.tolist()])
    return np.asarray(half[spread_out(vectors, min(SPREAD, len(half)))])


def wrong_label(known: Known) -> Integers:
    """Those whose label the model's answer contradicts, the surest contradiction first."""
    labelled = np.flatnonzero([label is not None for label in known.given])
    if not len(labelled):
        return labelled
    given = [known.given[at] or "" for at in labelled.tolist()]
    if known.problem == NUMBER:
        return labelled[_far_off(given, known, labelled)]
    if known.problem == MULTI:
        return labelled[_against_sets(given, known, labelled)]
    number = {label: place for place, label in enumerate(known.labels)}
    is_known = np.array([label in number for label in given])
    rows = labelled[is_known]
    numbers = np.array([number[label] for label in given if label in number], dtype=np.int64)
    suspects, _ = suspicious(numbers, known.probabilities[rows]) if len(rows) else (numbers, None)
    return np.asarray(rows[suspects])


def _far_off(given: Sequence[str], known: Known, rows: Integers) -> Integers:
    """Numbers outside of the interval of the answer, the furthest in widths of it first."""
    truth = np.array([float(label) for label in given])
    off = np.abs(truth - known.answer.predicted[rows])
    width = known.doubt[rows] / 2
    outside = np.flatnonzero((width > 0) & (off > width))
    return outside[np.argsort(-(off[outside] / width[outside]), kind="stable")]


def _against_sets(given: Sequence[str], known: Known, rows: Integers) -> Integers:
    """Sets of labels of which one is missing or too much by the answer, the most probable mistake first."""
    names = [set(known.parts(label)) for label in given]
    truth = np.array([[label in each for label in known.labels] for each in names], dtype=bool)
    shares = known.probabilities[rows]
    own = np.where(truth, shares, 1 - shares)
    odds = ((1 - own) / np.maximum(own, LEAST)).max(axis=1)
    wrong = np.flatnonzero((truth != (known.answer.predicted[rows] > 0.5)).any(axis=1))
    return wrong[np.argsort(-odds[wrong], kind="stable")]


def contradiction(known: Known) -> Integers:
    """Equal or nearly equal texts with different labels, side by side; then rows where network and words differ."""
    given = [None if label is None else "|".join(sorted(known.parts(label))) for label in known.given]
    twins = np.zeros(0, dtype=np.int64) if known.problem == NUMBER else contradicted(known.texts, given)
    if known.disagree is None:
        return twins
    differ = np.intersect1d(known.candidates, np.flatnonzero(known.disagree))
    differ = differ[np.argsort(-known.doubt[differ], kind="stable")]
    return np.concatenate([twins, differ[~np.isin(differ, twins)]])


def random(known: Known) -> Integers:
    """Any row as soon as any other: of these alone one can say how often the model is right."""
    return np.random.default_rng(known.seed + 1).permutation(known.candidates)


MIXED = "mixed"
"""Takes turns between the others."""

ORDERS: dict[str, Callable[[Known], Integers]] = {
    "unsure": unsure,
    "diverse": diverse,
    "wrong_label": wrong_label,
    "contradiction": contradiction,
    "random": random,
}

NAMES = (MIXED, *ORDERS)


def ordered(name: str, known: Known) -> list[tuple[int, str]]:
    """Returns rows in an order, each with the row of ORDERS that chose it.

    Args:
        name: A row of ORDERS, or `MIXED`.
        known: What is known of the rows.
    """
    if name != MIXED:
        return [(int(at), name) for at in _of(name, known)]
    return list(_in_turns({each: _of(each, known) for each in ORDERS}))


def _of(name: str, known: Known) -> Integers:
    """The rows of an order, which is asked once."""
    if name not in known.kept:
        known.kept[name] = ORDERS[name](known)
    return known.kept[name]


def _in_turns(orders: dict[str, Integers]) -> Iterator[tuple[int, str]]:
    """One of each in turn, and no row twice: whose turn it is gives the next that none has given."""
    seen: set[int] = set()
    queues = {name: iter(rows.tolist()) for name, rows in orders.items()}
    while queues:
        for name, queue in list(queues.items()):
            row = next((at for at in queue if at not in seen), None)
            if row is None:
                del queues[name]
                continue
            seen.add(row)
            yield row, name
