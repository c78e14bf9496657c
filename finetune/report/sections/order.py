"""Classes in an order: by how many steps answers are off, and what kappa says."""

import numpy as np

from finetune.evaluation import off_by
from finetune.language.numbers import count, number, percent
from finetune.language.say import say
from finetune.report.blocks import Block, Columns, Grid, Pictures, Section, Text
from finetune.report.facts import Facts
from finetune.report.figures import step_bars
from finetune.report.figures.drawing import to_svg
from finetune.report.names import NO_METRICS, rows_name


def section(facts: Facts) -> Section:
    """Returns the errors by steps, with their mean, and kappa in words."""
    title, part = say("How far off it is"), facts.last_part
    if part is None:
        return Section("order", title, "", [Text(str(NO_METRICS), "quiet")])
    report = facts.parts[part]
    matrix = np.asarray(report["confusion_matrix"]["rows_true_columns_predicted"], dtype=np.int64)
    rows = off_by.steps(matrix)
    line = say("Steps of the order between answer and label, {part}.", part=rows_name(part))
    picture = Pictures([(to_svg(step_bars(rows), "steps", alt=line), line)])
    told: list[Block] = [Text(str(one), "lead") for one in off_by.sentences(report)]
    told.append(_by_steps(rows))
    if report.get("kappa") is not None:
        told.append(Text(kappa_in_words(report["kappa"])))
    how = say(
        "The classes are in the order {order}. To take one for its neighbour is one step off.",
        order=" < ".join(map(str, report["confusion_matrix"]["labels"])),
    )
    return Section("order", title, how, [Columns([[picture], told])])


def kappa_in_words(kappa: float) -> str:
    """Returns what kappa says."""
    return say(
        "Kappa is {kappa}: 1 would be perfect agreement with the labels, 0 that of guessing by the frequency of the "
        "classes. An error of two steps counts four times as much as one of one step (quadratic weights).",
        kappa=number(kappa),
    )


def _by_steps(rows: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> Grid:
    middle, every = len(rows) // 2, max(1, int(rows.sum()))
    counts = [int(rows[middle])]
    counts += [int(rows[middle - step] + rows[middle + step]) for step in range(1, middle + 1)]
    cells = [
        (
            say("right") if not step else say("{n:,} step off", "{n:,} steps off", n=step),
            count(n),
            percent(n / every),
        )
        for step, n in enumerate(counts)
        if n or step < 2
    ]
    return Grid((say("answer"), say("rows"), say("share")), cells, numbers=(1, 2))
