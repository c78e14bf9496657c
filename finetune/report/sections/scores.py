"""The result: the model beside the simple ones, with intervals, and the verdict."""

from collections.abc import Mapping
from typing import Any

from finetune.evaluation.comparison import verdict
from finetune.evaluation.score_names import (
    meant,
    model_name,
    models_meant,
    score_name,
    score_span,
    score_value,
)
from finetune.evaluation.together import sentence
from finetune.language.numbers import NOTHING
from finetune.language.parts import part_name
from finetune.language.say import Message, say
from finetune.report.blocks import Block, Fold, Grid, Section, Text
from finetune.report.facts import Facts
from finetune.report.names import NO_METRICS, rows_name
from finetune.report.sections.opening import against, best_baseline
from finetune.tasks.task import MULTI, NUMBER

NO_SIMPLE = Message("No simple model was measured beside it (--baselines null, or an older version).")

EVERY = {
    "kappa": Message("agreement beyond chance, far errors counting more: 1 perfect, 0 chance"),
    "mae": Message("by how many steps of the order an answer is off on average"),
    "spearman": Message("whether higher labels get higher answers: 1 perfect, 0 chance"),
    "f1_macro": Message("mean F1 of the classes, each counted alike"),
    "accuracy": Message("share of the rows that are right"),
    "balanced_accuracy": Message("mean share found of each class"),
    "f1_weighted": Message("mean F1 of the classes by their rows"),
    "f1_micro": Message("F1 of all rows together; here equal to the accuracy"),
    "mcc": Message("agreement beyond chance: 1 perfect, 0 chance"),
    "roc_auc": Message("how well right and wrong classes are told apart: 1 perfect, 0.5 chance"),
    "average_precision": Message("area below precision against recall, mean of the classes"),
    "brier": Message("mean squared error of the probabilities: lower is better"),
    "ece": Message("how far confidence and accuracy lie apart: lower is better"),
    "log_loss": Message("how much the true class surprised the model: lower is better"),
    "loss": Message("what the training makes smaller, before the temperature"),
}
"""What each measure says."""

EVERY_OTHERWISE = {
    MULTI: {
        "f1_macro": Message("mean F1 of the labels, each counted alike"),
        "f1_micro": Message("F1 of all labels of all rows together"),
        "f1_weighted": Message("mean F1 of the labels by their rows"),
        "f1_samples": Message("mean F1 of the rows: of each row's labels"),
        "accuracy": Message("share of the rows whose labels are all right"),
        "hamming_loss": Message("share of the decisions on single labels that are wrong: lower is better"),
        "lrap": Message("whether the labels of a row are given the highest probabilities: 1 perfect"),
        "roc_auc": Message("how well rows with and without a label are told apart: 1 perfect, 0.5 chance"),
        "average_precision": Message("area below precision against recall, mean of the labels"),
        "ece": Message("how far probabilities and frequencies lie apart: lower is better"),
        "log_loss": Message("how much the true labels surprised the model: lower is better"),
    },
    NUMBER: {
        "r2": Message("share of the differences between the rows that is explained: 1 perfect"),
        "mae": Message("how far an answer is off on average, in the unit of the column"),
        "median_error": Message("half of the answers are off by less"),
        "rmse": Message("the same as the mean error, large errors counting more"),
        "spearman": Message("whether larger numbers get larger answers: 1 perfect, 0 chance"),
        "loss": Message("what the training makes smaller"),
    },
}
"""What it says instead, by the problem; those of single labels come behind."""


def with_interval(report: Mapping[str, Any], name: str) -> str:
    """Returns a value with its interval below, where there is one."""
    value = score_value(name, report.get(name))
    interval = score_span(name, (report.get("intervals") or {}).get(name))
    return f"{value}\n{interval}" if interval and value != NOTHING else value


def section(facts: Facts) -> Section:
    """Returns a table of the last part, the others folded, and the verdict."""
    title, last = say("The result beside simple models"), facts.last_part
    if last is None:
        return Section("scores", title, "", [Text(str(NO_METRICS), "quiet")])
    blocks: list[Block] = [_table(facts, last)]
    together = sentence(facts.metrics, last)
    if together is not None:
        blocks.append(Text(together))
    beside = beside_simple(facts, last)
    if (
        not facts.of_words
    ):  # which is a simple one itself: what is told of the best of the others stands above
        blocks.append(Text(str(NO_SIMPLE), "quiet") if beside is None else Text(beside))
    blocks.append(Text(meant(facts.task), "quiet"))
    blocks += [Text(meant, "quiet") for meant in models_meant(facts.metrics.get("baselines") or {})]
    for part in facts.parts:
        if part != last:
            blocks.append(Fold(str(rows_name(part)).capitalize(), [_table(facts, part)]))
    blocks.append(Fold(say("All measures of this model"), [_every(facts)]))
    how = (
        say(
            "This model is a simple one: it counts words and learns in seconds. A fine-tuned network is worth its "
            "effort where it beats this one. The interval says where the true score likely lies."
        )
        if facts.of_words
        else say(
            "A model is worth its effort if it beats simple ones that learn in seconds. The interval says where the "
            "true score likely lies; whether a difference is more than chance, the sentence below the table says."
        )
    )
    return Section("scores", title, how, blocks)


def beside_simple(facts: Facts, part: str) -> str | None:
    """Returns in words whether the model is better than the best simple one; None where none was measured."""
    best = best_baseline(facts, part)
    if best is None:
        return None
    gain, test = against(facts, part, best)
    name = model_name(best, facts.task.problem_type)
    return verdict(gain, test, facts.parts[part]["rows"], baseline=name, score=facts.score)


def _table(facts: Facts, part: str) -> Grid:
    reports = {"model": facts.parts[part]}
    for name, scores in (facts.metrics.get("baselines") or {}).items():
        if isinstance(scores.get(part), dict):
            reports[name] = scores[part]
    alone = (facts.metrics.get("alone") or {}).get("network") or {}
    if isinstance(alone.get(part), dict):
        reports["network"] = alone[part]
    compared = facts.compared
    ranked = sorted(reports, key=lambda name: -(reports[name].get(compared[0]) or 0.0))
    rows = [
        [
            model_name(name, facts.task.problem_type),
            *(with_interval(reports[name], score) for score in compared),
        ]
        for name in ranked
    ]
    header = [str(rows_name(part)), *(score_name(score) for score in compared)]
    return Grid(header, rows, numbers=range(1, len(header)), strong=[ranked.index("model")])


def _every(facts: Facts) -> Grid:
    parts = facts.parts
    otherwise = EVERY_OTHERWISE.get(facts.task.problem_type, {})
    rows = [
        [
            f"{score_name(name)}\n{what}",
            *(with_interval(report, name) for report in parts.values()),
        ]
        for name, what in (
            otherwise | {name: what for name, what in EVERY.items() if name not in otherwise}
        ).items()
        if any(report.get(name) is not None for report in parts.values())
    ]
    header = [say("measure"), *(part_name(part) for part in parts)]
    return Grid(header, rows, numbers=range(1, 1 + len(parts)))
