"""Checks of the classes: how many rows each has, in which parts, and whether they are enough to judge by."""

from collections.abc import Iterator

import numpy as np

from finetune.data.checks.examined import PARTS, TEST, TRAIN, VALIDATION, Examined
from finetune.data.checks.finding import Finding, Grid
from finetune.language.lists import SHOWN

UNEVEN = 10
"""How many times the rows of the smallest class the largest may have before it is worth a word."""

FEW = 10
"""Test rows below which the figures of a class are mostly chance: one row more or less is a tenth."""

SMALL_TEST = 100
"""Test rows below which the whole score is: its standard error is then some 0.03 to 0.05."""


def classes(data: Examined) -> Iterator[Finding]:
    """Rows of each class in each part; classes that are missing, uneven or too small to evaluate."""
    counts = np.zeros((len(PARTS), len(data.classes)), dtype=np.int64)
    np.add.at(counts, (data.part, data.class_number), 1)
    order = np.argsort(-counts.sum(axis=0), kind="stable")
    cells = [(data.classes[c], *counts[:, c].tolist(), int(counts[:, c].sum())) for c in order]
    yield Finding(
        "class_counts",
        "note",
        len(cells),
        grid=Grid(("label", *PARTS, "total"), cells),
        values={"rows": len(data)},
    )
    missing = np.flatnonzero(counts[TRAIN] == 0)
    if len(missing):
        rows = np.flatnonzero(np.isin(data.class_number, missing))
        yield Finding(
            "class_untrained", "severe", len(missing), rows.tolist(), values={"names": _names(data, missing)}
        )
    yield from _uneven(data, counts)
    for part, code in ((TEST, "class_untested"), (VALIDATION, "class_unvalidated")):
        absent = np.flatnonzero((counts[part] == 0) & (counts[TRAIN] > 0))
        if counts[part].sum() and len(absent):
            yield Finding(code, "warning", len(absent), values={"names": _names(data, absent)})
    tested = counts[TEST].sum()
    few = np.flatnonzero((counts[TEST] > 0) & (counts[TEST] < FEW))
    if len(few):
        yield Finding("class_few", "warning", len(few), values={"few": FEW, "names": _names(data, few)})
    if 0 < tested < SMALL_TEST:
        yield Finding("test_small", "warning", int(tested), values={"least": SMALL_TEST})


def _uneven(data: Examined, counts: np.ndarray) -> Iterator[Finding]:
    train = counts[TRAIN]
    there = np.flatnonzero(train)
    if len(there) < 2:
        return
    largest, smallest = there[train[there].argmax()], there[train[there].argmin()]
    ratio = train[largest] / train[smallest]
    if ratio >= UNEVEN:
        yield Finding(
            "class_uneven",
            "warning",
            int(train[smallest]),
            values={
                "largest": data.classes[largest],
                "smallest": data.classes[smallest],
                "ratio": round(ratio),
            },
        )


def _names(data: Examined, numbers: np.ndarray) -> str:
    names = ", ".join(f'"{data.classes[number]}"' for number in numbers[:SHOWN])
    return names + (" ..." if len(numbers) > SHOWN else "")
