"""Checks of the classes: how many rows each has, in which parts, and whether they are enough to judge by."""

from collections.abc import Iterable, Iterator

import numpy as np

from finetune.data.checks.examined import PARTS, TEST, TRAIN, VALIDATION, Examined
from finetune.data.checks.finding import Finding, Grid
from finetune.data.dividing.unlikely_labels import each_its_own
from finetune.data.labels.outputs import known_order
from finetune.language.lists import SHOWN, listed
from finetune.language.numbers import rows as of_rows
from finetune.language.say import AnyMessage, Message
from finetune.language.short import short
from finetune.tasks.task import MULTI

UNEVEN = 10
"""How many times the rows of the smallest class the largest may have before it is worth a word."""

FEW = 10
"""Test rows below which the figures of a class are mostly chance: one row more or less is a tenth."""

SMALL_TEST = 100
"""Test rows below which the whole score is: its standard error is then some 0.03 to 0.05."""


def classes(data: Examined) -> Iterator[Finding]:
    """Rows of each class in each part; classes that are missing, uneven or too small to evaluate."""
    if data.are_numbers:
        return
    row, held = data.held
    counts = np.zeros((len(PARTS), len(data.names_apart)), dtype=np.int64)
    np.add.at(counts, (data.part[row], held), 1)
    yield _counted(data, counts)
    missing = np.flatnonzero(counts[TRAIN] == 0)
    if len(missing):
        n, rows = len(missing), np.unique(row[np.isin(held, missing)])
        yield Finding(
            "class_untrained",
            "severe",
            n,
            rows.tolist(),
            what=Message(
                "class without a training row: {names}",
                "classes without a training row: {names}",
                n=n,
                names=_names(data, missing),
            ),
            advice=Message(
                "Add training rows or remove this class: it cannot be learned.",
                "Add training rows or remove these classes: they cannot be learned.",
                n=n,
            ),
        )
    yield from _uneven(data, counts)
    yield from _held_out(data, counts)
    yield from small_test(data)


def _counted(data: Examined, counts: np.ndarray) -> Finding:
    """How many rows of each part have each label; where they may have several, also how many have none."""
    names = data.names_apart
    in_order = [name for name in known_order(data.tables[0], names) if name in names]
    by_rows = np.argsort(-counts.sum(axis=0), kind="stable").tolist()
    order = [names.index(name) for name in in_order] or by_rows
    cells = [(names[c], *counts[:, c].tolist(), int(counts[:, c].sum())) for c in order]
    of_row = np.bincount(data.held[0], minlength=len(data))  # [N] labels of each
    bare = np.bincount(data.part[of_row == 0], minlength=len(PARTS))
    if bare.any():
        cells.append(("", *bare.tolist(), int(bare.sum())))
    rows = of_rows(len(data))
    several = Message(
        "label in {rows}: {none:,} have none, {one:,} have one, {more:,} have several",
        "labels in {rows}: {none:,} have none, {one:,} have one, {more:,} have several",
        n=len(names),
        rows=rows,
        none=int((of_row == 0).sum()),
        one=int((of_row == 1).sum()),
        more=int((of_row > 1).sum()),
    )
    one_each = Message("class in {rows}", "classes in {rows}", n=len(names), rows=rows)
    return Finding(
        "class_counts",
        "note",
        len(names),
        what=several if data.task.problem_type == MULTI else one_each,
        grid=None if each_its_own(len(cells), len(data)) else Grid(("label", *PARTS, "total"), cells),
    )


def small_test(data: Examined) -> Iterator[Finding]:
    """A test of so few rows that its score is mostly chance."""
    tested = data.rows_of(TEST)
    if 0 < tested < SMALL_TEST:
        yield Finding(
            "test_small",
            "warning",
            tested,
            what=Message(
                "test row in all, fewer than {least}",
                "test rows in all, fewer than {least}",
                n=tested,
                least=SMALL_TEST,
            ),
            advice=Message(
                "Add rows, or do not rely on small differences of the score: with so few they are chance."
            ),
        )


def _held_out(data: Examined, counts: np.ndarray) -> Iterator[Finding]:
    """Classes that the test or the validation misses, and those that it has too few rows of."""
    trained, there = counts[TRAIN] > 0, counts.sum(axis=1) > 0  # [classes], [parts]
    untested, unvalidated = (
        np.flatnonzero((counts[part] == 0) & trained & there[part]) for part in (TEST, VALIDATION)
    )
    if len(untested):
        n, names = len(untested), _names(data, untested)
        yield Finding(
            "class_untested",
            "warning",
            n,
            what=_what(
                data,
                Message(
                    "class without a test row: {names}",
                    "classes without a test row: {names}",
                    n=n,
                    names=names,
                ),
                Message(
                    "label without a test row: {names}",
                    "labels without a test row: {names}",
                    n=n,
                    names=names,
                ),
            ),
            advice=Message(
                "Add rows, or expect no figure for it.", "Add rows, or expect no figure for them.", n=n
            ),
        )
    if len(unvalidated):
        n, names = len(unvalidated), _names(data, unvalidated)
        yield Finding(
            "class_unvalidated",
            "warning",
            n,
            what=_what(
                data,
                Message(
                    "class without a validation row: {names}",
                    "classes without a validation row: {names}",
                    n=n,
                    names=names,
                ),
                Message(
                    "label without a validation row: {names}",
                    "labels without a validation row: {names}",
                    n=n,
                    names=names,
                ),
            ),
            advice=Message(
                "Add rows: the best epoch is chosen without it.",
                "Add rows: the best epoch is chosen without them.",
                n=n,
            ),
        )
    few = np.flatnonzero((counts[TEST] > 0) & (counts[TEST] < FEW))
    if len(few):
        n, names = len(few), _names(data, few)
        yield Finding(
            "class_few",
            "warning",
            n,
            what=_what(
                data,
                Message(
                    "class with fewer than {few} test rows: {names}",
                    "classes with fewer than {few} test rows: {names}",
                    n=n,
                    few=FEW,
                    names=names,
                ),
                Message(
                    "label with fewer than {few} test rows: {names}",
                    "labels with fewer than {few} test rows: {names}",
                    n=n,
                    few=FEW,
                    names=names,
                ),
            ),
            advice=Message(
                "Add rows, or do not rely on its figures: they are mostly chance.",
                "Add rows, or do not rely on their figures: they are mostly chance.",
                n=n,
            ),
        )


def _uneven(data: Examined, counts: np.ndarray) -> Iterator[Finding]:
    train = counts[TRAIN]
    there = np.flatnonzero(train)
    if len(there) < 2:
        return
    largest, smallest = there[train[there].argmax()], there[train[there].argmin()]
    ratio = train[largest] / train[smallest]
    if ratio >= UNEVEN:
        n = int(train[smallest])
        yield Finding(
            "class_uneven",
            "warning",
            n,
            what=Message(
                'training row in the smallest class ("{smallest}"); the largest ("{largest}") has {ratio:,} times as '
                "many",
                'training rows in the smallest class ("{smallest}"); the largest ("{largest}") has {ratio:,} times as '
                "many",
                n=n,
                smallest=data.names_apart[smallest],
                largest=data.names_apart[largest],
                ratio=round(ratio),
            ),
            advice=Message(
                "Look at macro-F1, in which each class counts the same, and at each class, not at accuracy. More rows "
                "of the small classes help most."
            ),
        )


def _what(data: Examined, of_classes: Message, of_labels: Message) -> Message:
    """What was found, of classes or of labels that stand together."""
    return of_labels if data.task.problem_type == MULTI else of_classes


def _names(data: Examined, numbers: Iterable[int]) -> AnyMessage:
    return listed([f'"{short(data.names_apart[number])}"' for number in numbers], most=SHOWN)
