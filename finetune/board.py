"""What TensorBoard shows besides curves: groups of them, pictures, the hardest examples. Measures nothing."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.answers import Answers

Integers = NDArray[np.int64]

HARDEST = 30
"""Examples that are shown."""

MOST_CURVES = 20
"""Classes with a precision/recall curve of their own: the most frequent."""

SHOWN_CHARACTERS = 300

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
        "memory, GiB": ["Multiline", ["resources/ram_gib", r"resources/gpu\\d+_memory_gib"]],
        "GPU": ["Multiline", [r"resources/gpu\\d+_(utilisation_percent|temperature_celsius|power_watts)"]],
        "disk, GiB": ["Multiline", ["resources/disk_free_gib"]],
    },
}
"""The charts of the Custom Scalars tab: its groups, their charts, and which curves (regular expressions) each shows."""


def group_curves(writer: Any) -> None:
    """Has the Custom Scalars tab show curves that belong together in one chart."""
    writer.add_custom_scalars(GROUPS)


def add_lengths(writer: Any, lengths: Mapping[str, Integers]) -> None:
    """Adds a histogram of the tokens of the texts of each part."""
    for part, tokens in lengths.items():
        writer.add_histogram(f"tokens/{part}", tokens)


def add_answers(writer: Any, answers: Answers, step: int) -> None:
    """Adds pictures, curves and examples of one part.

    Args:
        writer: A `SummaryWriter`.
        answers: Of that part.
        step: That the model was trained for.
    """
    part = answers.frame["split"].iloc[0]
    truth, predicted = answers.truth, answers.predicted
    frequent = np.argsort(-np.bincount(truth, minlength=len(answers.labels)), kind="stable")[:MOST_CURVES]
    for i in frequent:
        if (truth == i).any():
            name = f"{part}/{answers.labels[i]}"
            writer.add_pr_curve(name, truth == i, answers.probabilities[:, i], step)
    writer.add_text(f"{part}/hardest examples", hardest(answers), step)
    del predicted


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
