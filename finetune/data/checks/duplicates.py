"""Checks of equal texts: within a part, across parts, with different labels. Nearly equal ones: `near_duplicates`."""

from collections.abc import Iterator

import numpy as np

from finetune.data.checks.examined import TEST, TRAIN, VALIDATION, Examined, Integers
from finetune.data.checks.finding import Finding, Grid, by_share

MANY_REPEATED = 0.05
"""Share of training rows that repeat others from which on they are worth a warning."""

MANY_FOLDED = 0.05
"""Share of test rows that differ from one seen only by case and punctuation from which on the score is memory."""

MANY_CONFLICTS = 0.01
"""Share of rows in conflict from which on no figure is to be trusted."""

LISTED_CONFLICTS = 20


def across(data: Examined) -> Iterator[Finding]:
    """Test and validation rows whose text stands in a part that was learned from or chosen by."""
    for code, held, seen in (
        ("test_repeated", TEST, (TRAIN, VALIDATION)),
        ("validation_repeated", VALIDATION, (TRAIN,)),
    ):
        exact = [_standing_in(data, data.same_text, held, (part,)) for part in seen]
        rows = np.unique(np.concatenate(exact))
        folded = _standing_in(data, data.same_words, held, seen)
        if len(folded):
            many = by_share(len(folded), data.rows_of(held), severe=MANY_FOLDED)
            yield Finding(
                code,
                "severe" if held == TEST and (len(rows) or many == "severe") else "warning",
                len(folded),
                [*rows.tolist(), *np.setdiff1d(folded, rows).tolist()],
                values={
                    "exact": len(rows),
                    "train": len(exact[0]),
                },
            )


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
        many = len(repeated) / len(train) >= MANY_REPEATED
        yield Finding("repeated_within", "warning" if many else "note", len(repeated), repeated.tolist())


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
    yield Finding(
        "conflicts",
        by_share(len(exact), len(data), severe=MANY_CONFLICTS),
        len(np.unique(data.same_words[folded])),
        order.tolist(),
        values={
            "exact": len(np.unique(data.same_text[exact])),
            "rows": len(folded),
        },
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
