"""The simple models that a fine-tuned one has to beat: fitted, timed and scored. Compares nothing, reads no file.

A baseline is a function `(texts, labels, num_classes, seed) -> Fitted`; add one by writing it and adding a row to
`BASELINES`, or name your own as `package.module:function`.
"""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from finetune.data.dividing.sample import sample
from finetune.errors import ConfigError
from finetune.language.say import Message
from finetune.plugins import resolve

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_ROWS = 20_000
"""Rows that `tfidf` learns from: a baseline that takes as long as the model would be none."""

MOST_CHARACTERS = 2_000
"""What `tfidf` reads of a text: about what 512 tokens hold."""

MOST_FEATURES = 50_000
"""Words and pieces of words that `tfidf` counts, each: bounds the memory of many classes."""


class Fitted(Protocol):
    """A baseline that has learned. Where it did not from all rows, an attribute `rows` says from how many."""

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Returns the probabilities [M, C] of M texts."""


BaselineFunction = Callable[[Sequence[str], Integers, int, int], Fitted]


@dataclass(frozen=True)
class Classifier:
    """A scikit-learn classifier with a column for every class, also one that it never saw."""

    estimator: Any
    num_classes: int
    rows: int

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Returns the probabilities [M, C] of M texts; 0 for a class without training rows."""
        probabilities = np.zeros((len(texts), self.num_classes))
        if len(texts):
            probabilities[:, self.estimator.classes_] = self.estimator.predict_proba(list(texts))
        return probabilities


def majority(texts: Sequence[str], labels: Integers, num_classes: int, seed: int) -> Classifier:
    """Always answers the most frequent class: what a score is worth that looks at no text."""
    from sklearn.dummy import DummyClassifier

    estimator = DummyClassifier(strategy="prior").fit(np.zeros((len(labels), 1)), labels)
    return Classifier(estimator, num_classes, len(labels))


def tfidf(texts: Sequence[str], labels: Integers, num_classes: int, seed: int) -> Classifier:
    """Logistic regression on weighted counts of words, pairs of words and pieces of words."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    rows = sample(labels, MOST_ROWS, seed)
    if len(np.unique(labels[rows])) < 2:  # nothing to tell apart
        return majority(texts, labels, num_classes, seed)
    shared = {
        "preprocessor": shortened,
        "sublinear_tf": True,
        "max_features": MOST_FEATURES,
        "dtype": np.float32,
    }
    # a single sign is a word too: then no text is without one, and no table without features
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+|[^\w\s]", **shared)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **shared)
    # saga: a third of the time and a quarter of the memory of lbfgs with 150 classes, and equal scores
    regression = LogisticRegression(
        C=3, class_weight="balanced", solver="saga", tol=1e-2, max_iter=100, random_state=seed
    )
    estimator = make_pipeline(make_union(words, pieces), regression)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is good enough
        estimator.fit([texts[i] for i in rows], labels[rows])
    return Classifier(estimator, num_classes, len(rows))


BASELINES: dict[str, BaselineFunction] = {"majority": majority, "tfidf": tfidf}


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
) -> list[Baseline]:
    """Returns the fitted baselines, in the order of their names.

    Args:
        texts: [N] of the training rows.
        labels: [N] their class numbers.
        num_classes: How many classes there are, C.
        seed: Of all that is random.
        names: Rows of `BASELINES`, or `package.module:function`.
    """
    functions = {name: resolve(name, BASELINES, "baseline") for name in names}
    fitted = []
    for name, function in functions.items():
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


def out_of_fold(
    texts: Sequence[str],
    labels: Integers,
    folds: Sequence[tuple[Integers, Integers]],
    num_classes: int,
    seed: int,
) -> Floats:
    """Returns the probabilities [N, C] that `tfidf` gives each row when it did not learn from it.

    Args:
        texts: [N].
        labels: [N] class numbers.
        folds: Positions of training rows and of rows held out; NaN for a row that no fold holds out.
        num_classes: C.
        seed: Of all that is random.
    """
    probabilities = np.full((len(texts), num_classes), np.nan)
    for train, held_out in folds:
        model = tfidf([texts[i] for i in train], labels[train], num_classes, seed)
        probabilities[held_out] = model.predict_proba([texts[i] for i in held_out])
    return probabilities


def shortened(text: str) -> str:
    """Returns the beginning of a text in lower case."""
    return text[:MOST_CHARACTERS].lower()
