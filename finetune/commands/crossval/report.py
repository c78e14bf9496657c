"""The result of a cross-validation: put together, written, and told."""

import math
from dataclasses import asdict
from typing import Any

from rich.table import Table as RichTable
from rich.text import Text

from finetune.commands.crossval.answers import gathered, right_alone, write_gathered
from finetune.commands.crossval.folder import Crossval
from finetune.commands.crossval.statistics import summary
from finetune.evaluation.comparison import McNemar, outcome, right_rows
from finetune.evaluation.score_names import MEANT, MODELS, model_name, models_meant, score_name
from finetune.files.near import near
from finetune.language.console import new_console
from finetune.language.numbers import NOTHING, count, number, rows
from finetune.language.say import Message, in_every_language, say, wrapped
from finetune.language.typed import command_line
from finetune.language.which import language
from finetune.runs.folder import CROSSVAL, PREDICTIONS
from finetune.tasks.bootstrap import Interval

FIRST = ("f1_macro", "accuracy", "balanced_accuracy", "mcc")
"""What the table begins with; the other single numbers follow in the order of the reports."""

THE_SAME = ("f1_micro", "loss")
"""What is left out of the table: it equals the accuracy, or nearly the log loss."""

SEEN = 0.0005
"""A difference below it is shown as +0.000: nobody is told that it varies."""

LIMITS = {
    **dict.fromkeys(("f1", "accuracy", "precision", "auc", "ece"), (0.0, 1.0)),
    "mcc": (-1.0, 1.0),
    "brier": (0.0, 2.0),
    "loss": (0.0, math.inf),
}
"""What no value can leave, by a piece of a score's name: its interval is cut there when shown."""


def conclude(crossval: Crossval) -> None:
    """Puts the folds together, writes `crossval.json` and `predictions.csv`, and shows the result.

    Raises:
        DataError: if the answers of a fold are not there.
    """
    crossval.runs = {pair: crossval.runs[pair] for pair in crossval.plan.pairs()}
    runs = list(crossval.runs.values())
    content = summary(
        [run["metrics"] for run in runs], [run["rows"] for run in runs], folds=crossval.plan.folds
    )
    answers = gathered(crossval)
    first = crossval.plan.seeds[0]
    of_first = answers[answers["seed"] == first]
    content |= {
        "held_out": len(of_first),
        "right": int((of_first["label"] == of_first["predicted"]).sum()),
        "untouched": runs[0]["rows"]["untouched"],
    }
    if "difference" in content:
        found = right_alone(answers, content["difference"]["baseline"], seed=first)
        content |= compared(content["difference"], *found) if found is not None else {}
    write_gathered(crossval, answers)
    crossval.write(content)
    show(crossval, content)


def compared(difference: dict[str, Any], mcnemar: McNemar, every: int) -> dict[str, Any]:
    """Returns the comparison with the best baseline and the verdict in every language, by the folds' own interval.

    That of a bootstrap of all rows would be too narrow: it knows nothing of how models differ from fold to fold.

    Args:
        difference: The model minus the baseline, over the folds.
        mcnemar: The rows that only one of both gets right.
        every: How many rows there are.
    """
    if difference["low"] is None:
        return {}
    best = difference["baseline"]
    low, high = max(-1.0, difference["low"]), min(1.0, difference["high"])  # no difference is beyond
    found = outcome(Interval(difference["mean"], low, high), mcnemar, every)
    same = abs(low) < SEEN and abs(high) < SEEN
    verdict = Message(
        "Over the folds the fine-tuned model beats the simple model {baseline}: macro-F1 {mean:+.3f} on average (95% "
        "interval {low:+.3f} to {high:+.3f}). Of {rows} it alone gets {first:,} right, the simple model alone "
        "{second:,}."
        if found == "better"
        else "Over the folds the fine-tuned model does NOT beat the simple model {baseline}: macro-F1 {mean:+.3f} on "
        "average (95% interval {low:+.3f} to {high:+.3f}). Of {rows} it alone gets {first:,} right, the simple model "
        "alone {second:,}. Do not rely on it as it is: more epochs, more rows, a hub model or cleaner labels may help."
        if found == "worse"
        else "Over the folds the fine-tuned model is as good as the simple model {baseline}, and not better: their "
        "macro-F1 is the same. Of {rows} it alone gets {first:,} right, the simple model alone {second:,}. The simple "
        "model needs seconds and no GPU, and may do."
        if same
        else "It is not proved that the fine-tuned model is better than the simple model {baseline}: macro-F1 "
        "{mean:+.3f} on average (95% interval {low:+.3f} to {high:+.3f}), but too few rows tell the two apart. Of "
        "{rows} it alone gets {first:,} right, the simple model alone {second:,}. More rows would tell."
        if low > 0 or high < 0
        else "It is not proved that the fine-tuned model is better than the simple model {baseline}: macro-F1 "
        "{mean:+.3f} on average, but from fold to fold it differs too much to tell (95% interval {low:+.3f} to "
        "{high:+.3f}). Of {rows} it alone gets {first:,} right, the simple model alone {second:,}. More folds, or "
        "--seeds 3, tell more.",
        baseline=MODELS.get(best, best),
        mean=difference["mean"],
        low=low,
        high=high,
        rows=rows(every),
        first=mcnemar.only_first_right,
        second=mcnemar.only_second_right,
    )
    return {
        "right_alone": {"baseline": best, "rows": every, **asdict(mcnemar)},
        "verdict": in_every_language(verdict),
    }


# ---- what is shown --------------------------------------------------------------------------------------------


def interval(name: str, of: dict[str, Any]) -> str:
    """Returns an interval in words; that of a score with limits is cut at them, and one without width is none."""
    if of["low"] is None or of["low"] == of["high"]:
        return NOTHING
    low, high = of["low"], of["high"]
    for piece, (least, most) in LIMITS.items():
        if piece in name:
            low, high = max(low, least), min(high, most)
            if (low, high) == (least, most):
                return NOTHING  # so few folds tell nothing
    return say("{low} to {high}", low=shown(low), high=shown(high))


def shown(value: float | None) -> str:
    """Returns a score as it stands in the tables."""
    return number(value, digits=4)


def cells(name: str, of: dict[str, Any]) -> list[str]:
    """Returns mean, deviation and interval of a score."""
    return [shown(of["mean"]), shown(of["sd"]), interval(name, of)]


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
    scores = content["metrics"]
    made = table(say("metric"), *statistics)
    for name in (
        *(each for each in FIRST if each in scores),
        *(each for each in scores if each not in (*FIRST, *THE_SAME)),
    ):
        made.add_row(Text(score_name(name)), *cells(name, scores[name]))
    console.print(made)

    made = table(say("class"), say("mean F1"), *statistics[1:], say("rows"))
    for label, each in content["per_class"].items():
        if "f1" in each:
            made.add_row(Text(label), *cells("f1", each["f1"]), count(each["rows"]))
    console.print(made)

    if content["baselines"]:
        made = table(say("model"), score_name("f1_macro"), *statistics[1:], score_name("accuracy"))
        alone = {name: each for name, each in content["alone"].items() if name == "network"}
        models = {"model": scores, **alone, **content["baselines"]}
        for name in sorted(models, key=lambda name: -(models[name]["f1_macro"]["mean"] or 0)):
            accuracy = shown(models[name]["accuracy"]["mean"])
            style = "bold" if name == "model" else ""
            row = cells("f1_macro", models[name]["f1_macro"])
            made.add_row(Text(model_name(name), style=style), *row, accuracy)
        console.print(made)
    for sentence in sentences(crossval, content):
        print(wrapped(sentence, width=console.width))
    show_places(crossval)


def sentences(crossval: Crossval, content: dict[str, Any]) -> list[str]:
    """Returns what the numbers mean."""
    verdict = content.get("verdict")
    command = command_line(["finetune", "fit", *crossval.plan.options])
    right = content.get("right")
    return [
        # without an interval: one of all rows knows nothing of the folds
        *([] if right is None else [str(right_rows(right, content["held_out"]))]),
        *([verdict.get(language(), verdict["en"])] if verdict else []),
        str(MEANT),
        *models_meant(content["baselines"]),
        say(
            "std. dev.: how much the folds differ. 95% interval: where the mean may well lie; wider than a plain one, "
            "because folds share training rows (Nadeau and Bengio, 2003). The rows that only one gets right are "
            "counted once, of the first seed."
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
