"""A column of numbers for the one who gave it: what of them is refused, and what is said of how they were read."""

from collections.abc import Sequence

from finetune.data.labels.numbers import OTHER, Numbers, numbers_of
from finetune.data.reading.cells import where
from finetune.data.reading.dialect import Notes
from finetune.data.reading.loaded import Loaded
from finetune.errors import DataError
from finetune.language.lists import listed
from finetune.language.say import Message

LARGEST = 1e15
"""Beyond it there are no digits left for decimals, and the squares of errors drown all others."""


def numbers_of_column(
    loaded: Loaded, label: Sequence[str], column: str, *, counting: Sequence[int], mark: str | None = None
) -> tuple[Numbers, Notes]:
    """Returns the labels of a column as numbers, and what the user should know of how they were read.

    Args:
        loaded: The table.
        label: [N] the cells as text.
        column: Where they stand.
        counting: Positions of the rows that have one.
        mark: The decimal mark of the table to train on, where that tells it.

    Raises:
        DataError: Most are no numbers, it is not clear which they are, or one is too large to learn.
    """
    only = frozenset(counting)
    cells = loaded.frame[column].tolist()
    # a file with semicolons between its cells is of people who write decimals behind a comma
    usual = mark or ("," if loaded.dialect.delimiter == ";" else None)
    names = [name if at in only else "" for at, name in enumerate(label)]
    numbers = numbers_of(names, cells, usual=usual)
    _refuse_unclear(loaded, label, column, numbers, len(counting))
    _refuse_large(loaded, label, column, numbers)
    spread = Message(
        "labels: numbers, from {low:,.10g} to {high:,.10g}", low=min(numbers.values), high=max(numbers.values)
    )
    notes = [spread]
    notes += [
        Message(
            'labels: the unit "{unit}" is left out of {n:,} cell{others}',
            'labels: the unit "{unit}" is left out of {n:,} cells{others}',
            n=numbers.times[unit],
            unit=unit,
            others=_without(numbers.times.get("", 0)),
        )
        for unit in numbers.units
        if unit
    ]
    if mark is not None and numbers.decimal in OTHER and numbers.decimal != mark:
        notes.append(
            Message(
                'labels: decimals stand behind "{here}", though behind "{mark}" in the table to train on',
                here=numbers.decimal,
                mark=mark,
            )
        )
    if numbers.untold:
        at = next(at for at in counting if numbers.text[at] and set(label[at]) & set(".,"))
        notes.append(
            Message(
                'labels: "{cell}" is read as {value}: no cell tells whether its sign is of decimals or of thousands, '
                'and in the table to train on decimals stand behind "{mark}"',
                cell=label[at],
                value=numbers.text[at],
                mark=mark,
            )
            if mark is not None
            else Message(
                'labels: "{cell}" is read as {value}: no cell tells whether its sign is of decimals or of thousands. '
                "If it is of decimals, write the numbers with another count of them",
                cell=label[at],
                value=numbers.text[at],
            )
        )
    return numbers, tuple(notes)


def _without(count: int) -> Message | str:
    """How many numbers stand without the unit of the others."""
    return Message("; {n:,} has none", "; {n:,} have none", n=count) if count else ""


def _refuse_large(loaded: Loaded, label: Sequence[str], column: str, numbers: Numbers) -> None:
    at = next((at for at, text in enumerate(numbers.text) if text and abs(float(text)) > LARGEST), None)
    if at is not None:
        raise DataError(
            '{source}, column "{column}": {cell} is too large a number to learn. Is it a slip? Else write the whole '
            "column in a larger unit, such as thousands or millions",
            source=loaded.name,
            column=column,
            cell=Message('"{cell}" ({place})', cell=label[at], place=where(loaded.parts, at)),
        )


def _refuse_unclear(loaded: Loaded, label: Sequence[str], column: str, numbers: Numbers, count: int) -> None:
    def placed(position: int) -> Message:
        return Message('"{cell}" ({place})', cell=label[position], place=where(loaded.parts, position))

    if 2 * len(numbers.values) < count or not numbers.values:
        raise DataError(
            '{source}: --task number, and most labels in the column "{column}" are no numbers, such as {cells}. Name '
            "the column of the numbers with --data.label_column, or leave --task away",
            source=loaded.name,
            column=column,
            cells=listed([placed(position) for position in numbers.unread[:3]]),
        )
    if numbers.against:
        (first, one), (second, other) = numbers.against.items()
        raise DataError(
            '{source}, column "{column}": the decimal mark is "{first}" in {one}, and "{second}" in {other}: write all '
            "numbers in one way",
            source=loaded.name,
            column=column,
            first=first,
            one=placed(one),
            second=second,
            other=placed(other),
        )
    if numbers.mixed_units:
        raise DataError(
            '{source}, column "{column}": the numbers are in several units: {cells}. Write all in one, best without '
            "its name",
            source=loaded.name,
            column=column,
            cells=listed(
                [
                    Message("{n:,} such as {cell}", n=numbers.times[unit], cell=placed(at))
                    for unit, at in sorted(numbers.units.items())
                ],
                most=4,
            ),
        )
