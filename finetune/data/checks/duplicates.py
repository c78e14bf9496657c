"""Checks of equal texts: within a part, across parts, with different labels. Nearly equal ones: `near_duplicates`."""

from collections.abc import Iterator

import numpy as np

from finetune.data.checks.examined import TEST, TRAIN, VALIDATION, Examined, Integers
from finetune.data.checks.finding import Finding, Grid, by_share
from finetune.language.say import Message

MANY_REPEATED = 0.05
"""Share of training rows that repeat others from which on they are worth a warning."""

MANY_FOLDED = 0.05
"""Share of test rows that differ from one seen only by case and punctuation from which on the score is memory."""

MANY_CONFLICTS = 0.01
"""Share of rows in conflict from which on no figure is to be trusted."""

LISTED_CONFLICTS = 20


def across(data: Examined) -> Iterator[Finding]:
    """Test and validation rows whose text stands in a part that was learned from or chosen by."""
    rows, exact, in_train = _repeated(data, TEST, (TRAIN, VALIDATION))
    n = len(rows)
    if n:
        many = by_share(n, data.rows_of(TEST), severe=MANY_FOLDED)
        yield Finding(
            "test_repeated",
            "severe" if exact else many,
            n,
            rows,
            what=Message(
                "test row whose text stands in training or validation, case and punctuation aside (equal letter by "
                "letter: {exact:,}, of these in training: {train:,})",
                "test rows whose text stands in training or validation, case and punctuation aside (equal letter by "
                "letter: {exact:,}, of these in training: {train:,})",
                n=n,
                exact=exact,
                train=in_train,
            ),
            advice=Message(
                "Delete it from one side: on it the score shows memory, not skill.",
                "Delete them from one side: on them the score shows memory, not skill.",
                n=n,
            ),
        )
    rows, exact, _ = _repeated(data, VALIDATION, (TRAIN,))
    n = len(rows)
    if n:
        yield Finding(
            "validation_repeated",
            "warning",
            n,
            rows,
            what=Message(
                "validation row whose text stands in training, case and punctuation aside (equal letter by letter: "
                "{exact:,})",
                "validation rows whose text stands in training, case and punctuation aside (equal letter by letter: "
                "{exact:,})",
                n=n,
                exact=exact,
            ),
            advice=Message(
                "Delete it from one side: it makes the model look better than it is while it is chosen.",
                "Delete them from one side: they make the model look better than it is while it is chosen.",
                n=n,
            ),
        )


def _repeated(data: Examined, held: int, seen: tuple[int, ...]) -> tuple[list[int], int, int]:
    """A part's rows whose text was seen, first those equal to the letter; how many these are, and in the first part."""
    exact = [_standing_in(data, data.same_text, held, (part,)) for part in seen]
    rows = np.unique(np.concatenate(exact))
    folded = _standing_in(data, data.same_words, held, seen)
    return [*rows.tolist(), *np.setdiff1d(folded, rows).tolist()], len(rows), len(exact[0])


def _standing_in(data: Examined, same: Integers, held: int, seen: tuple[int, ...]) -> Integers:
    """Positions of the rows of a part whose text stands in one of the others."""
    mine = np.flatnonzero(data.part == held)
    there = np.unique(same[np.isin(data.part, seen)])
    return mine[np.isin(same[mine], there)]


def within(data: Examined) -> Iterator[Finding]:
    """Training rows that repeat an earlier one, text and label."""
    train = np.flatnonzero(data.part == TRAIN)
    pair = data.same_text[train] * len(data.classes) + data.class_number[train]
    _, first = np.unique(pair, return_index=True)
    repeated = np.setdiff1d(train, train[first])
    if len(repeated):
        n = len(repeated)
        yield Finding(
            "repeated_within",
            "warning" if n / len(train) >= MANY_REPEATED else "note",
            n,
            repeated.tolist(),
            what=Message(
                "training row that repeats an earlier one, text and label",
                "training rows that repeat an earlier one, text and label",
                n=n,
            ),
            advice=Message(
                "Delete it if such a text is not really that frequent.",
                "Delete them if such texts are not really that frequent.",
                n=n,
            ),
        )


def conflicts(data: Examined) -> Iterator[Finding]:
    """The same text with different labels: no model can learn both."""
    exact, folded = (in_conflict(same, data.class_number) for same in (data.same_text, data.same_words))
    if not len(folded):
        return
    order = folded[np.argsort(data.same_words[folded], kind="stable")]
    # all rows of a text together, as the user has to look at them, and first those that are equal to the letter
    order = order[np.argsort(~np.isin(data.same_words[order], data.same_words[exact]), kind="stable")]
    listed = [
        (data.marked(row), data.label[row], data.excerpt(row)) for row in order[:LISTED_CONFLICTS].tolist()
    ]
    n = len(np.unique(data.same_words[folded]))
    many = by_share(len(exact), len(data), severe=MANY_CONFLICTS)
    yield Finding(
        "conflicts",
        "warning" if data.are_numbers else many,  # prices differ from day to day
        n,
        order.tolist(),
        what=Message(
            "text that stands with different labels in {rows:,} rows, case and punctuation aside (equal letter by "
            "letter: {exact:,})",
            "texts that stand with different labels in {rows:,} rows, case and punctuation aside (equal letter by "
            "letter: {exact:,})",
            n=n,
            rows=len(folded),
            exact=len(np.unique(data.same_text[exact])),
        ),
        advice=Message(
            "Decide on one label for it: no model can learn both.",
            "Decide on one label for each text: no model can learn both.",
            n=n,
        ),
        grid=Grid(("line", "label", "text"), listed),
    )


def in_conflict(same: Integers, label: Integers) -> Integers:
    """Returns the positions of rows whose text stands somewhere with another label.

    Args:
        same: [N] a number for each text.
        label: [N] class numbers.
    """
    order = np.lexsort((label, same))
    starts = np.flatnonzero(np.r_[True, np.diff(same[order]) != 0])
    # sorted by label within a text: first and last are equal where all are
    ends = np.r_[starts[1:], len(order)] - 1
    differs = label[order[starts]] != label[order[ends]]
    return np.flatnonzero(np.isin(same, same[order[starts[differs]]]))
