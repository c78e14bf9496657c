"""What the labels of a column are where no one says it: only what leaves no doubt is taken, the rest is proposed."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from finetune.data.labels.joined import LOOKED_AT, likely_mark, sure_mark
from finetune.data.labels.numbers import CELL, MONEY, NOTHING, Numbers, numbers_of
from finetune.data.labels.order import likely_order, order_option
from finetune.data.labels.wish import LabelWish
from finetune.data.reading.dialect import Notes
from finetune.language.say import Message
from finetune.language.short import short
from finetune.tasks.ordinal import NUMBER, ORDINAL
from finetune.tasks.single_label import single_label
from finetune.tasks.table import AUTO, task_of
from finetune.tasks.task import Task

MOSTLY_NUMBERS = 0.95
"""Share of the labels that have to be numbers for that to be what they are."""

DIFFERENT, OF_ALL = 20, 0.25
"""Different numbers with decimals, at least and of all rows, from which on they are no codes."""

MANY_DIFFERENT, OF_MANY = 100, 0.05
"""The same of large tables."""

MAY_BE_NUMBERS = 20
"""Different numbers from which on it is asked whether they count something."""


def decided(labels: Sequence[str], cells: Sequence[object], wish: LabelWish) -> tuple[Task, Notes]:
    """Returns the task, the one that is asked or what the labels surely are; and what they may be besides.

    Args:
        labels: [N] those that say something, as text.
        cells: [N] the same as the table holds them.
        wish: What is asked.
    """
    if wish.task != AUTO:
        return task_of(wish.task), ()
    if wish.order:
        return task_of(ORDINAL), ()
    names = Counter(labels)
    written = sum(count for name, count in names.items() if CELL.fullmatch(name))
    cell_of = dict(zip(reversed(labels), reversed(cells), strict=True))  # the first of each
    some = list(islice(names, LOOKED_AT))
    numbers = (
        numbers_of(some, [cell_of[name] for name in some])
        if written >= MOSTLY_NUMBERS * len(labels)
        else NOTHING
    )
    if surely_numbers(numbers, looked_at=len(some), different=len(names), count=len(labels)):
        told = Message(
            "{n:,} different labels are numbers with decimals, to be estimated; as classes with --task single_label",
            n=len(names) - len(numbers.unread),
        )
        return task_of("number"), (told,)
    mark = sure_mark(names)
    if mark is not None:
        told = Message(
            'labels: several at once, joined by "{mark}"; each cell as one class with --task single_label',
            mark=mark,
        )
        return task_of("multi_label"), (told,)
    return single_label(), _may_be(names, numbers, len(labels))


def surely_numbers(numbers: Numbers, *, looked_at: int, different: int, count: int) -> bool:
    """Returns whether labels measure something: nearly all numbers, most with decimals, too many for names of classes.

    Args:
        numbers: Some of the different labels, read as numbers.
        looked_at: How many those are.
        different: How many different labels there are.
        count: How many rows.
    """
    plain = set(numbers.units) <= {"", "%", *MONEY} and not numbers.mixed_units
    return (
        len(numbers.values) >= MOSTLY_NUMBERS * looked_at
        and 2 * numbers.fractions > len(numbers.values)
        and (different >= max(DIFFERENT, OF_ALL * count) or different >= max(MANY_DIFFERENT, OF_MANY * count))
        and plain
        and not numbers.coded
        and not numbers.against
    )


def _may_be(names: Counter[str], numbers: Numbers, count: int) -> Notes:
    """What labels may be besides classes, with the option to copy."""
    order = likely_order(names)
    if order is not None:
        given = [] if all(map(NUMBER.fullmatch, order)) else [order_option(order)]
        options = " ".join(["--task ordinal", *given])
        return (
            Message(
                "labels: one class each. If they stand in an order ({order}), so that to be off by one is less wrong "
                "than by two, add:\n  {options}",
                order=" < ".join(short(name) for name in order),
                options=options,
            ),
        )
    if _may_be_numbers(names, numbers, count):
        told = Message(
            "labels: one class each, {n:,} in all. If they are numbers to be estimated, add:\n  --task number",
            n=len(names),
        )
        return (told,)
    mark = likely_mark(names)
    if mark is not None:
        return (
            Message(
                'labels: one class each, {n:,} in all. If "{mark}" joins several labels of a row, add:\n'
                "  --task multi_label",
                n=len(names),
                mark=mark,
            ),
        )
    return ()


def _may_be_numbers(names: Counter[str], numbers: Numbers, count: int) -> bool:
    """Whether so many labels may count or measure something: no codes, and no row numbers."""
    values = set(numbers.values)
    if len(values) < MAY_BE_NUMBERS or numbers.coded:
        return False
    each_its_own = len(names) == count
    return not (each_its_own and (max(values) - min(values) + 1 == count or count > LOOKED_AT))
