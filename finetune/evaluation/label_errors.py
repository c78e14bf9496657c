"""The check of single labels: rows whose label the rest of the table contradicts. Run after training.

Confident learning: Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels" (2021), by
the package cleanlab.
"""

from collections.abc import Iterator

import numpy as np

from finetune.data.checks.doctor import CheckFunction
from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid
from finetune.data.dividing.divisible import Divisible
from finetune.data.dividing.splits import folds
from finetune.data.dividing.stratified import stratified
from finetune.language.say import Message
from finetune.plugins import have, require

FOLDS = 5
LEAST_ROWS = 50
"""Rows below which five folds say nothing."""

MOST_ROWS = 20_000
"""Rows looked at: those of a larger table are drawn."""

LISTED = 20


def label_errors(data: Examined) -> Iterator[Finding]:
    """Rows that a simple model, trained on the others, would label otherwise with some certainty."""
    from finetune.evaluation.words import out_of_fold

    counts = np.bincount(data.class_number)
    rows = np.flatnonzero(counts[data.class_number] >= FOLDS)
    if len(rows) < LEAST_ROWS or (counts >= FOLDS).sum() < 2:
        return
    if not have("cleanlab"):
        yield Finding(
            "label_errors_unknown",
            "note",
            0,
            what=Message("likely label errors: not looked for, the package cleanlab is not installed"),
            advice=Message('Install it:\n  pip install "finetune-text[clean]"'),
        )
        return
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(data.seed).choice(rows, MOST_ROWS, replace=False))
    names, number = np.unique(data.class_number[rows], return_inverse=True)
    texts = data.text.take(rows).to_pylist()
    divisible = Divisible([data.label[row] for row in rows.tolist()], data.same_words[rows], None)
    probabilities = out_of_fold(
        texts, number, folds(divisible, count=FOLDS, seed=data.seed, split=stratified), len(names), data.seed
    )
    find = require("cleanlab.filter", "clean").find_label_issues
    likely = int(find(number, probabilities, n_jobs=1).sum())
    # its own choice leaves out many errors of small tables: the most suspicious rows are shown whatever their number
    suspects = find(
        number,
        probabilities,
        filter_by="predicted_neq_given",
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )[: max(LISTED, likely)]
    if not len(suspects):
        return
    suggested = probabilities.argmax(axis=1)
    shown = [
        (
            data.marked(int(rows[i])),
            data.label[int(rows[i])],
            data.classes[names[suggested[i]]],
            float(probabilities[i, number[i]]),
            data.excerpt(int(rows[i])),
        )
        for i in suspects[:LISTED]
    ]
    n = len(suspects)
    yield Finding(
        "label_errors",
        "note",
        n,
        rows[suspects].tolist(),
        what=Message(
            "row (of {looked_at:,}) with a label that the rest of the table contradicts",
            "rows (of {looked_at:,}) with a label that the rest of the table contradicts, the most suspicious ones "
            "first",
            n=n,
            looked_at=len(rows),
        ),
        advice=Message(
            "Look at it and correct the label if it is wrong.",
            "Look at them and correct the labels that are wrong.",
            n=n,
        ),
        grid=Grid(("line", "label", "suggested", "sure_of_label", "text"), shown),
    )


AFTER_TRAINING: tuple[CheckFunction, ...] = (label_errors,)
"""The checks of the data that train a model of their own: too slow to run before each `fit`."""
