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
from finetune.data.dividing.splits import folds
from finetune.data.dividing.stratified import stratified
from finetune.language.say import Message

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

FOLDS = 5
LEAST_ROWS = 50
"""Rows below which five folds say nothing."""

MOST_ROWS = 20_000
"""Rows looked at: those of a larger table are drawn."""

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

    counts = np.bincount(data.class_number)
    rows = np.flatnonzero(counts[data.class_number] >= FOLDS)
    if len(rows) < LEAST_ROWS or (counts >= FOLDS).sum() < 2:
        return
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(data.seed).choice(rows, MOST_ROWS, replace=False))
    names, number = np.unique(data.class_number[rows], return_inverse=True)
    texts = data.text.take(rows).to_pylist()
    divisible = Divisible([data.label[row] for row in rows.tolist()], data.same_words[rows], None)
    probabilities = out_of_fold(
        texts, number, folds(divisible, count=FOLDS, seed=data.seed, split=stratified), len(names), data.seed
    )
    suspects, odds = suspicious(number, probabilities)
    if not len(suspects):
        return
    suggested = probabilities.argmax(axis=1)
    grid = Grid(
        ("line", "label", "suggested", "how_sure", "text"),
        [
            (
                data.marked(int(rows[i])),
                data.label[int(rows[i])],
                data.classes[names[suggested[i]]],
                how_sure(odds[i]),
                texts[i],
            )
            for i in suspects.tolist()
        ],
        whole=True,
    )
    yield _told(rows[suspects].tolist(), grid, looked_at=len(rows))


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


def _told(rows: list[int], grid: Grid, *, looked_at: int) -> Finding:
    sure = Counter(str(row[grid.header.index("how_sure")]) for row in grid.rows)
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
        advice=Message(
            "Read it. If its label is wrong, correct it in your table, at the line given here, and train again: this "
            "helps most.",
            "Read them. Where a label is wrong, correct it in your table, at the line given here, and train again: "
            "this helps most.",
            n=len(rows),
        ),
        grid=grid,
    )


AFTER_TRAINING: tuple[CheckFunction, ...] = (label_errors,)
"""The checks of the data that train a model of their own: too slow to run before each `fit`."""
