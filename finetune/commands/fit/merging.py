"""What becomes of corrections: which rows get another label, which new ones may be learned from. Opens no file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import pandas as pd

from finetune.commands.fit.counts import Counts
from finetune.commands.fit.merged_table import cells_of, table_of
from finetune.commands.fit.unlabelled import Unlabelled, held_out_groups, unlabelled
from finetune.corrections.corrections import Correction, Corrections
from finetune.corrections.label import as_written
from finetune.corrections.row import NEW, keys_of
from finetune.data.checks.near_duplicates import repeating
from finetune.data.dividing.by_column import Rows
from finetune.data.labels.class_names import class_names
from finetune.data.labels.grades import as_one_class
from finetune.data.labels.outputs import label_names
from finetune.data.reading.folding import column, folded
from finetune.data.reading.table import Table
from finetune.errors import DataError
from finetune.language.lists import SHOWN, quoted
from finetune.tasks.ordinal import ORDINAL
from finetune.tasks.task import MULTI, NUMBER

FEWEST = 2
"""Classes that a model can learn to tell apart, at least."""


@dataclass(frozen=True)
class Merged:
    """The table of a new run.

    Attributes:
        frame: Its cells, all texts.
        texts: The columns that its texts are made of.
        label: The column of its labels.
        counts: What became of the corrections.
        appeared: Classes that the run before does not know.
        gone: Those that no row has any more.
    """

    frame: pd.DataFrame
    texts: tuple[str, ...]
    label: str
    counts: Counts
    appeared: list[str]
    gone: list[str]

    @property
    def classes(self) -> dict[str, list[str]]:
        """The classes that are other than before, as they are kept."""
        return {"new": self.appeared, "gone": self.gone}


@dataclass(frozen=True)
class Known:
    """The rows of a run, part by part.

    Attributes:
        parts: The table of each part, and which of its rows.
        keys: By part, what their texts are known by.
        where: By key, the parts and places of the rows.
    """

    parts: Mapping[str, Rows]
    keys: dict[str, list[str]]
    where: dict[str, list[tuple[str, int]]]

    @property
    def first(self) -> Table:
        """The table that the others are put in the columns of."""
        return self.parts["train"][0]


def known(parts: Mapping[str, Rows]) -> Known:
    """Returns the rows of a run by what their texts are known by."""
    keys = {
        part: keys_of(list(zip(*table.texts_apart(index), strict=True)))
        for part, (table, index) in parts.items()
    }
    where: dict[str, list[tuple[str, int]]] = {}
    for part, of_part in keys.items():
        for place, key in enumerate(of_part):
            where.setdefault(key, []).append((part, place))
    return Known(parts, keys, where)


def merged(
    parts: Mapping[str, Rows], said: Sequence[Corrections], *, group_column: str | None = None
) -> Merged:
    """Returns the rows of a run with what was said of them, and the new ones behind.

    Args:
        parts: The rows of train, validation and test, as far as there are any.
        said: What was corrected, file by file.
        group_column: The column by whose groups the run was divided, where it was.

    Raises:
        DataError: if a label is none of the task's, a grade of no known place, or all rows have the same now.
    """
    old, counts = known(parts), Counts(skipped=sum(each.skipped for each in said))
    agreed = _agreed(old.first, said, counts)
    labels = {part: [(table.label or [])[i] for i in index] for part, (table, index) in parts.items()}
    changed: dict[tuple[str, int], str] = {}
    fresh: dict[str, Correction] = {}
    for key, (corrections, label) in agreed.items():
        own = any(each.row.part != NEW for each in corrections)
        rows = old.where.get(key, [])
        here = rows if own else [each for each in rows if each[0] == "train"]
        if not rows and not own:
            fresh[key] = corrections[0]
        counts.unknown += own and not rows
        counts.held_out += bool(rows) and not here
        for part, place in here:
            if _same(old.first, label, labels[part][place]):
                counts.confirmed += 1
            else:
                changed[part, place] = label
                counts.corrected[part] += 1
    own_rows = unlabelled(old.first)
    added = _learnable(old, fresh, counts)
    if group_column is not None:
        added = _of_other_groups(old, added, counts, own_rows=own_rows, column=group_column)
    of_new = [(each, agreed[key][1], own_rows.first(key)) for key, each in added.items()]
    counts.new = len(of_new)
    names = _classes(old.first, [*changed.values(), *(label for _, label, _ in of_new)])
    frame, label = table_of(parts, labels, changed=changed, new=of_new)
    there = set(chain.from_iterable(map(old.first.task.parts, frame[label])))
    before = set(label_names(old.first)) if old.first.task.problem_type != NUMBER else set()
    if before and len(there) < FEWEST:
        raise DataError(
            "with the corrections no row has another label than {names}, so that there is nothing left to tell apart: "
            "look at the corrections.",
            names=quoted(sorted(there) or [""]),
        )
    return Merged(
        frame,
        old.first.text_columns,
        label,
        counts,
        sorted(names - before) if before else [],
        sorted(before - there),
    )


def _agreed(
    table: Table, said: Sequence[Corrections], counts: Counts
) -> dict[str, tuple[list[Correction], str]]:
    """By key what counts; a text that was given several labels, in whatever file, counts for nothing."""
    corrections = [each for of_file in said for each in of_file.agreed]
    open_ = keys_of([each.row.texts for of_file in said for each in of_file.conflicts])
    by_key: dict[str, list[tuple[Correction, str]]] = {}
    for key, each in zip(keys_of([each.row.texts for each in corrections]), corrections, strict=True):
        by_key.setdefault(key, []).append((each, _label(table, each)))
    found = {
        key: ([each for each, _ in some], some[0][1])
        for key, some in by_key.items()
        if key not in open_ and len({label for _, label in some}) == 1
    }
    counts.conflicts = len({*by_key, *open_}) - len(found)
    return found


def _label(table: Table, correction: Correction) -> str:
    """A label as the table has it when it is read."""
    task = table.task
    names = [] if task.problem_type == NUMBER else label_names(table)
    [label], _ = class_names([as_written(correction.label, task, names)], fix_encoding=False)
    if task.problem_type == MULTI:
        return "|".join(sorted(task.parts(label)))
    return as_one_class([label], names)[0][0] if task.name == ORDINAL else label


def _same(table: Table, label: str, other: str) -> bool:
    return float(label) == float(other) if table.task.problem_type == NUMBER else label == other


def _classes(table: Table, labels: Sequence[str]) -> set[str]:
    """The classes of labels.

    Raises:
        DataError: if they have an order, and one is of no known place in it.
    """
    if table.task.problem_type == NUMBER:
        return set()
    names = set(chain.from_iterable(map(table.task.parts, labels)))
    order = label_names(table)
    if table.task.name == ORDINAL and not names <= set(order):
        raise DataError(
            "the corrections have grades that the run does not know: {names}. Its order is {order}, and where another "
            "stands in it only you can say: correct the spelling, or train anew on a table of all rows with "
            "--data.label_order.",
            names=quoted(sorted(names - set(order)), most=SHOWN),
            order=" < ".join(order),
        )
    return names


def _learnable(old: Known, fresh: dict[str, Correction], counts: Counts) -> dict[str, Correction]:
    """Of new rows those that may be learned from: no row that is measured on nearly repeats one."""
    table = old.first
    whole = {key: each for key, each in fresh.items() if cells_of(table, each) is not None}
    counts.unknown += len(fresh) - len(whole)
    turned = _turned(old, whole)
    whole = {key: each for key, each in whole.items() if key not in turned}
    counts.alike = len(turned)
    held = [
        text
        for part, (of, index) in old.parts.items()
        if part != "train"
        for text in _as_one(of.texts_apart(index))
    ]
    if not (whole and held):
        return whole
    texts = [" ".join(each.row.texts) for each in whole.values()]
    near = repeating(folded(column(texts)), folded(column(held)))
    counts.alike += len(near)
    return {key: each for place, (key, each) in enumerate(whole.items()) if place not in near}


def _turned(old: Known, fresh: Mapping[str, Correction]) -> set[str]:
    """Of new pairs those that are measured on the other way round, however short their texts are."""
    pairs = {key: each.row.texts[::-1] for key, each in fresh.items() if len(each.row.texts) > 1}
    there = zip(pairs, keys_of(list(pairs.values())), strict=True)
    return {key for key, other in there if any(part != "train" for part, _ in old.where.get(other, ()))}


def _of_other_groups(
    old: Known, fresh: dict[str, Correction], counts: Counts, *, own_rows: Unlabelled, column: str
) -> dict[str, Correction]:
    """Of new rows those that are of no group that is measured on, as far as that is known."""
    held = held_out_groups(old.parts, column)
    groups = {key: own_rows.groups(key, each.row, column) for key, each in fresh.items()}
    found = {key: each for key, each in fresh.items() if not groups[key] & held}
    counts.grouped = len(fresh) - len(found)
    counts.of_no_group = sum(not groups[key] for key in found)
    return found


def _as_one(apart: list[list[str]]) -> Iterator[str]:
    return (" ".join(texts) for texts in zip(*apart, strict=True))
