"""Checks of label leakage: one token in the text, or one other column, that gives the label away."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from finetune.data.checks.examined import TRAIN, Examined, Integers
from finetune.data.checks.finding import Finding, Grid, Severity, Share
from finetune.data.reading.columns import matches
from finetune.language.say import Message

MOST_WORDS = 500_000
"""Words looked at: rows are drawn until there are so many."""

FIRST_WORDS, LAST_WORDS = 100, 20
"""Of a text: what gives a label away stands in front or at the end."""

LEAST_ROWS = 10
"""Rows of a class that a token must be in: with fewer it may be chance."""

MANY_ROWS = 30
"""Rows below which it is not severe: a small class can have its subject in every text."""

SURE = 0.99
"""Share of the rows with the token that have the label."""

HALF, NEARLY_ALL = 0.5, 0.9
"""Share of the class's rows that have the token: from the first on a warning (a subject's own name can be in so many of
its texts), from the second on severe."""

ORDINARY = 0.9
"""A class of so many of all rows is guessed without any token."""


@dataclass(frozen=True)
class Leak:
    """A token that tells a class: how sure it is, and which share of the class has it."""

    token: str
    class_number: int
    sure: float
    share: float
    rows: int


def token_leaks(data: Examined) -> Iterator[Finding]:
    """A token, or two that stand together, that nearly all texts of a class have and hardly any other."""
    train = np.flatnonzero(data.part == TRAIN)
    found = sorted(telling_tokens(data, np.random.default_rng(data.seed).permutation(train)), key=_weight)
    severe = [leak for leak in found if leak.share >= NEARLY_ALL and leak.rows >= MANY_ROWS]
    kinds: tuple[tuple[Severity, list[Leak]], ...] = (
        ("severe", severe),
        ("warning", [leak for leak in found if leak not in severe]),
    )
    for severity, leaks in kinds:
        if leaks:
            telling = {leak.token for leak in leaks}
            rows = [row for row in train.tolist() if telling & _tokens(data, row)]
            yield Finding(
                "token_leak",
                severity,
                len(rows),
                rows,
                what=Message(
                    'training row gives its label away by one word or pair of words, such as "{token}" for "{label}": '
                    "{sure} of the rows with it have that label, {share} of the class have it",
                    'training rows give their label away by one word or pair of words, such as "{token}" for '
                    '"{label}": {sure} of the rows with it have that label, {share} of the class have it',
                    n=len(rows),
                    token=leaks[0].token,
                    label=data.classes[leaks[0].class_number],
                    sure=Share(leaks[0].sure),
                    share=Share(leaks[0].share),
                ),
                advice=Message(
                    "If new texts will not have it, remove it: the model would learn it and nothing else."
                ),
                grid=Grid(
                    ("label", "token", "sure", "of_class"),
                    [(data.classes[leak.class_number], leak.token, leak.sure, leak.share) for leak in leaks],
                ),
            )


def _weight(leak: Leak) -> tuple[float, float, bool, int, str]:
    """What tells most first; of equal ones a single word, and a long one: "as abelhas" are told by the second.

    The word itself comes last, so that each process takes the same one.
    """
    return -leak.share, -leak.sure, " " in leak.token, -len(leak.token), leak.token


def telling_tokens(data: Examined, rows: Integers) -> list[Leak]:
    """Returns the most telling token of each class that has one, by as many of the rows as are looked at."""
    seen: Counter[str] = Counter()
    looked_at, words = 0, 0
    for row in rows.tolist():
        tokens = _tokens(data, row)
        seen.update(tokens)
        looked_at, words = looked_at + 1, words + len(tokens) // 2
        if words >= MOST_WORDS:
            break
    rows = rows[:looked_at]
    often = {token for token, count in seen.items() if count >= LEAST_ROWS}
    of_class = np.bincount(data.class_number[rows], minlength=len(data.classes))
    counts: dict[str, Counter[int]] = {token: Counter() for token in often}
    for row in rows.tolist():
        for token in _tokens(data, row) & often:
            counts[token][int(data.class_number[row])] += 1
    best: dict[int, Leak] = {}
    for token, by_class in counts.items():
        number, count = by_class.most_common(1)[0]
        leak = Leak(token, number, count / by_class.total(), count / int(of_class[number]), count)
        told = count >= LEAST_ROWS and leak.sure >= SURE and leak.share >= HALF
        if told and of_class[number] < ORDINARY * len(rows):
            best[number] = min(leak, best.get(number, leak), key=_weight)
    return list(best.values())


def _tokens(data: Examined, row: int) -> set[str]:
    words = data.text[row].as_py().casefold().split()
    if len(words) > FIRST_WORDS + LAST_WORDS:
        words = words[:FIRST_WORDS] + words[-LAST_WORDS:]
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
        right = sum(counts.most_common(1)[0][1] for counts in by_value.values())
        told = right / len(data)
        guessed = np.bincount(data.class_number).max() / len(data)
        # a value that stands once tells everything and nothing
        if told >= SURE and guessed < ORDINARY and len(by_value) <= len(data) / 4:
            yield Finding(
                "column_leak",
                "note",
                right,
                what=Message(
                    'row whose label can be told from the column "{column}" ({sure} of all)',
                    'rows whose label can be told from the column "{column}" ({sure} of all)',
                    n=right,
                    column=name,
                    sure=Share(told),
                ),
                advice=Message(
                    "The model does not read that column. Make sure that it did not go into the texts."
                ),
            )


def other_columns(data: Examined) -> list[str]:
    """Returns the columns that are neither text nor label nor name the groups."""
    used = {name for table in data.tables for name in (*table.text_columns, table.label_column)}
    names = [str(name) for name in data.tables[0].frame.columns if name not in used]
    return (
        names
        if data.group_column is None
        else [n for n in names if n not in matches(names, data.group_column)]
    )
