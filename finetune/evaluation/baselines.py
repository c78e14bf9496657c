"""The simple models that a fine-tuned one has to beat: fitted, timed and scored. Compares nothing, reads no file.

A baseline is a function `(texts, labels, num_classes, seed) -> Fitted`; add one by writing it and adding a row to
`BASELINES`, or name your own as `package.module:function`. The labels are targets: their shape tells the problem.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from finetune.errors import ConfigError
from finetune.evaluation.words import majority, tfidf
from finetune.language.say import Message
from finetune.plugins import resolve
from finetune.tasks.calibration import Calibration
from finetune.tasks.task import Floats, Targets, Task


class Fitted(Protocol):
    """A baseline that has learned. Where it did not from all rows, an attribute `rows` says from how many.

    Where its probabilities become answers otherwise than those of all do, an attribute `facts` says how: as that of a
    `Calibration`, such as a threshold for each label.
    """

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Returns the probabilities [M, C] of M texts; where a number is asked for, that number [M, 1]."""


BaselineFunction = Callable[[Sequence[str], Targets, int, int], Fitted]


TFIDF = "tfidf"
"""The simple model that counts words."""

BASELINES: dict[str, BaselineFunction] = {"majority": majority, TFIDF: tfidf}

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

    `probabilities` [M, C], `predicted` as targets are, `seconds` to answer, `scores` named as in `metrics.json`.
    """

    name: str
    probabilities: Floats
    predicted: Targets
    seconds: float
    scores: dict[str, float]


def fit_baselines(
    texts: Sequence[str],
    labels: Targets,
    *,
    num_classes: int,
    seed: int,
    names: Sequence[str] = tuple(BASELINES),
    learned: Sequence[Baseline] = (),
) -> list[Baseline]:
    """Returns the fitted baselines, in the order of their names.

    Args:
        texts: [N] of the training rows.
        labels: [N] or [N, C] their targets.
        num_classes: How many outputs there are, C.
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


def how_it_answers(model: Fitted) -> Calibration:
    """Returns how the probabilities of a baseline become answers."""
    return Calibration(facts=getattr(model, "facts", {}))


def measure(baseline: Baseline, texts: Sequence[str], labels: Targets, task: Task) -> Measured:
    """Returns a baseline's answers to texts [M] and their scores against targets.

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
    predicted = task.answer(probabilities, how_it_answers(baseline.model)).predicted
    return Measured(baseline.name, probabilities, predicted, seconds, task.scores(labels, predicted))
