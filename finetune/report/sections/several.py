"""Labels that stand together, one by one: how well each is found, what is missed and added, how many a row has."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.language.numbers import count, number, percent
from finetune.language.say import say
from finetune.report.blocks import Block, Columns, Fold, Grid, Pictures, Section, Text
from finetune.report.facts import Facts
from finetune.report.figures import confusion_matrix, label_amounts
from finetune.report.figures.classes import MOST_LABELS, NAMES_UP_TO
from finetune.report.figures.drawing import to_svg
from finetune.report.names import NO_ANSWERS, NO_METRICS, rows_name
from finetune.report.sections.classes import bars, beside, largest, one_by_one, precision_against_recall

Integers = NDArray[np.int64]


def section(facts: Facts) -> Section:
    """Returns bars, curves of precision against recall, and all numbers with the threshold of each label."""
    title, part = say("How well each label is found"), facts.last_part
    if part is None:
        return Section("classes", title, "", [Text(str(NO_METRICS), "quiet")])
    per_label: dict[str, dict[str, Any]] = facts.parts[part]["per_class"]
    how = say(
        "Precision: how often a label is right where it is answered. Recall: how many rows with this label get it. F1 "
        "is a mean of the two. Threshold: the probability from which the label is answered. With few rows the numbers "
        "are rough."
    )
    header = [
        *(say("label"), say("precision"), say("recall"), "F1"),
        *(say("threshold"), say("average precision"), say("rows")),
    ]
    names = ("precision", "recall", "f1", "threshold", "average_precision")
    grid = one_by_one(per_label, header, names=names)
    pictures = [bars(per_label, alt=title), *precision_against_recall(facts, part)]
    return Section("classes", title, how, [Pictures(pictures), Fold(say("All numbers"), [grid])])


def wrong_section(facts: Facts) -> Section:
    """Returns which label is answered in place of which, and which are missed or added alone."""
    title, part = say("Which labels are missed or added"), facts.last_part
    if part is None or facts.answers is None:
        why = NO_METRICS if part is None else NO_ANSWERS
        return Section("confusion", title, "", [Text(str(why), "quiet")])
    answers = facts.answers.part(part)
    matrix = exchanged(answers.truth, answers.predicted)
    labels = [*answers.labels, say("nothing")]
    how = say(
        "Each row is a label that the table has and the answer lacks, each column one that the answer has and the "
        "table lacks. The last column: missed, and nothing else answered instead. The last row: added to what is right."
    )
    if not matrix.any():
        return Section("confusion", title, how, [Text(say("No label is missed and none is added."), "good")])
    line = say("Labels missed and added, {part}.", part=rows_name(part))
    numbered = NAMES_UP_TO < len(labels) <= MOST_LABELS
    by_number = say("added by the answer (number of the label)")
    figure = confusion_matrix(
        matrix, labels, row=say("missed"), column=by_number if numbered else say("added by the answer")
    )
    picture, grid = Pictures([(to_svg(figure, "confusion", alt=line), line)]), exchanges(matrix, labels)
    above = say("What is missed and added most")
    return Section("confusion", title, how, beside(picture, grid, above=above, classes=len(labels)))


def exchanged(truth: NDArray[Any], answered: NDArray[Any]) -> Integers:
    """Returns in how many rows one label is missed and another added. [C + 1, C + 1]

    The last column counts the rows where a label is missed and none is added, the last row those where one is added
    and none is missed.

    Args:
        truth: [N, C] which labels a row has.
        answered: [N, C] which it was given.
    """
    missed, added = (truth > 0) & (answered == 0), (truth == 0) & (answered > 0)
    alone = (~missed.any(axis=1, keepdims=True), ~added.any(axis=1, keepdims=True))
    missed, added = (np.hstack(pair).astype(np.int64) for pair in ((missed, alone[0]), (added, alone[1])))
    found = missed.T @ added
    found[-1, -1] = 0  # the rows that are right
    return np.asarray(found)


def exchanges(matrix: Integers, labels: list[str]) -> Grid:
    """Returns what is missed and added most.

    Args:
        matrix: [C + 1, C + 1] as `exchanged` gives it.
        labels: [C + 1] names, that of nothing last.
    """
    rows = [
        (labels[missed], labels[added], count(int(matrix[missed, added])))
        for missed, added in largest(matrix)
    ]
    return Grid((say("missed"), say("added"), say("rows")), rows, numbers=(2,))


def amount_section(facts: Facts) -> Section:
    """Returns how many labels rows have, and how many they are given."""
    title, part = say("How many labels a row gets"), facts.last_part
    if part is None or facts.answers is None:
        why = NO_METRICS if part is None else NO_ANSWERS
        return Section("amounts", title, "", [Text(str(why), "quiet")])
    answers = facts.answers.part(part)
    true, given = (
        values.astype(bool).sum(axis=1).astype(np.int64) for values in (answers.truth, answers.predicted)
    )
    line = say("Labels of each row, {part}.", part=rows_name(part))
    picture = Pictures([(to_svg(label_amounts(true, given), "amounts", alt=line), line)])
    n = max(1, len(true))
    told: list[Block] = [
        Text(
            say(
                "A row has {true} labels on average and is given {given}.",
                true=number(float(true.sum() / n), digits=2),
                given=number(float(given.sum() / n), digits=2),
            )
        ),
        Text(
            say(
                "{none} of the rows have no label; {answered} are given none.",
                none=percent(float((true == 0).sum() / n)),
                answered=percent(float((given == 0).sum() / n)),
            )
        ),
    ]
    how = say(
        "Where far more labels are answered than there are, thresholds are too low for you; where far fewer, too high."
    )
    return Section("amounts", title, how, [Columns([[picture], told])])
