"""The result of a cross-validation: put together, written, and told."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table as RichTable
from rich.text import Text

from finetune.commands.crossval.answers import gathered, right_alone, write_gathered
from finetune.commands.crossval.answers import right_rows as rows_right
from finetune.commands.crossval.folder import Crossval
from finetune.commands.crossval.statistics import summary
from finetune.commands.crossval.verdict import compared
from finetune.evaluation.answers import kept_task
from finetune.evaluation.comparison import right_rows
from finetune.evaluation.score_names import (
    meant,
    model_name,
    models_meant,
    score_name,
    score_value,
)
from finetune.files.near import near
from finetune.language.console import new_console
from finetune.language.numbers import NOTHING, count, rows
from finetune.language.say import say, wrapped
from finetune.language.scores import limits_of, within_limits
from finetune.language.typed import command_line
from finetune.language.which import language
from finetune.runs.folder import CROSSVAL, PREDICTIONS, ranked_by
from finetune.tasks.task import MULTI, Task

FIRST = ("f1_macro", "accuracy", "balanced_accuracy", "mcc")
"""What the table begins with where each row is of one class; the other single numbers follow in the reports' order."""

THE_SAME = ("f1_micro", "loss")
"""What is left out of it there: it equals the accuracy, or nearly the log loss."""


def conclude(crossval: Crossval, *, told: bool = True) -> None:
    """Puts the folds together, writes `crossval.json` and `predictions.csv`, and shows the result.

    Args:
        crossval: All its folds are done.
        told: Whether the result is shown.

    Raises:
        DataError: if the answers of a fold are not there.
    """
    crossval.runs = {pair: crossval.runs[pair] for pair in crossval.plan.pairs()}
    runs = list(crossval.runs.values())
    content = summary(
        [run["metrics"] for run in runs], [run["rows"] for run in runs], folds=crossval.plan.folds
    )
    task = kept_task(runs[0]["metrics"])
    content |= {
        "task": task.name,
        "problem_type": task.problem_type,
        "ranked_by": ranked_by(runs[0]["metrics"]),
    }
    answers = gathered(crossval, task)
    first = crossval.plan.seeds[0]
    of_first = answers[answers["seed"] == first]
    content |= {"held_out": len(of_first), "untouched": runs[0]["rows"]["untouched"]}
    if task.right is not None:
        content["right"] = int(rows_right(of_first["label"], of_first["predicted"], task).sum())
    if "difference" in content:
        found = right_alone(answers, content["difference"]["baseline"], seed=first, task=task)
        content |= compared(content["difference"], *found, task=task) if found is not None else {}
    write_gathered(crossval, answers)
    crossval.write(content)
    if told:
        show(crossval, content)


# ---- what is shown --------------------------------------------------------------------------------------------


def interval(name: str, of: dict[str, Any]) -> str:
    """Returns an interval in words; one without width is none, nor one of all that the score can be."""
    low, high = of["low"], of["high"]
    if low is None or low == high or within_limits(name, (low, high)) == limits_of(name):
        return NOTHING
    low, high = within_limits(name, (low, high))
    return say("{low} to {high}", low=shown(name, low), high=shown(name, high))


def shown(name: str, value: float | None) -> str:
    """Returns a score as it stands in the tables."""
    return score_value(name, value, digits=4)


def cells(name: str, of: dict[str, Any]) -> list[str]:
    """Returns mean, deviation and interval of a score."""
    return [shown(name, of["mean"]), shown(name, of["sd"]), interval(name, of)]


def table(title: str, *columns: str) -> RichTable:
    """Returns an empty table, its first column on the left."""
    made = RichTable(header_style="bold")
    made.add_column(title, overflow="fold")
    for column in columns:
        made.add_column(column, justify="right")
    return made


def show(crossval: Crossval, content: dict[str, Any]) -> None:
    """Prints the scores, those of the classes and of the baselines, the verdict, and where all is."""
    plan, console = crossval.plan, new_console(most=80)
    statistics = (say("mean"), say("std. dev."), say("95% interval"))

    title = say(
        "{every} runs: {folds} folds x {seeds} seeds" if len(plan.seeds) > 1 else "{folds} folds",
        every=len(plan.pairs()),
        folds=plan.folds,
        seeds=len(plan.seeds),
    )
    console.print(Text(f"\n{title}", style="bold"))
    scores, task = content["metrics"], kept_task(content)
    made = table(say("metric"), *statistics)
    one_class = task.name == "single_label"
    first, left_out = (FIRST, THE_SAME) if one_class else (task.compared, THE_SAME[-1:])
    for name in (
        *(each for each in first if each in scores),
        *(each for each in scores if each not in (*first, *left_out)),
    ):
        made.add_row(Text(score_name(name)), *cells(name, scores[name]))
    console.print(made)

    if content["per_class"]:
        console.print(class_table(content, statistics, several=task.problem_type == MULTI))
    if content["baselines"]:
        console.print(model_table(content, statistics, task))
    for sentence in sentences(crossval, content):
        print(wrapped(sentence, width=console.width))
    show_places(crossval)


def class_table(content: dict[str, Any], statistics: Sequence[str], *, several: bool) -> RichTable:
    """Returns how well each class is found over the folds, or each label where a row has several."""
    made = table(say("label") if several else say("class"), say("mean F1"), *statistics[1:], say("rows"))
    for label, each in content["per_class"].items():
        if "f1" in each:
            made.add_row(Text(label), *cells("f1", each["f1"]), count(each["rows"]))
    return made


def model_table(content: dict[str, Any], statistics: Sequence[str], task: Task) -> RichTable:
    """Returns the model beside simple ones: the score that ranks them with its interval, and one more."""
    ranked = ranked_by(content)
    other = next(
        name for name in ("accuracy", "mae", *task.compared) if name in task.compared and name != ranked
    )
    made = table(say("model"), score_name(ranked), *statistics[1:], score_name(other))
    alone = {name: each for name, each in content["alone"].items() if name == "network"}
    models = {"model": content["metrics"], **alone, **content["baselines"]}
    nothing = {"mean": None, "sd": None, "low": None, "high": None}
    for name in sorted(models, key=lambda name: -(models[name].get(ranked, nothing)["mean"] or 0)):
        more = shown(other, models[name].get(other, nothing)["mean"])
        style = "bold" if name == "model" else ""
        row = cells(ranked, models[name].get(ranked, nothing))
        made.add_row(Text(model_name(name, task.problem_type), style=style), *row, more)
    return made


def sentences(crossval: Crossval, content: dict[str, Any]) -> list[str]:
    """Returns what the numbers mean."""
    verdict = content.get("verdict")
    command = command_line(["finetune", "fit", *crossval.plan.options])
    right, task = content.get("right"), kept_task(content)
    several = task.problem_type == MULTI
    return [
        # without an interval: one of all rows knows nothing of the folds
        *([] if right is None else [str(right_rows(right, content["held_out"], several=several))]),
        *([verdict.get(language(), verdict["en"])] if verdict else []),
        meant(task),
        *models_meant(content["baselines"]),
        say(
            "std. dev.: how much the folds differ. 95% interval: where the mean may well lie; wider than a plain one, "
            "because folds share training rows (Nadeau and Bengio, 2003). The rows that only one gets right are "
            "counted once, of the first seed."
        )
        if task.right is not None
        else say(
            "std. dev.: how much the folds differ. 95% interval: where the mean may well lie; wider than a plain one, "
            "because folds share training rows (Nadeau and Bengio, 2003)."
        ),
        say("Each of {rows} was answered by a model that had not seen it.", rows=rows(content["held_out"])),
        say(
            "{n} test row was not touched: no fold trained on it or was measured on it. To train the model and test "
            "it on that:\n  {command}",
            "The {n:,} test rows were not touched: no fold trained on them or was measured on them. To train the model "
            "and test it on them:\n  {command}",
            n=content["untouched"],
            command=command,
        )
        if content["untouched"]
        else say(
            "There are no test rows: all rows are in the folds. To train the model:\n  {command}",
            command=command,
        ),
    ]


def show_places(crossval: Crossval) -> None:
    """Prints where the files are."""
    folder = near(crossval.folder)
    print("\n" + say("scores: {file}", file=f"{folder}/{CROSSVAL}"))
    print(say("answers: {file}", file=f"{folder}/{PREDICTIONS}"))
    print(say("To look at the curves:\n  tensorboard --logdir {folder}", folder=folder))
