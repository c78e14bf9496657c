"""The simple models that a fine-tuned one has to beat: fitted, timed and scored. Compares nothing, reads no file.

A baseline is a function `(texts, labels, num_classes, seed) -> Fitted`; add one by writing it and adding a row to
`BASELINES`, or name your own as `package.module:function`.
"""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ConfigError
from finetune.evaluation.words import majority, tfidf
from finetune.language.say import Message
from finetune.plugins import resolve

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Fitted(Protocol):
    """A baseline that has learned. Where it did not from all rows, an attribute `rows` says from how many."""

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Returns the probabilities [M, C] of M texts."""


BaselineFunction = Callable[[Sequence[str], Integers, int, int], Fitted]


BASELINES: dict[str, BaselineFunction] = {"majority": majority, "tfidf": tfidf}

FROZEN = "frozen"
"""A simple model that is no row: it answers with the pretrained model, which the others do without. See `frozen`."""

NAMES = (*BASELINES, FROZEN)
"""All simple models."""


def refuse_unknown(names: Sequence[str]) -> None:
    """Refuses names of baselines that there are not.

    Raises:
        ConfigError: if there is one.
    """
    for name in names:
        if name != FROZEN:
            resolve(name, BASELINES, "baseline")


@dataclass(frozen=True)
class Baseline:
    """A fitted baseline, the seconds that it took to learn, and from how many rows."""

    name: str
    model: Fitted
    num_classes: int
    seconds: float
    rows: int


@dataclass(frozen=True)
class Measured:
    """The answers of a baseline to M texts, and what they score.

    `probabilities` [M, C], `predicted` [M] class numbers, `seconds` to answer, `scores` named as in `metrics.json`.
    """

    name: str
    probabilities: Floats
    predicted: Integers
    seconds: float
    scores: dict[str, float]


def fit_baselines(
    texts: Sequence[str],
    labels: Integers,
    *,
    num_classes: int,
    seed: int,
    names: Sequence[str] = tuple(BASELINES),
    learned: Sequence[Baseline] = (),
) -> list[Baseline]:
    """Returns the fitted baselines, in the order of their names.

    Args:
        texts: [N] of the training rows.
        labels: [N] their class numbers.
        num_classes: How many classes there are, C.
        seed: Of all that is random.
        names: Rows of `BASELINES`, or `package.module:function`.
        learned: Those that have learned from the same rows already.
    """
    functions = {name: resolve(name, BASELINES, "baseline") for name in names}
    there = {each.name: each for each in learned}
    fitted = []
    for name, function in functions.items():
        if name in there:
            fitted.append(there[name])
            continue
        start = time.perf_counter()
        model = function(texts, labels, num_classes, seed)
        seconds = time.perf_counter() - start
        fitted.append(Baseline(name, model, num_classes, seconds, getattr(model, "rows", len(labels))))
    return fitted


def measure(baseline: Baseline, texts: Sequence[str], labels: Integers) -> Measured:
    """Returns a baseline's answers to texts [M] and their scores against class numbers [M].

    Raises:
        ConfigError: A user's own baseline does not give a probability for each text and class.
    """
    start = time.perf_counter()
    probabilities = np.asarray(baseline.model.predict_proba(texts))
    seconds = time.perf_counter() - start
    if probabilities.shape != (len(texts), baseline.num_classes):
        raise ConfigError(
            'baseline "{name}": predict_proba gave {shape} probabilities for {texts} and {classes}. It must give one '
            "for each text and class, 0 for a class that it never saw.",
            name=baseline.name,
            shape=list(probabilities.shape),
            texts=Message("{n:,} text", "{n:,} texts", n=len(texts)),
            classes=Message("{n:,} class", "{n:,} classes", n=baseline.num_classes),
        )
    predicted = probabilities.argmax(axis=1)
    return Measured(baseline.name, probabilities, predicted, seconds, scores(labels, predicted))


def scores(truth: Integers, predicted: Integers) -> dict[str, float]:
    """Returns macro-F1, accuracy and MCC of class numbers [M], as `finetune/model/metrics.py` defines them.

    A class that neither occurs nor is predicted is left out of macro-F1. One difference: MCC of two classes of which
    one is never predicted, or never occurs, is 0 here; torchmetrics gives a value near the limit.
    """
    from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a single class in few rows
        return {
            "f1_macro": float(f1_score(truth, predicted, average="macro", zero_division=0)),
            "accuracy": float(accuracy_score(truth, predicted)),
            "mcc": float(matthews_corrcoef(truth, predicted)),
        }
