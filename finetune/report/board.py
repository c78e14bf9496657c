"""What TensorBoard shows besides curves: groups of them, pictures, the hardest examples. Measures nothing."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.evaluation.answers import Answers
from finetune.language.numbers import number
from finetune.language.say import say

Integers = NDArray[np.int64]

HARDEST = 30
"""Examples that are shown."""

MOST_CURVES = 20
"""Classes with a precision/recall curve of their own: the most frequent."""

SHOWN_CHARACTERS = 300

DOTS_PER_INCH = 160
"""Of the pictures, which TensorBoard enlarges to the width of its column."""


def groups() -> dict[str, dict[str, list[Any]]]:
    """Returns the charts of the Custom Scalars tab: its groups, their charts, the curves (regular expressions) of each.

    The curves themselves, and what is below, have one name in every language: they are found by it, and those of two
    runs stand in one chart.
    """
    return {
        say("Quality"): {
            say("macro-F1 (how well each class is found)"): ["Multiline", ["train/f1_macro", "val/f1_macro"]],
            say("accuracy (share of right answers)"): [
                "Multiline",
                ["train/accuracy", "val/accuracy", "val/balanced_accuracy"],
            ],
            say("loss (what the training makes smaller)"): ["Multiline", ["train/loss", "val/loss"]],
            say("probabilities (lower is better)"): ["Multiline", ["val/brier", "val/log_loss"]],
            say("gap of training to validation"): ["Multiline", ["overfitting/gap"]],
        },
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


def begin(writer: Any, lengths: Mapping[str, Integers]) -> None:
    """Has curves that belong together stand in one chart, and adds a histogram of the lengths of the texts.

    Args:
        writer: A `SummaryWriter`.
        lengths: By part, tokens of its texts. [N]
    """
    writer.add_custom_scalars(groups())
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
    from finetune.report.figures.classes import MOST_LABELS, class_bars, confusion_matrix
    from finetune.report.figures.confidence import reliability

    part = answers.split
    truth, labels, p = answers.truth, answers.labels, answers.probabilities
    matrix = np.array(report["confusion_matrix"]["rows_true_columns_predicted"])
    classes = list(report["per_class"].values())
    columns = {name: [row[name] for row in classes] for name in ("f1", "precision", "recall")}
    pictures = {
        "confusion matrix": confusion_matrix(matrix, labels),
        "reliability": reliability(p.max(axis=1), answers.right),
    }
    if len(labels) <= MOST_LABELS:
        pictures["classes"] = class_bars(labels, **columns)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # an emoji in a label is drawn as a box
        for name, figure in pictures.items():
            figure.set_dpi(DOTS_PER_INCH)
            writer.add_figure(f"{part}/{name}", figure, step)
    counts = np.bincount(truth, minlength=len(labels))
    for i in np.argsort(-counts, kind="stable")[:MOST_CURVES]:
        if counts[i]:
            writer.add_pr_curve(f"{part}/{labels[i]}", truth == i, p[:, i], step)
    writer.add_text(f"{part}/hardest examples", hardest(answers), step)


def hardest(answers: Answers) -> str:
    """Returns a table, in Markdown, of the rows whose true label the model finds least likely, below what it shows."""
    likely = answers.probabilities[np.arange(len(answers.frame)), answers.truth]
    order = np.argsort(likely, kind="stable")[:HARDEST]
    header = [say("line"), say("label"), say("its probability"), say("answer"), say("text")]
    told = say(
        "The rows whose label the model finds least likely: of these it errs most, or their label is wrong."
    )
    lines = [told, "", f"| {' | '.join(header)} |", "|---|---|---|---|---|"]
    for i in order:
        row = answers.frame.iloc[i]
        cells = [str(row["line"]), row["label"], number(likely[i]), row["predicted"], row["text"]]
        lines.append("| " + " | ".join(markdown_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def markdown_cell(text: str) -> str:
    """Returns a text as one cell of a table: nothing in it is a mark."""
    short = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    escaped = "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+-.!|~" else letter for letter in short)
    return " ".join(escaped.split())
