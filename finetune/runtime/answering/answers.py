"""Logits into answers and columns, for each kind of task: as the program that trained the model has it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .said import Refused, tell
from .words import sigmoid

Floats = NDArray[np.float64]
Columns = Mapping[str, list[Any]]

MARK = "|"
"""What joins several labels."""

HALF = 0.5 - 1e-9
"""What the probabilities up to the median add up to at least; of two classes just alike the lower one is answered."""

LEAST = 1e-6
"""What stands for a probability of 0: a class that words never saw is not ruled out by them."""

SHOWN_DIGITS, DIGITS_OF_WIDTH = 6, 3
"""Digits of a number, and those that the width of its interval keeps."""

NUMBER, MULTI = "regression", "multi_label_classification"


@dataclass(frozen=True)
class Answer:
    """What is said of N rows.

    Attributes:
        predicted: [N] class numbers or numbers, or [N, C] which labels.
        confidence: [N].
        abstained: [N] whether it does not know.
        low: [N] where the interval of a number begins.
        high: [N] where it ends.
    """

    predicted: NDArray[Any]
    confidence: Floats
    abstained: NDArray[np.bool_]
    low: Floats | None = None
    high: Floats | None = None


Answering = Callable[[Floats, Mapping[str, Any]], Answer]


def most_probable(probabilities: Floats, calibration: Mapping[str, Any]) -> Answer:
    """Returns the most probable class of each row, as sure as that is."""
    confidence = probabilities.max(axis=1, initial=0.0)
    return Answer(probabilities.argmax(axis=1), confidence, _unsure(confidence, calibration))


def median(probabilities: Floats, calibration: Mapping[str, Any]) -> Answer:
    """Returns the median class of each row, as sure as that class is probable."""
    predicted = (probabilities.cumsum(axis=1)[:, :-1] < HALF).sum(axis=1).astype(np.int64)
    confidence = np.take_along_axis(probabilities, predicted[:, None], axis=1)[:, 0]
    return Answer(predicted, confidence, _unsure(confidence, calibration))


def above_thresholds(probabilities: Floats, calibration: Mapping[str, Any]) -> Answer:
    """Returns the labels that reach their thresholds, as sure as it is that the row has these and no other."""
    facts = calibration.get("facts") or {}
    thresholds = np.asarray(facts.get("thresholds") or [0.5] * probabilities.shape[1])
    predicted = probabilities >= thresholds
    confidence = np.where(predicted, probabilities, 1 - probabilities).prod(axis=1)
    return Answer(predicted, confidence, _unsure(confidence, calibration))


def with_interval(values: Floats, calibration: Mapping[str, Any]) -> Answer:
    """Returns the numbers, with the interval where one is known."""
    answered, facts = values[:, 0], calibration.get("facts") or {}
    unsure = np.full(len(answered), np.nan)
    if "half_widths" not in facts:
        return Answer(answered, unsure, np.zeros(len(answered), dtype=bool))
    band = np.searchsorted(np.asarray(facts["edges"], dtype=np.float64), answered, side="right")
    half = np.asarray(facts["half_widths"], dtype=np.float64)[band]
    widest = facts.get("widest", [np.inf])[0]
    return Answer(answered, unsure, 2 * half > widest, answered - half, answered + half)


def _unsure(confidence: Floats, calibration: Mapping[str, Any]) -> NDArray[np.bool_]:
    return np.asarray(confidence < (calibration.get("abstain_below") or 0.0))


TASKS: dict[str, Answering] = {
    "single_label": most_probable,
    "ordinal": median,
    "multi_label": above_thresholds,
    "number": with_interval,
}
"""How each kind of task answers; one of somebody's own cannot be carried along."""


def task_of(name: str) -> Answering:
    """Returns how a task answers.

    Raises:
        Refused: It is none of these.
    """
    if name not in TASKS:
        raise Refused(
            tell(
                '"{task}" is no task that this folder can answer by itself; there are {tasks}',
                task=name,
                tasks=", ".join(TASKS),
            )
        )
    return TASKS[name]


def applied(logits: Floats, calibration: Mapping[str, Any]) -> Floats:
    """Returns logits [N, C] with which all is done that is still to be done."""
    logits = logits / calibration.get("temperature", 1.0)
    if calibration.get("scale") is not None:
        logits = logits * np.asarray(calibration["scale"])
    return logits if calibration.get("shift") is None else logits + np.asarray(calibration["shift"])


def probabilities(logits: Floats, problem: str, calibration: Mapping[str, Any]) -> Floats:
    """Returns what is said of each output [N, C]: a number as it is, else its probability."""
    logits = applied(logits, calibration)
    if problem == NUMBER:
        return logits
    return sigmoid(logits) if problem == MULTI else np.exp(log_softmax(logits))


def log_softmax(logits: Floats) -> Floats:
    """Returns the logarithms of the probabilities of logits [N, C]."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def mixed(network: Floats, words: Floats, mix: Mapping[str, Any], problem: str) -> Floats:
    """Returns the logits [N, C] of the network's logits and the probabilities that words give, made one."""
    if problem == NUMBER:  # words give a number, too
        return np.asarray((1 - mix["weight"]) * network + mix["weight"] * words)
    logs = np.log(np.maximum(words, LEAST))
    if problem == MULTI:
        logs = logs - np.log(np.maximum(1 - words, LEAST))
    of_network, of_words = network / mix["network"], logs / mix["words"]
    if problem != MULTI:
        of_network, of_words = log_softmax(of_network), log_softmax(of_words)
    return np.asarray((1 - mix["weight"]) * of_network + mix["weight"] * of_words)


def columns(
    answer: Answer, probabilities: Floats, labels: Sequence[str], problem: str, *, mark: str | None = None
) -> Columns:
    """Returns what stands beside each row, by the name of the column."""
    abstained: dict[str, list[Any]] = {"abstained": answer.abstained.tolist()}
    if problem == NUMBER:
        return {**_of_numbers(answer), **abstained}
    sure: dict[str, list[Any]] = {"confidence": answer.confidence.round(4).tolist(), **abstained}
    if problem != MULTI:
        return {"label": [labels[number] for number in answer.predicted], **sure}
    joined = [
        (mark or MARK).join(labels[number] for number in np.flatnonzero(row).tolist())
        for row in answer.predicted
    ]
    each = {
        f"p:{name}": of_label.tolist()
        for name, of_label in zip(labels, probabilities.round(4).T, strict=True)
    }
    return {"labels": joined, **each, **sure}


def _of_numbers(answer: Answer) -> dict[str, list[Any]]:
    empty = np.full(len(answer.predicted), np.nan)
    low, high = (empty if each is None else each for each in (answer.low, answer.high))
    return {
        name: rounded(each, high - low).tolist()
        for name, each in (("value", answer.predicted), ("low", low), ("high", high))
    }


def rounded(values: Floats, widths: Floats) -> Floats:
    """Returns numbers with as many digits as mean something beside the widths of their intervals; NaN stays."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.floor(np.log10(np.abs(values) / widths))
    digits = np.where(np.isfinite(size), np.maximum(size + DIGITS_OF_WIDTH, SHOWN_DIGITS), SHOWN_DIGITS)
    shown = [f"{value:.{int(figures)}g}" for value, figures in zip(values, digits, strict=True)]
    return np.array(shown, dtype=np.float64)
