"""What TensorBoard shows besides curves: groups of them, pictures, the hardest examples. Measures nothing."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.evaluation.answers import Answers
from finetune.language.which import Language

Integers = NDArray[np.int64]

HARDEST = 30
"""Examples that are shown."""

MOST_CURVES = 20
"""Classes with a precision/recall curve of their own: the most frequent."""

SHOWN_CHARACTERS = 300

DOTS_PER_INCH = 160
"""Of the pictures, which TensorBoard enlarges to the width of its column."""

GROUPS: dict[str, dict[str, list[Any]]] = {
    "Quality": {
        "macro-F1": ["Multiline", ["train/f1_macro", "val/f1_macro"]],
        "accuracy": ["Multiline", ["train/accuracy", "val/accuracy", "val/balanced_accuracy"]],
        "loss": ["Multiline", ["train/loss", "val/loss"]],
        "probabilities": ["Multiline", ["val/brier", "val/log_loss"]],
        "gap of training to validation": ["Multiline", ["overfitting/gap"]],
    },
    "Learning rate": {"rate": ["Multiline", ["learning_rate.*"]]},
    "Machine": {
        "cores and limits, %": ["Multiline", ["resources/cpu_percent", "resources/ram_limit_percent"]],
        "memory, GiB": ["Multiline", ["resources/ram_gib", r"resources/gpu\d+_memory_gib"]],
        "GPU": ["Multiline", [r"resources/gpu\d+_(utilisation_percent|temperature_celsius|power_watts)"]],
        "disk, GiB": ["Multiline", ["resources/disk_free_gib"]],
    },
}
"""The charts of the Custom Scalars tab: its groups, their charts, and which curves (regular expressions) each shows."""


def begin(writer: Any, lengths: Mapping[str, Integers]) -> None:
    """Has curves that belong together stand in one chart, and adds a histogram of the lengths of the texts.

    Args:
        writer: A `SummaryWriter`.
        lengths: By part, tokens of its texts. [N]
    """
    writer.add_custom_scalars(GROUPS)
    for part, tokens in lengths.items():
        writer.add_histogram(f"tokens/{part}", tokens)


def add_answers(
    writer: Any, answers: Answers, report: Mapping[str, Any], *, step: int, language: Language
) -> None:
    """Adds the pictures, curves and examples of one part.

    Args:
        writer: A `SummaryWriter`.
        answers: Of that part.
        report: Its metrics, as in `metrics.json`.
        step: That the model was trained for.
        language: Of the words in the pictures.
    """
    from finetune.report.figures.classes import MOST_LABELS, class_bars, confusion_matrix
    from finetune.report.figures.confidence import reliability

    part = answers.split
    truth, labels, p = answers.truth, answers.labels, answers.probabilities
    matrix = np.array(report["confusion_matrix"]["rows_true_columns_predicted"])
    classes = list(report["per_class"].values())
    columns = {name: [row[name] for row in classes] for name in ("f1", "precision", "recall")}
    pictures = {
        "confusion matrix": confusion_matrix(matrix, labels, language=language),
        "reliability": reliability(p.max(axis=1), answers.predicted == truth, language=language),
    }
    if len(labels) <= MOST_LABELS:
        pictures["classes"] = class_bars(labels, **columns, language=language)
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
    """Returns a table, in Markdown, of the rows whose true label the model finds least likely."""
    likely = answers.probabilities[np.arange(len(answers.frame)), answers.truth]
    order = np.argsort(likely, kind="stable")[:HARDEST]
    lines = ["| line | label | its probability | predicted | text |", "|---|---|---|---|---|"]
    for i in order:
        row = answers.frame.iloc[i]
        cells = [str(row["line"]), row["label"], f"{likely[i]:.3f}", row["predicted"], row["text"]]
        lines.append("| " + " | ".join(markdown_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def markdown_cell(text: str) -> str:
    """Returns a text as one cell of a table: nothing in it is a mark."""
    short = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    escaped = "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+-.!|~" else letter for letter in short)
    return " ".join(escaped.split())
