"""The classes one by one: which are taken for which, and how well each is found."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from markupsafe import Markup

from finetune.language.numbers import NOTHING, count, number, percent
from finetune.language.say import say
from finetune.report.blocks import Block, Columns, Fold, Grid, Pictures, Section, Text
from finetune.report.facts import Facts
from finetune.report.figures import class_bars, confusion_matrix, pr_curves
from finetune.report.figures.classes import MOST_LABELS, NAMES_UP_TO, SHARES_UP_TO
from finetune.report.figures.drawing import to_svg
from finetune.report.names import NO_METRICS, rows_name
from finetune.tasks.task import MULTI

SHOWN_CONFUSIONS, FEW_CONFUSIONS, MOST_BARS = 20, 8, 40


def confusion_section(facts: Facts) -> Section:
    """Returns the matrix and the most frequent confusions."""
    title, part = say("Which classes are confused"), facts.last_part
    if part is None:
        return Section("confusion", title, "", [Text(str(NO_METRICS), "quiet")])
    recorded: dict[str, Any] = facts.parts[part]["confusion_matrix"]
    matrix = np.asarray(recorded["rows_true_columns_predicted"], dtype=np.int64)
    labels = [str(label) for label in recorded["labels"]]
    line = say("Confusion matrix, {part}.", part=rows_name(part))
    if len(labels) > MOST_LABELS:
        no_room = say(
            "With {classes:,} classes there is no room for names: the most frequent confusions are in the table.",
            classes=len(labels),
        )
        line = f"{line} {no_room}"
    elif len(labels) > NAMES_UP_TO:
        line = f"{line} {say('The columns carry the numbers that stand beside the names of the rows.')}"
    svg = to_svg(confusion_matrix(matrix, labels), "confusion", alt=line)
    picture, grid = Pictures([(svg, line)]), frequent(matrix, labels)
    blocks: list[Block]
    if grid is None:
        blocks = [picture, Text(say("The model confused no two classes."), "good")]
    else:
        blocks = beside(picture, grid, above=say("Most frequent confusions"), classes=len(labels))
    how = say(
        "Each row is a true class, each column an answer. On the diagonal the model is right; elsewhere it takes the "
        "class of the row for the one of the column. Shades and percentages are shares of the row."
    )
    return Section("confusion", title, how, blocks)


def beside(picture: Pictures, grid: Grid, *, above: str, classes: int) -> list[Block]:
    """Returns a matrix and what is most frequent in it: beside it where there is room, else folded below.

    Args:
        picture: The matrix.
        grid: What is most frequent in it.
        above: What stands above that.
        classes: How many rows the matrix has.
    """
    if SHARES_UP_TO < classes <= MOST_LABELS:  # the matrix takes the whole width
        return [picture, Fold(above, [grid])]
    short = grid if classes > MOST_LABELS else replace(grid, rows=grid.rows[:FEW_CONFUSIONS])
    return [Columns([[picture], [Text(above, "lead"), short]])]


def largest(matrix: Any) -> list[tuple[int, int]]:
    """Returns row and column of the largest numbers of a matrix, the largest first; none of those that are 0."""
    order = np.argsort(-matrix, axis=None, kind="stable")[:SHOWN_CONFUSIONS]
    return [divmod(int(place), len(matrix)) for place in order if matrix.flat[place]]


def frequent(matrix: Any, labels: list[str]) -> Grid | None:
    """Returns the most frequent confusions, the worst first; None where there are none."""
    wrong = matrix * (1 - np.eye(len(labels), dtype=np.int64))
    rows = [
        (
            labels[true],
            labels[answer],
            count(int(wrong[true, answer])),
            percent(wrong[true, answer] / matrix[true].sum(), digits=0),
        )
        for true, answer in largest(wrong)
    ]
    header = (say("true class"), say("answered"), say("rows"), say("of the class"))
    return Grid(header, rows, numbers=(2, 3)) if rows else None


def section(facts: Facts) -> Section:
    """Returns bars, table, and curves of precision against recall."""
    title, part = say("How well each class is found"), facts.last_part
    if part is None:
        return Section("classes", title, "", [Text(str(NO_METRICS), "quiet")])
    per_class: dict[str, dict[str, Any]] = facts.parts[part]["per_class"]
    how = say(
        "Precision: how often an answer with this class is right. Recall: how many rows of this class are found. F1 is "
        "a mean of the two. With few rows the numbers are rough."
    )
    header = [say("class"), say("precision"), say("recall"), "F1", say("rows")]
    grid = one_by_one(per_class, header, names=("precision", "recall", "f1"))
    pictures = [bars(per_class, alt=title), *precision_against_recall(facts, part)]
    return Section("classes", title, how, [Pictures(pictures), Fold(say("All numbers"), [grid])])


def bars(per_class: dict[str, dict[str, Any]], *, alt: str) -> tuple[Markup, str]:
    """Returns bars of the classes that are found least well, and the line below.

    Args:
        per_class: As in `metrics.json`.
        alt: What is seen.
    """
    order = sorted(per_class, key=lambda label: per_class[label]["f1"] or 0.0)
    f1, precision, recall = (
        [float(per_class[label][name] or 0.0) for label in order[:MOST_BARS]]
        for name in ("f1", "precision", "recall")
    )
    figure = class_bars(order[:MOST_BARS], f1, precision=precision, recall=recall)
    line = (
        say(
            "The {shown} of {classes:,} classes that are found least well.",
            shown=MOST_BARS,
            classes=len(order),
        )
        if len(order) > MOST_BARS
        else say("The least well found first.")
    )
    return to_svg(figure, "bars", alt=alt), line


def precision_against_recall(facts: Facts, part: str) -> list[tuple[Markup, str]]:
    """Returns the curves of a part and the line below; nothing where its answers are not known."""
    answers = facts.answers.part(part) if facts.answers is not None else None
    if answers is None or answers.frame.empty:
        return []
    figure = pr_curves(answers.probabilities, answers.truth, labels=answers.labels)
    line = (
        say(
            "The further a curve reaches into the upper right corner, the better. The most frequent labels, ten "
            "at most."
        )
        if facts.task.problem_type == MULTI
        else say(
            "The further a curve reaches into the upper right corner, the better. The most frequent classes, ten "
            "at most."
        )
    )
    return [(to_svg(figure, "pr", alt=say("Precision against recall")), line)]


def one_by_one(per_class: dict[str, dict[str, Any]], header: Sequence[str], *, names: Sequence[str]) -> Grid:
    """Returns a row of numbers for each class, or each label.

    Args:
        per_class: As in `metrics.json`.
        header: What the columns are called: the class, the numbers, how many rows it has.
        names: The numbers by their names there.
    """
    rows = [
        [
            label,
            *(number(row.get(name)) for name in names),
            count(int(row["support"])) if row.get("support") is not None else NOTHING,
        ]
        for label, row in per_class.items()
    ]
    return Grid(header, rows, numbers=range(1, len(header)))
