"""Checks of label leakage: one token in the text, or one other column, that gives the label away."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from finetune.data.checks.examined import TRAIN, Examined, Integers
from finetune.data.checks.finding import Finding, Grid
from finetune.data.columns import matches

SAMPLE = 20_000
"""Training rows looked at."""

LEAST_ROWS = 10
"""Rows of a class that a token must be in: with fewer it may be chance."""

SURE = 0.99
"""Share of the rows with the token that have the label."""

HALF, NEARLY_ALL = 0.5, 0.9
"""Share of the class's rows that have the token: from the first on a warning (a subject's own name can be in so many of
its texts), from the second on severe."""

ORDINARY = 0.9
"""A class of so many of all rows is guessed without any token."""


def token_leaks(data: Examined) -> Iterator[Finding]:
    """A token, or two that stand together, that nearly all texts of a class have and hardly any other."""
    train = np.flatnonzero(data.part == TRAIN)
    if len(train) > SAMPLE:
        train = np.sort(np.random.default_rng(data.seed).choice(train, SAMPLE, replace=False))
    found = sorted(telling_tokens(data, train), key=lambda leak: -leak[3])
    for severity, leaks in (
        ("severe", [leak for leak in found if leak[3] >= NEARLY_ALL]),
        ("warning", [leak for leak in found if leak[3] < NEARLY_ALL]),
    ):
        if leaks:
            token, label, sure, share = leaks[0]
            rows = [row for row in train.tolist() if any(t in _tokens(data, row) for t, *_ in leaks)]
            cells = [(data.classes[c], t, p, s) for t, c, p, s in leaks]
            yield Finding(
                "token_leak",
                "severe" if severity == "severe" else "warning",
                len(rows),
                rows,
                values={
                    "token": token,
                    "label": data.classes[label],
                    "sure": sure,
                    "share": share,
                },
                grid=Grid(("label", "token", "sure", "of_class"), cells),
            )


def telling_tokens(data: Examined, rows: Integers) -> Iterator[tuple[str, int, float, float]]:
    """Gives the most telling token of each class that has one: token, class, certainty, share of the class."""
    of_class = np.bincount(data.class_number[rows], minlength=len(data.classes))
    counts: dict[str, Counter[int]] = {}
    for row in rows.tolist():
        number = int(data.class_number[row])
        for token in _tokens(data, row):
            counts.setdefault(token, Counter())[number] += 1
    best: dict[int, tuple[str, float, float]] = {}
    for token, by_class in counts.items():
        number, count = by_class.most_common(1)[0]
        sure, share = count / by_class.total(), count / of_class[number]
        told = count >= LEAST_ROWS and sure >= SURE and share >= HALF
        # of two that tell as much the shorter: "classe:" and not "classe: clima"
        if told and of_class[number] < ORDINARY * len(rows):
            before = best.get(number)
            if before is None or (share, sure, -len(token)) > (before[2], before[1], -len(before[0])):
                best[number] = token, sure, share
    for number, (token, sure, share) in best.items():
        yield token, number, sure, share


def _tokens(data: Examined, row: int) -> set[str]:
    words = data.text[row].as_py().casefold().split()
    return {*words, *(f"{first} {second}" for first, second in pairwise(words))}


def column_leaks(data: Examined) -> Iterator[Finding]:
    """Another column whose value tells the label: harmless as long as no text was made from it."""
    for name in other_columns(data):
        values = data.cells(name)
        if values is None:
            continue
        by_value: dict[str, Counter[int]] = {}
        for value, number in zip(map(str, values), data.class_number.tolist(), strict=True):
            by_value.setdefault(value, Counter())[number] += 1
        told = sum(counts.most_common(1)[0][1] for counts in by_value.values()) / len(data)
        guessed = np.bincount(data.class_number).max() / len(data)
        # a value that stands once tells everything and nothing
        if told >= SURE and guessed < ORDINARY and len(by_value) <= len(data) / 4:
            yield Finding("column_leak", "note", len(data), values={"column": name, "sure": told})


def other_columns(data: Examined) -> list[str]:
    """Returns the columns that are neither text nor label nor name the groups."""
    used = {name for table in data.tables for name in (table.text_column, table.label_column)}
    names = [str(name) for name in data.tables[0].frame.columns if name not in used]
    return (
        names
        if data.group_column is None
        else [n for n in names if n not in matches(names, data.group_column)]
    )
