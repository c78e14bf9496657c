"""What a model reaches, by its task: in words, and as the numbers that are seen first."""

from typing import Any

import numpy as np

from finetune.evaluation import off_by
from finetune.evaluation.comparison import right_share
from finetune.evaluation.score_names import score_name, score_span, score_value
from finetune.language.numbers import percent, span
from finetune.language.say import AnyMessage, Message, say
from finetune.language.scores import SAYS
from finetune.report.facts import Facts
from finetune.report.names import rows_of
from finetune.tasks.task import MULTI, NUMBER

CARDS = {
    "single_label": ("f1_macro", "accuracy"),
    "multi_label": ("accuracy", "f1_macro"),
    "ordinal": ("accuracy", "kappa"),
    "number": ("mae", "median_error", "r2"),
}
"""Scores that are seen first, by the task."""


def reached(facts: Facts, part: str) -> list[AnyMessage]:
    """Returns how many rows are right, or how far it is off, and its score."""
    report = facts.parts[part]
    rows = int(report["rows"])
    if facts.task.problem_type == NUMBER:
        first: list[AnyMessage] = [off_by.in_the_unit(report)] if report.get("mae") is not None else []
    else:
        several = facts.task.problem_type == MULTI
        right = right_share(round(report["accuracy"] * rows), rows, rows_of(part, rows), several=several)
        first = [right, *off_by.sentences(report)]
    return [*first, _score(facts, part)]


def _score(facts: Facts, part: str) -> Message:
    """The score by which models are ranked, and what it says."""
    report, score = facts.parts[part], facts.score
    interval = score_span(score, (report.get("intervals") or {}).get(score))
    behind = Message(" (95% interval {span})", span=interval) if interval else ""
    value = score_value(score, report.get(score))
    if score == "f1_macro":
        return Message(
            "Its macro-F1, in which all labels count alike, is {f1}{interval}; 1 is perfect."
            if facts.task.problem_type == MULTI
            else "Its macro-F1, in which all classes count alike, is {f1}{interval}; 1 is perfect.",
            f1=value,
            interval=behind,
        )
    if score == "kappa":
        return Message(
            "Its kappa, in which far errors count more than near ones, is {kappa}{interval}; 1 is perfect, 0 is "
            "guessing.",
            kappa=value,
            interval=behind,
        )
    if score == "r2":
        return Message(
            "Its R², the share of the differences between the rows that it explains, is {r2}{interval}; 1 is perfect, "
            "0 is no better than one number for all texts.",
            r2=value,
            interval=behind,
        )
    return Message("Its {score} is {value}{interval}.", score=score_name(score), value=value, interval=behind)


def card(facts: Facts, part: str, score: str) -> tuple[str, str, str]:
    """Returns a score with its interval below."""
    report = facts.parts[part]
    interval = (report.get("intervals") or {}).get(score)
    if score == "accuracy":
        edges, value = span(interval, of_hundred=True), percent(report[score])
    else:
        edges, value = score_span(score, interval), score_value(score, report[score])
    name = score_name(score)
    if score == "accuracy" and facts.task.problem_type == MULTI:
        name = say("all labels of the row right")
    elif score == "mae":
        name = say("mean error")
    return name, value, interval_below(edges) if edges else str(SAYS[score])


def near(report: dict[str, Any]) -> tuple[str, str, str]:
    """Returns the share of rows that are right or taken for a neighbour."""
    matrix = np.asarray(report["confusion_matrix"]["rows_true_columns_predicted"], dtype=np.int64)
    share = off_by.within(off_by.steps(matrix), 1)
    return say("at most one step off"), percent(share), say("right answers among them")


def interval_below(edges: str) -> str:
    """Returns an interval as it stands below its score."""
    return say("95% interval: {edges}", edges=edges)
