"""Labels that look as if another column were meant: a protocol, a date, a price, the text. Refuses none by itself."""

import re
from collections.abc import Sequence
from statistics import median

from finetune.data.batching.batches import Integers
from finetune.data.labels.class_names import folded_label
from finetune.data.reading.column_hints import example
from finetune.data.reading.table import Table
from finetune.language.lists import quoted
from finetune.language.numbers import rows
from finetune.language.say import Message
from finetune.language.typed import command_line
from finetune.tasks.task import NUMBER as OF_NUMBERS

ENOUGH_ROWS = 20
"""Rows below which nearly as many labels as rows say nothing."""

MOSTLY = 0.5
"""Labels per row from which on each row is nearly a class of its own."""

MEASURED = 10
"""Different dates or numbers with decimals from which on they measure something, and name no class."""

AGES = 30
"""Different whole numbers from which on they count something; fewer may name classes."""

PER_ROW = 0.1
"""Different dates or numbers for each row below which they may name classes all the same."""

FEW_TEXTS = 0.1
"""Different texts per row up to which a column of texts looks like one of labels."""

LONG = 40
"""Letters of a label, in the middle of all, from which on they are texts."""

NUMBER = re.compile(r"(?:R\$ ?)?[-+]?[0-9][0-9.,]*%?")
DECIMAL = re.compile(r"(?:R\$ ?)?[-+]?[0-9]+(?:[.,][0-9]+)+%?")
DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[ T].*)?")


def unlikely_labels(table: Table, index: Integers) -> Message | None:
    """Returns that rows have labels as no classes are, and which column could be meant; None where they may well be.

    Args:
        table: The table.
        index: Which of its texts. [N]
    """
    if table.task.problem_type == OF_NUMBERS:
        return None
    labels = [part for i in index for part in table.task.parts((table.label or [])[i])]
    names = set(labels)
    if not labels or table.label_columns:
        return None
    if not hardly_repeated(labels) and not _measured(names, len(labels)):
        return None
    texts = table.texts(index)
    one = len(table.text_columns) == 1
    if one and len(set(texts)) <= FEW_TEXTS * len(texts) and _length(texts) < _length(labels):
        return _swapped(table, len(set(texts)), len(names), len(labels))
    columns = [str(name) for name in table.frame.columns]
    others = [name for name in columns if name not in (*table.text_columns, table.label_column)]
    return Message(
        '{source}: is "{column}" the label column? {rows} have {n:,} different labels in it{kind}, and a label has to '
        "stand in several rows to be learned. The columns are {columns}: name that of the labels with "
        "--data.label_column{example}"
        if others
        else '{source}: {rows} have {n:,} different labels in the column "{column}"{kind}, and no other column could '
        "be meant: a label can only be learned where it stands in several rows, so give rows of one kind the same "
        "label",
        source=table.source,
        column=table.label_column,
        rows=rows(len(index)),
        n=len(names),
        kind=_kind(names, task_is_asked=table.task_is_asked),
        columns=quoted(columns),
        example=example(table.frame, {"label": others}, taken=None) if others else "",
    )


def _measured(names: set[str], count: int) -> bool:
    """Whether so many rows have labels that are dates or amounts: numbers with decimals, or as many as ages are."""
    if count < ENOUGH_ROWS or len(names) < max(MEASURED, PER_ROW * count):
        return False
    return _most(names, DATE) or _most(names, DECIMAL) or (len(names) >= AGES and _most(names, NUMBER))


def hardly_repeated(labels: Sequence[str]) -> bool:
    """Whether nearly each row has a label of its own; those that are only spelt otherwise are one."""
    names = set(labels)
    return each_its_own(len(names), len(labels)) and each_its_own(
        len(set(map(folded_label, names))), len(labels)
    )


def each_its_own(labels: int, count: int) -> bool:
    """Whether so many rows have nearly as many labels, so that each row is a class."""
    return count >= ENOUGH_ROWS and labels >= MOSTLY * count


def _swapped(table: Table, texts: int, labels: int, count: int) -> Message:
    return Message(
        '{source}: are the text column "{text}" and the label column "{label}" swapped? {rows} have {texts:,} '
        "different texts and {labels:,} different labels. Name them the other way round:\n  {options}",
        source=table.source,
        text=table.text_column,
        label=table.label_column,
        rows=rows(count),
        texts=texts,
        labels=labels,
        options=command_line(
            ["--data.text_column", str(table.label_column), "--data.label_column", table.text_column]
        ),
    )


def _kind(names: set[str], *, task_is_asked: bool) -> Message | str:
    """What labels are in place of names of classes, where that shows."""
    if _most(names, DATE):
        return Message(", most of them dates")
    if _most(names, NUMBER):
        return Message(
            ", most of them numbers"
            if task_is_asked
            else ", most of them numbers (to estimate those, add --task number)"
        )
    return Message(", most of them long texts") if _length(names) >= LONG else ""


def _most(names: set[str], shape: re.Pattern[str]) -> bool:
    return sum(shape.fullmatch(name) is not None for name in names) > MOSTLY * len(names)


def _length(texts: "Sequence[str] | set[str]") -> float:
    return median(map(len, texts))
