"""What TensorBoard shows besides curves: groups of them, pictures, the hardest examples. Measures nothing."""

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finetune.evaluation.answers import Answers
from finetune.evaluation.off_by import steps
from finetune.language.numbers import number, significant
from finetune.language.say import say
from finetune.tasks.single_label import single_label
from finetune.tasks.task import MULTI, NUMBER, Booleans, Floats, Task

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Integers = NDArray[np.int64]

HARDEST = 30
"""Examples that are shown."""

MOST_CURVES = 20
"""Classes with a precision/recall curve of their own: the most frequent."""

SHOWN_CHARACTERS = 300

DOTS_PER_INCH = 160
"""Of the pictures, which TensorBoard enlarges to the width of its column."""


def quality(task: Task) -> dict[str, list[str]]:
    """Returns the charts of what a task is measured by, and the curves of each."""

    def both(score: str) -> list[str]:
        return [f"train/{score}", f"val/{score}"]

    if task.problem_type == NUMBER:
        return {
            say("R² (share of the differences that is explained)"): both("r2"),
            say("errors (in the unit of the column)"): [*both("mae"), *both("rmse")],
        }
    if task.problem_type == MULTI:
        return {
            say("macro-F1 (how well each label is found)"): both("f1_macro"),
            say("all labels together, and rows all of whose labels are right"): [
                "train/f1_micro",
                "val/f1_micro",
                "val/accuracy",
            ],
        }
    found = {
        say("macro-F1 (how well each class is found)"): both("f1_macro"),
        say("accuracy (share of right answers)"): [*both("accuracy"), "val/balanced_accuracy"],
    }
    if "kappa" not in task.compared:
        return found
    return {
        say("kappa (far errors count more)"): both("kappa"),
        say("steps of the order that answers are off"): both("mae"),
        **found,
    }


def groups(task: Task) -> dict[str, dict[str, list[Any]]]:
    """Returns the charts of the Custom Scalars tab: its groups, their charts, the curves (regular expressions) of each.

    The curves themselves, and what is below, have one name in every language: they are found by it, and those of two
    runs stand in one chart.
    """
    probabilities = {say("probabilities (lower is better)"): ["Multiline", ["val/brier", "val/log_loss"]]}
    return {
        say("Quality"): {
            **{chart: ["Multiline", curves] for chart, curves in quality(task).items()},
            **loss_chart(),
            **({} if task.problem_type == NUMBER else probabilities),
            say("gap of training to validation"): ["Multiline", ["overfitting/gap"]],
        },
        **groups_of_every_training(),
    }


def groups_of_language() -> dict[str, dict[str, list[Any]]]:
    """Returns the same of a training on texts without labels."""
    perplexity = {
        say("perplexity (among how many pieces of words it wavers)"): ["Multiline", ["val/perplexity"]]
    }
    return {say("Quality"): {**loss_chart(), **perplexity}, **groups_of_every_training()}


def loss_chart() -> dict[str, list[Any]]:
    """Returns the chart of the loss."""
    return {say("loss (what the training makes smaller)"): ["Multiline", ["train/loss", "val/loss"]]}


def groups_of_every_training() -> dict[str, dict[str, list[Any]]]:
    """Returns the groups that are alike whatever is learned."""
    return {
        say("Learning rate"): {say("rate"): ["Multiline", ["learning_rate.*"]]},
        say("Machine"): {
            say("cores and limits, %"): [
                "Multiline",
                ["resources/cpu_percent", "resources/ram_limit_percent"],
            ],
            say("memory, GiB"): ["Multiline", ["resources/ram_gib", r"resources/gpu\d+_memory_gib"]],
            "GPU": [
                "Multiline",
                [r"resources/gpu\d+_(utilisation_percent|temperature_celsius|power_watts)"],
            ],
            say("disk, GiB"): ["Multiline", ["resources/disk_free_gib"]],
        },
    }


def begin(writer: Any, lengths: Mapping[str, Integers], task: Task | None = None) -> None:
    """Has curves that belong together stand in one chart, and adds a histogram of the lengths of the texts.

    Args:
        writer: A `SummaryWriter`.
        lengths: By part, tokens of its texts. [N]
        task: What is asked; one label of several when left out.
    """
    begin_with(writer, lengths, groups(task or single_label()))


def begin_language(writer: Any, lengths: Mapping[str, Integers]) -> None:
    """Does the same for a training on texts without labels.

    Args:
        writer: A `SummaryWriter`.
        lengths: By part, tokens of its texts. [N]
    """
    begin_with(writer, lengths, groups_of_language())


def begin_with(
    writer: Any, lengths: Mapping[str, Integers], charts: Mapping[str, Mapping[str, list[Any]]]
) -> None:
    """Has curves that belong together stand in one chart, and adds the histograms."""
    writer.add_custom_scalars(charts)
    for part, tokens in lengths.items():
        writer.add_histogram(f"tokens/{part}", tokens)


def add_answers(writer: Any, answers: Answers, report: Mapping[str, Any], *, step: int) -> None:
    """Adds the pictures, curves and examples of one part.

    Args:
        writer: A `SummaryWriter`.
        answers: Of that part.
        report: Its metrics, as in `metrics.json`.
        step: That the model was trained for.
    """
    part = answers.split
    pictures = pictures_of(answers, report)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # an emoji in a label is drawn as a box
        for name, figure in pictures.items():
            figure.set_dpi(DOTS_PER_INCH)
            writer.add_figure(f"{part}/{name}", figure, step)
    if answers.task.problem_type != NUMBER:
        has = membership(answers)
        counts = has.sum(axis=0)
        for i in np.argsort(-counts, kind="stable")[:MOST_CURVES]:
            if counts[i]:
                writer.add_pr_curve(
                    f"{part}/{answers.labels[i]}", has[:, i], answers.probabilities[:, i], step
                )
    writer.add_text(f"{part}/hardest examples", hardest(answers), step)


def pictures_of(answers: Answers, report: Mapping[str, Any]) -> "dict[str, Figure]":
    """Returns the pictures of a part by their names."""
    from finetune.report import figures
    from finetune.report.figures.classes import MOST_LABELS

    if answers.task.problem_type == NUMBER:
        truth, answered = answers.truth, answers.predicted
        return {
            "answers against the truth": figures.against_truth(truth, answered, low=None, high=None),
            "errors": figures.error_histogram(answered - truth),
        }
    labels, found = answers.labels, dict[str, "Figure"]()
    if "confusion_matrix" in report:
        matrix = np.array(report["confusion_matrix"]["rows_true_columns_predicted"])
        found["confusion matrix"] = figures.confusion_matrix(matrix, labels)
        if report.get("mae") is not None:
            found["steps off"] = figures.step_bars(steps(matrix))
    if answers.task.problem_type == MULTI:
        amounts = ((targets > 0).sum(axis=1) for targets in (answers.truth, answers.predicted))
        found["labels of a row"] = figures.label_amounts(*amounts)
        found["reliability"] = figures.reliability(answers.probabilities.ravel(), membership(answers).ravel())
    else:
        found["reliability"] = figures.reliability(answers.probabilities.max(axis=1), answers.right)
    if len(labels) <= MOST_LABELS:
        classes = list(report["per_class"].values())
        columns = {name: [row[name] for row in classes] for name in ("f1", "precision", "recall")}
        found["classes"] = figures.class_bars(labels, **columns)
    return found


def membership(answers: Answers) -> Booleans:
    """Returns which rows are of which class, or have which label. [N, C]"""
    truth = answers.truth
    if truth.ndim == 2:
        return np.asarray(truth > 0)
    return np.asarray(truth[:, None] == np.arange(len(answers.labels)))


def hardest(answers: Answers) -> str:
    """Returns a table, in Markdown, of the rows the model errs most in, below what it shows."""
    names, values, ranked, told = _hardest(answers)
    header = [say("line"), *names, say("answer"), say("text")]
    lines = [told, "", f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
    for i in np.argsort(ranked, kind="stable")[:HARDEST]:
        row = answers.frame.iloc[i]
        cells = [str(row["line"]), row["label"], values[i], row["predicted"], row["text"]]
        lines.append("| " + " | ".join(markdown_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _hardest(answers: Answers) -> tuple[list[str], list[str], Floats, str]:
    """The names of label and value, the values [N], by what rows are ranked [N], and what is told above."""
    if answers.task.problem_type == NUMBER:
        errors = answers.predicted - answers.truth
        told = say(
            "The rows whose answer is furthest from the number: of these it errs most, or the number is wrong."
        )
        return [say("number"), say("off by")], [significant(error) for error in errors], -np.abs(errors), told
    if answers.task.problem_type == MULTI:
        has = membership(answers)
        p = np.where(has, answers.probabilities, 1 - answers.probabilities)
        likely = np.asarray(np.log(np.clip(p, 1e-300, None)).sum(axis=1))
        told = say(
            "The rows whose labels the model finds least likely: of these it errs most, or their labels are wrong."
        )
        shown = [number(value) for value in np.exp(likely)]
        return [say("labels"), say("their probability")], shown, likely, told
    likely = answers.probabilities[np.arange(len(answers.frame)), answers.truth]
    told = say(
        "The rows whose label the model finds least likely: of these it errs most, or their label is wrong."
    )
    return [say("label"), say("its probability")], [number(value) for value in likely], likely, told


def filled_gaps(gaps: Sequence[Mapping[str, Any]]) -> str:
    """Returns a table, in Markdown, of texts in which a word was left out, and of what was found likeliest there."""
    header = [say("text"), say("word"), say("likeliest before"), say("likeliest after")]
    lines = [f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
    for gap in gaps:
        left, right = gap["text"]
        cells = [f"{left}[___]{right}", gap["word"], ", ".join(gap["before"]), ", ".join(gap["after"])]
        lines.append("| " + " | ".join(map(markdown_cell, cells)) + " |")
    return "\n".join(lines)


def markdown_cell(text: str) -> str:
    """Returns a text as one cell of a table: nothing in it is a mark."""
    short = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    escaped = "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+-.!|~" else letter for letter in short)
    return " ".join(escaped.split())
