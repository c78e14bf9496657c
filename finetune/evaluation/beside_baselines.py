"""The trained model beside simple ones that learned from the same rows: scores, difference, and what to make of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from rich.table import Table as RichTable
from rich.text import Text

from finetune.data.dividing.by_column import Rows
from finetune.data.labels.outputs import targets_of
from finetune.errors import ConfigError
from finetune.evaluation.baselines import Baseline, Fitted, Measured, fit_baselines, measure
from finetune.evaluation.comparison import McNemar, mcnemar, outcome, right_share, verdict
from finetune.evaluation.score_names import meant, model_name, models_meant, score_name, score_value
from finetune.language.console import new_console
from finetune.language.numbers import number
from finetune.language.numbers import rows as rows_in_words
from finetune.language.parts import part_name
from finetune.language.say import say
from finetune.tasks.bootstrap import Interval
from finetune.tasks.task import MULTI, Targets, Task


@dataclass(frozen=True)
class Labelled:
    """Texts and targets of each part.

    Attributes:
        labels: Names of the C outputs.
        texts: By part, M texts.
        truth: By part, targets, [M] or [M, C].
        seed: Of whatever is drawn.
        task: What is asked.
    """

    labels: Sequence[str]
    texts: Mapping[str, Sequence[str]]
    truth: Mapping[str, Targets]
    seed: int
    task: Task


def labelled(rows: Mapping[str, Rows], labels: Sequence[str], seed: int) -> Labelled:
    """Returns the texts and targets of the rows of each part.

    Raises:
        DataError: if a row has a label that is none of these.
    """
    texts: dict[str, list[str]] = {}
    truth = {}
    for part, (table, index) in rows.items():
        every = table.text
        texts[part] = [every[i] for i in index]
        truth[part] = targets_of(table, index, labels, part=part)
    return Labelled(labels, texts, truth, seed, next(iter(rows.values()))[0].task)


@dataclass(frozen=True)
class Beside:
    """A baseline that learned from the training rows, and what it says of the other parts.

    Attributes:
        rows: How many rows it learned from.
        learning_seconds: What that took.
        parts: Its answers and scores, by part.
        model: The baseline itself; None where it is a network.
    """

    rows: int
    learning_seconds: float
    parts: Mapping[str, Measured]
    model: Fitted | None = None

    @property
    def seconds(self) -> float:
        """To learn and to answer."""
        return self.learning_seconds + sum(measured.seconds for measured in self.parts.values())


def stand_beside(
    data: Labelled, names: Sequence[str], *, learned: Sequence[Baseline] = ()
) -> dict[str, Beside]:
    """Trains baselines on the training rows and lets them label the other parts.

    Args:
        data: The rows.
        names: Rows of `BASELINES`, or `package.module:function`.
        learned: Those that have learned from the training rows already.

    Raises:
        ConfigError: if there is no such baseline, or nothing to measure on.
    """
    held_out = [part for part in data.texts if part != "train"]
    if not held_out:
        raise ConfigError(
            "there are no rows to measure on: give --data.test_fraction or --data.validation_fraction above 0."
        )
    fitted = fit_baselines(
        data.texts["train"],
        data.truth["train"],
        num_classes=len(data.labels),
        seed=data.seed,
        names=names,
        learned=learned,
    )
    return {
        one.name: Beside(
            one.rows,
            one.seconds,
            {part: measure(one, data.texts[part], data.truth[part], data.task) for part in held_out},
            one.model,
        )
        for one in fitted
    }


@dataclass(frozen=True)
class Comparison:
    """The model against one baseline on one part: by the task's score, and in which rows either alone is right."""

    baseline: str
    score: Interval
    mcnemar: McNemar


def compare(
    data: Labelled, found: Mapping[str, Beside], predicted: Mapping[str, Targets]
) -> dict[str, dict[str, Comparison]]:
    """Returns, by part and baseline, the model against the baseline.

    Args:
        data: The rows.
        found: What the baselines say of them.
        predicted: By part, [M] what the model says.
    """
    task = data.task
    return {
        part: {
            name: Comparison(
                name,
                task.difference(
                    data.truth[part],
                    mine,
                    baseline.parts[part].predicted,
                    len(data.labels),
                    seed=data.seed,
                ),
                alone(task, data.truth[part], mine, baseline.parts[part].predicted),
            )
            for name, baseline in found.items()
        }
        for part, mine in predicted.items()
    }


def record(
    data: Labelled, found: Mapping[str, Beside], compared: Mapping[str, Mapping[str, Comparison]]
) -> dict[str, Any]:
    """Returns the baselines and the comparisons as plain values for `metrics.json`."""
    baselines: dict[str, Any] = {
        name: {
            **{
                part: {**measured.scores, "intervals": intervals(data, part, measured.predicted)}
                for part, measured in one.parts.items()
            },
            "seconds": round(one.seconds, 3),
            "rows": one.rows,
        }
        for name, one in found.items()
    }
    against = {
        part: {
            name: {
                f"{data.task.score}_difference": asdict(comparison.score),
                "mcnemar": asdict(comparison.mcnemar),
            }
            for name, comparison in by_name.items()
        }
        for part, by_name in compared.items()
    }
    return {"baselines": baselines} | ({"against_baselines": against} if against else {})


def alone(task: Task, truth: Targets, first: Targets, second: Targets) -> McNemar:
    """Returns in how many rows only one of two is right; in none where there is no right and wrong."""
    if task.right is None:
        return McNemar(0, 0, 1.0)
    return mcnemar(task.right(truth, first), task.right(truth, second))


def intervals(data: Labelled, part: str, predicted: Targets) -> dict[str, tuple[float, float]]:
    """Returns the 95 % intervals of the scores of answers to the rows of a part."""
    return data.task.intervals(data.truth[part], predicted, len(data.labels), seed=data.seed)


def answers(found: Mapping[str, Beside]) -> dict[str, dict[str, Targets]]:
    """Returns by part and baseline what it says of the part's rows."""
    parts = {part for each in found.values() for part in each.parts}
    return {part: {name: each.parts[part].predicted for name, each in found.items()} for part in parts}


def show(
    data: Labelled,
    found: Mapping[str, Beside],
    part: str,
    *,
    predicted: Targets | None = None,
    compared: Mapping[str, Comparison] | None = None,
    more: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> None:
    """Prints the scores of one part side by side, and in words whether the model is better than the best baseline.

    Args:
        data: The rows.
        found: What the baselines say of them.
        part: Which part.
        predicted: [M] what the model says of it, where there is one.
        compared: The model against each baseline.
        more: The scores of what else is shown beside it.
    """
    console, task = new_console(most=80), data.task
    table = RichTable(header_style="bold")
    table.add_column(part_name(part), overflow="fold")
    for column in (*map(score_name, task.compared), say("seconds")):
        table.add_column(column, justify="right")
    ranked = {**more, **{name: each.parts[part].scores for name, each in found.items()}}
    seconds = {name: number(each.seconds, digits=1) for name, each in found.items()}
    if predicted is not None:
        ranked = {"model": task.scores(data.truth[part], predicted), **ranked}
    for name in sorted(ranked, key=lambda name: -_rank(ranked[name][task.score])):
        values = [score_value(score, ranked[name][score], digits=4) for score in task.compared]
        style = "bold" if name == "model" else ""
        table.add_row(Text(model_name(name, task.problem_type), style=style), *values, seconds.get(name, ""))
    console.print(table)
    if predicted is not None or part == list(data.texts)[-1]:  # once, below the last table
        for line in explained(found, task, scores_too=predicted is None):
            console.print(Text(line, style="dim"))
    for name, each in found.items():
        if each.rows < len(data.texts["train"]):
            text = say(
                "{name} learned from {rows:,} of {n:,} row, drawn by class.",
                "{name} learned from {rows:,} of {n:,} rows, drawn by class.",
                name=model_name(name, task.problem_type),
                rows=each.rows,
                n=len(data.texts["train"]),
            )
            console.print(Text(text))
    if compared:
        best = max(compared, key=lambda name: _rank(ranked[name][task.score]))
        gain, n = compared[best].score, len(data.truth[part])
        test = compared[best].mcnemar if task.right is not None else None
        if predicted is not None and task.right is not None:
            right = int(task.right(data.truth[part], predicted).sum())
            several = task.problem_type == MULTI
            told = right_share(right, n, rows_in_words(n), several=several)
            console.print(Text(str(told), style="bold"))
        style = "bold yellow" if outcome(gain, test, n) == "worse" else ""
        name = model_name(best, task.problem_type)
        console.print(Text(verdict(gain, test, n, baseline=name, score=task.score), style=style))


def _rank(score: float | None) -> float:
    """A score to sort by: one that is not known stands last."""
    return -math.inf if score is None or math.isnan(score) else score


def explained(found: Mapping[str, Beside], task: Task, *, scores_too: bool) -> list[str]:
    """Returns in plain words what a table of baselines is about.

    Args:
        found: The baselines.
        task: What was asked.
        scores_too: Whether the scores are explained as well; those of the model have been.
    """
    return [*([meant(task)] if scores_too else []), *models_meant(found)]
