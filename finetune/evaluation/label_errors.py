"""The check of single labels: rows whose label the rest of the table contradicts. Run after training.

Each row is answered by words that learned from other rows; what they answer otherwise is suspicious, the more so the
less probable its label is beside theirs. Of the rules that Northcutt, Jiang and Chuang compare ("Confident Learning:
Estimating Uncertainty in Dataset Labels", 2021) it is the one of low self-confidence among wrong predictions, as odds.
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from finetune.data.checks.doctor import CheckFunction
from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid
from finetune.data.dividing.divisible import Divisible
from finetune.data.dividing.sample import sample
from finetune.data.dividing.splits import folds
from finetune.data.dividing.stratified import stratified
from finetune.language.say import AnyMessage, Message, joined, note
from finetune.tasks.task import SINGLE

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

FOLDS = 5
LEAST_ROWS = 50
"""Rows below which five folds say nothing."""

LEAST_TEXTS = 5
"""Different texts of a class below which nothing is said of its rows: equal ones are held out together."""

LEAST_LEARNED = 3
"""Different texts of a class that have to be learned from, for a row of it to be judged: were there none, its label
would have no probability at all, and any other would look sure."""

MOST_ROWS = 20_000
"""Rows looked at: those of a larger table are drawn."""

MANY_ROWS = 5_000
"""Rows from which on it is said that wrong labels are looked for: it takes longer than one waits without a word."""

LISTED = 20
"""Rows that are listed in any case: of small tables no odds are high, and yet the first of them are often wrong."""

ODDS = {"almost_sure": 30.0, "likely": 10.0, "possible": 4.0}
"""How many times as probable as the label of the table the suggested one is, at least.

Of 5% of labels made wrong (scripts/bench/label_errors.py) in four tables of 1,300 to 3,000 rows and 8 to 150 classes,
three draws each: 94 to 100% of the almost sure ones were of these, 43 to 83% of the likely and 7 to 58% of the possible
ones; of all that are listed 54 to 77%, and they held 77 to 98% of these (the choice of cleanlab 2.9: 42 to 52%, 67 to
77%). Where people do not agree on the labels (insults in tweets) it is 25, 32 and 21%.
"""


def label_errors(data: Examined) -> Iterator[Finding]:
    """Rows that a simple model, trained on the others, would label otherwise with some certainty."""
    from finetune.evaluation.words import out_of_fold

    if data.task.problem_type != SINGLE:
        return  # of several labels, and of numbers, nothing is known that would tell a wrong one
    rows = to_look_at(data)
    if len(rows) < LEAST_ROWS or len(np.unique(data.class_number[rows])) < 2:
        return
    if len(rows) >= MANY_ROWS:
        note(
            "looking for labels that may be wrong, in {n:,} rows: this takes a minute, more with many classes",
            n=len(rows),
        )
    names, number = np.unique(data.class_number[rows], return_inverse=True)
    texts = data.text.take(rows).to_pylist()
    bundle = data.same_words[rows]
    divisible = Divisible([data.label[row] for row in rows.tolist()], bundle, None)
    cuts = []
    for train, held_out in folds(divisible, count=FOLDS, seed=data.seed, split=stratified):
        learned = different_texts(number[train], bundle[train], len(names))  # [C]
        cuts.append((train, held_out[learned[number[held_out]] >= LEAST_LEARNED]))
    probabilities = out_of_fold(texts, number, cuts, len(names), data.seed)
    judged = np.flatnonzero(~np.isnan(probabilities[:, 0]))
    suspects, odds = suspicious(number[judged], probabilities[judged])
    if not len(suspects):
        return
    suggested = probabilities[judged].argmax(axis=1)
    places = rows[judged]
    grid = Grid(
        ("line", "label", "suggested", "how_sure", "text"),
        [
            (
                data.marked(int(places[i])),
                data.label[int(places[i])],
                data.classes[names[suggested[i]]],
                how_sure(odds[i]),
                texts[judged[i]],
            )
            for i in suspects.tolist()
        ],
        whole=True,
    )
    yield _told(places[suspects].tolist(), grid, looked_at=len(judged), every=len(data))


def to_look_at(data: Examined) -> Integers:
    """Returns the rows that are looked at: of classes with enough different texts, of a large table drawn by class."""
    rows = _of_enough_texts(data, np.arange(len(data)))
    if len(rows) <= MOST_ROWS:
        return rows
    return _of_enough_texts(data, rows[sample(data.class_number[rows], MOST_ROWS, data.seed)])


def _of_enough_texts(data: Examined, rows: Integers) -> Integers:
    number = data.class_number[rows]
    return rows[different_texts(number, data.same_words[rows], len(data.classes))[number] >= LEAST_TEXTS]


def different_texts(number: Integers, text: Integers, num_classes: int) -> Integers:
    """Returns how many different texts each class has. [C]

    Args:
        number: [N] class numbers.
        text: [N] the same number for texts that count as equal.
        num_classes: C.
    """
    return np.bincount(np.unique(np.stack([number, text]), axis=1)[0], minlength=num_classes)


def suspicious(given: Integers, probabilities: Floats) -> tuple[Integers, Floats]:
    """Returns the rows whose label is to be looked at, the most suspicious first, and the odds of all rows.

    Args:
        given: [N] class numbers of the table.
        probabilities: [N, C] that each row is given by what did not learn from it.
    """
    own = probabilities[np.arange(len(given)), given]
    odds = probabilities.max(axis=1) / np.maximum(own, np.finfo(np.float64).tiny)  # [N]
    rows = np.flatnonzero(probabilities.argmax(axis=1) != given)
    rows = rows[np.argsort(-odds[rows], kind="stable")]
    return rows[: max(LISTED, int((odds[rows] >= ODDS["possible"]).sum()))], odds


def how_sure(odds: float) -> str:
    """Returns the row of `ODDS` that tells how likely a label is wrong."""
    return next((name for name, least in ODDS.items() if odds >= least), "possible")


def _told(rows: list[int], grid: Grid, *, looked_at: int, every: int) -> Finding:
    sure = Counter(str(row[grid.header.index("how_sure")]) for row in grid.rows)
    advice = Message(
        "Read it. If its label is wrong, correct it in your table, at the line given here, and train again: this "
        "helps most.",
        "Read them. Where a label is wrong, correct it in your table, at the line given here, and train again: "
        "this helps most.",
        n=len(rows),
    )
    return Finding(
        "label_errors",
        "warning" if sure["almost_sure"] else "note",
        len(rows),
        rows,
        what=Message(
            "row (of {looked_at:,}) with a label that the rest of the table contradicts: almost sure {almost_sure:,}, "
            "likely {likely:,}, possible {possible:,}",
            "rows (of {looked_at:,}) with a label that the rest of the table contradicts: almost sure {almost_sure:,}, "
            "likely {likely:,}, possible {possible:,}; the most suspicious ones first",
            n=len(rows),
            looked_at=looked_at,
            almost_sure=sure["almost_sure"],
            likely=sure["likely"],
            possible=sure["possible"],
        ),
        advice=joined([advice, not_looked_at(every - looked_at)]) if every > looked_at else advice,
        grid=grid,
    )


def not_looked_at(n: int) -> AnyMessage:
    """Returns that so many rows were not looked at, and which."""
    return Message(
        "{n:,} other row was not looked at: at most {most:,} rows are, drawn by class, and only of classes with "
        "enough different texts.",
        "{n:,} other rows were not looked at: at most {most:,} rows are, drawn by class, and only of classes with "
        "enough different texts.",
        n=n,
        most=MOST_ROWS,
    )


AFTER_TRAINING: tuple[CheckFunction, ...] = (label_errors,)
"""The checks of the data that train a model of their own: too slow to run before each `fit`."""
