"""Which next, and when to stop: what more labels would be worth, in a sentence, by the curve of a simple model."""

from collections.abc import Callable, Sequence

import numpy as np

from finetune.corrections.corrections import Corrections
from finetune.corrections.row import NEW, TEST, TRAIN, Row, keys_of
from finetune.data.dividing.sample import sample
from finetune.evaluation.learning_curve import MOST_ROWS, Curve, gained, learning_curve
from finetune.language.say import AnyMessage, Message
from finetune.tasks.task import SINGLE, Task

SEED = 42

LEAST_MORE, TENTH = 100, 10
"""Rows more that are spoken of: 100, or a tenth of those there are."""

WORTHLESS = 0.01
"""Of macro-F1: what brings less, most likely, is not worth the work of labelling."""


def worth_of(rows: Sequence[Row], task: Task) -> Callable[[Corrections], AnyMessage | None]:
    """Returns what tells, of corrections, what more of them would be worth; it takes seconds of a core.

    Args:
        rows: Those that the run knows, with their labels.
        task: What a label is.
    """

    def worth(found: Corrections) -> AnyMessage | None:
        texts, labels = trained_on(rows, found)
        return sentence(texts, labels, task=task)

    return worth


def trained_on(rows: Sequence[Row], found: Corrections) -> tuple[list[str], list[str]]:
    """Returns the texts and labels that would be trained on: those of the run, with what was corrected and added."""
    learned = [row for row in rows if row.part == TRAIN and row.given is not None]
    held = {key for key, row in _by_key(rows).items() if row.part not in (TRAIN, NEW)}
    said = {key: each.label for key, each in zip(_keys(found), found.agreed, strict=True)}
    texts, labels = {}, {}
    for key, row in zip(keys_of([row.texts for row in learned]), learned, strict=True):
        texts[key], labels[key] = " ".join(row.texts), said.get(key, row.given or "")
    for key, each in zip(_keys(found), found.agreed, strict=True):
        if key not in held and each.row.part in (TRAIN, NEW):
            texts[key], labels[key] = " ".join(each.row.texts), each.label
    return list(texts.values()), list(labels.values())


def _keys(found: Corrections) -> list[str]:
    return keys_of([each.row.texts for each in found.agreed])


def _by_key(rows: Sequence[Row]) -> dict[str, Row]:
    """Of equal texts the one that was held out counts."""
    found: dict[str, Row] = {}
    for key, row in zip(keys_of([row.texts for row in rows]), rows, strict=True):
        if key not in found or row.part == TEST:
            found[key] = row
    return found


def sentence(texts: Sequence[str], labels: Sequence[str], *, task: Task) -> AnyMessage | None:
    """Returns what more rows would be worth; None where nothing can be told of the task.

    Args:
        texts: [N] of the rows that there are.
        labels: [N].
        task: What a label is.
    """
    if task.problem_type != SINGLE or task.score != "f1_macro":
        return None
    number = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    some = np.arange(len(texts)) if len(texts) <= MOST_ROWS else sample(number, MOST_ROWS, SEED)
    curve = learning_curve([texts[at] for at in some.tolist()], number[some], SEED)
    if curve is None:
        return Message(
            "There are {n:,} labels: too few, or too much of one class, to tell what more would be worth. Label some "
            "20 of each class first.",
            n=len(texts),
        )
    return told(curve, len(texts))


def told(curve: Curve, now: int) -> Message:
    """Returns what a curve promises of some more rows.

    Args:
        curve: The curve.
        now: Rows that there are.
    """
    more = max(LEAST_MORE, round(now / TENTH / LEAST_MORE) * LEAST_MORE)
    low, middle, high = of_more(curve, now, more)
    if high < WORTHLESS:
        return Message(
            "{n:,} more labels like these would bring less than a point of macro-F1 to a simple model: it is time to "
            "train again, and to look at what is still wrong.",
            n=more,
        )
    if middle < WORTHLESS:
        return Message(
            "{n:,} more labels like these would bring about a point of macro-F1 to a simple model at best: train again "
            "first, and see.",
            n=more,
        )
    low, high = 100 * max(0.0, low), 100 * high
    if round(100 * middle) == 1:
        return Message(
            "{n:,} more labels like these would be worth about one point of macro-F1 to a simple model, most likely "
            "between {low:.0f} and {high:.0f}.",
            n=more,
            low=low,
            high=high,
        )
    return Message(
        "{n:,} more labels like these would be worth about {points:.0f} points of macro-F1 to a simple model, most "
        "likely between {low:.0f} and {high:.0f}.",
        n=more,
        points=100 * middle,
        low=low,
        high=high,
    )


def of_more(curve: Curve, now: int, more: int) -> tuple[float, float, float]:
    """Returns what so many rows more would be worth, and between what that lies: as wide as the curve's own doubling.

    Args:
        curve: The curve.
        now: Rows that there are.
        more: Rows that are added.
    """
    rows, scores = np.array(curve.rows), np.array(curve.scores)
    gain = gained(rows, scores, now, (now + more) / now)
    of_twice = gained(rows, scores, now)
    share = gain / of_twice if of_twice > 0 else more / now
    half = (curve.interval[1] - curve.interval[0]) / 2 * min(1.0, share)
    return gain - half, gain, gain + half
