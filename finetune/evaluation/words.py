"""Words alone: logistic regression on TF-IDF counts. How it is kept is in `words_file`."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.data.dividing.sample import classes_of, sample
from finetune.evaluation.counted import Counted
from finetune.evaluation.words_of_numbers import OfNumbers, are_numbers, mean_of, ridge_on_counts
from finetune.tasks.set_thresholds import THRESHOLDS, find_thresholds
from finetune.tasks.task import Facts, Targets

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_ROWS = 20_000
"""Rows that it learns from: a simple model that takes as long as the network would be none."""

MOST_CHARACTERS = 2_000
"""What it reads of a text: about what 512 tokens hold."""

MOST_FEATURES = 50_000
"""Words and pieces of words that it counts, each: bounds the memory of many classes."""

FOLDS = 5
"""Parts that the training rows are cut into, to let words answer to what they did not learn from."""

ENOUGH_LEFT_OUT = 1_000
"""Rows that words have to answer without having learned from them, for the thresholds of their labels to be found."""

COUNTED: dict[str, dict[str, Any]] = {
    # a single sign is a word too: then no text is without one, and no table without features
    "words": {"ngram_range": (1, 2), "token_pattern": r"\w+|[^\w\s]"},
    "pieces": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}
"""What is counted: words and pairs of words, and pieces of words."""


@dataclass(frozen=True)
class Classifier:
    """A scikit-learn classifier with a column for every class, also one that it never saw.

    Attributes:
        estimator: The classifier.
        num_classes: C.
        rows: From how many it learned.
        facts: What else it takes for its probabilities to become answers, such as a threshold for each label.
    """

    estimator: Any
    num_classes: int
    rows: int
    facts: Facts = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether it has learned something of words: of one class alone there is nothing to learn."""
        return hasattr(self.estimator, "steps")

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Returns the probabilities [M, C] of M texts; 0 for a class without training rows."""
        probabilities = np.zeros((len(texts), self.num_classes))
        if len(texts):
            probabilities[:, self.estimator.classes_] = self.estimator.predict_proba(list(texts))
        return probabilities


def majority(texts: Sequence[str], labels: Targets, num_classes: int, seed: int) -> Classifier | OfNumbers:
    """Always answers the most frequent class, labels together, or the mean: what a score is worth without a text."""
    return mean_of(labels) if are_numbers(labels) else _most_frequent(labels, num_classes)


def _most_frequent(labels: Targets, num_classes: int) -> Classifier:
    """Returns what says how frequent each class is, or each label."""
    if labels.ndim == 2:
        return _most_frequent_labels(labels)
    from sklearn.dummy import DummyClassifier

    estimator = DummyClassifier(strategy="most_frequent").fit(np.zeros((len(labels), 1)), labels)
    return Classifier(estimator, num_classes, len(labels))


def _most_frequent_labels(labels: Targets) -> Classifier:
    """Returns what says of each label how frequent it is, and answers those of the most frequent rows."""
    from finetune.evaluation.one_by_one import Shares

    estimator = Shares().fit(labels)
    rows, counts = np.unique(labels, axis=0, return_counts=True)
    thresholds = (estimator.share + (rows[counts.argmax()] == 0)) / 2  # half way to 0, or to 1
    return Classifier(estimator, labels.shape[1], len(labels), {THRESHOLDS: thresholds.tolist()})


def tfidf(texts: Sequence[str], labels: Targets, num_classes: int, seed: int) -> Classifier | OfNumbers:
    """Regression on weighted counts of words, pairs and pieces of words: logistic, or of numbers linear (ridge).

    Of labels that stand together it is one for each, with thresholds by what it says of rows that it left out.
    """
    if are_numbers(labels):
        return ridge_on_counts(texts, labels, counters(), most=MOST_ROWS, seed=seed)
    model = _learned(texts, labels, num_classes, seed)
    if labels.ndim != 2 or not model.counts:
        return model
    left_out = words_left_out(texts, labels, num_classes, seed, enough=ENOUGH_LEFT_OUT)
    said = np.full((len(texts), num_classes), np.nan) if left_out is None else left_out
    there = ~np.isnan(said[:, 0])
    return replace(model, facts={THRESHOLDS: find_thresholds(said[there], labels[there])})


def _learned(texts: Sequence[str], labels: Targets, num_classes: int, seed: int) -> Classifier:
    """Returns what `tfidf` has learned, without thresholds."""
    rows = sample(classes_of(labels), MOST_ROWS, seed)
    if len(np.unique(labels[rows], axis=0)) < 2:  # nothing to tell apart
        return _most_frequent(labels, num_classes)
    estimator = joined(counters(), unfitted(seed, together=labels.ndim == 2))
    return Classifier(_fitted(estimator, [texts[i] for i in rows], labels[rows]), num_classes, len(rows))


def _fitted(estimator: Any, read: Any, labels: Targets) -> Any:
    """Returns what has learned labels from texts, or from their weighted counts."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is good enough
        return estimator.fit(read, labels)


def unfitted(seed: int, *, together: bool) -> Any:
    """Returns what is to learn from counts, of a class for each row or of labels that stand together."""
    if together:
        from finetune.evaluation.one_by_one import OneByOne

        return OneByOne()
    from sklearn.linear_model import LogisticRegression

    # saga: a third of the time and a quarter of the memory of lbfgs with 150 classes, and equal scores
    return LogisticRegression(
        C=3, class_weight="balanced", solver="saga", tol=1e-2, max_iter=100, random_state=seed
    )


def words_left_out(
    texts: Sequence[str], labels: Targets, num_classes: int, seed: int, *, enough: int | None = None
) -> Floats | None:
    """Returns the probabilities [N, C] that words give each row when they did not learn from it.

    None where every class has one row alone: nothing could be learned of what is left out.

    Args:
        texts: [N].
        labels: [N] class numbers, or [N, C] which labels each has.
        num_classes: C.
        seed: Of all that is random.
        enough: Rows that will do, where each takes its time; NaN for the others. `MOST_ROWS` when left out.
    """
    from sklearn.model_selection import StratifiedKFold

    classes = classes_of(labels)
    rows = sample(classes, MOST_ROWS, seed)
    classes = classes[rows]
    folds = min(FOLDS, np.bincount(classes).max())
    if folds < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes with fewer rows than folds
        found = StratifiedKFold(folds, shuffle=True, random_state=seed).split(classes, classes)
        cuts = [(rows[train], rows[held_out]) for train, held_out in found]
    needed = len(cuts) if enough is None else -(-enough * len(cuts) // len(rows))
    return out_of_fold(texts, labels, cuts[: max(needed, 1)], num_classes, seed)


def out_of_fold(
    texts: Sequence[str],
    labels: Targets,
    folds: Sequence[tuple[Integers, Integers]],
    num_classes: int,
    seed: int,
) -> Floats:
    """Returns the probabilities [N, C] that `tfidf` gives each row when it did not learn from it.

    Args:
        texts: [N].
        labels: [N] class numbers, or [N, C] which labels each has.
        folds: Positions of training rows and of rows held out; NaN for a row that no fold holds out.
        num_classes: C.
        seed: Of all that is random.
    """
    probabilities = np.full((len(texts), num_classes), np.nan)
    drawn = [train[sample(classes_of(labels[train]), MOST_ROWS, seed)] for train, _ in folds]
    asked = np.unique(np.concatenate([*drawn, *(held_out for _, held_out in folds)]))
    counted = Counted([counter(name) for name in COUNTED], [texts[i] for i in asked])
    for train, (_, held_out) in zip(drawn, folds, strict=True):
        if not len(held_out):
            continue
        if len(np.unique(labels[train], axis=0)) < 2:  # nothing to tell apart
            simple = _most_frequent(labels[train], num_classes)
            probabilities[held_out] = simple.predict_proba([texts[i] for i in held_out])
            continue
        learned, others = counted.weighed(np.searchsorted(asked, train), np.searchsorted(asked, held_out))
        model = _fitted(unfitted(seed, together=labels.ndim == 2), learned, labels[train])
        probabilities[held_out] = 0.0
        probabilities[np.ix_(held_out, model.classes_)] = model.predict_proba(others)
    return probabilities


def shortened(text: str) -> str:
    """Returns the beginning of a text in lower case."""
    return text[:MOST_CHARACTERS].lower()


def counter(name: str, words: Sequence[str] | None = None) -> Any:
    """Returns what counts in texts.

    Args:
        name: A row of `COUNTED`.
        words: What is counted, in the order of the columns; what is frequent in the texts it is fitted to when left
            out.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        preprocessor=shortened,
        sublinear_tf=True,
        max_features=MOST_FEATURES if words is None else None,
        vocabulary=words,
        dtype=np.float32,
        **COUNTED[name],
    )


def counters(each: dict[str, Any] | None = None) -> Any:
    """Returns all that is counted beside each other, by `counter`s that know already what, or are to be fitted."""
    from sklearn.pipeline import FeatureUnion

    return FeatureUnion(list((each or {name: counter(name) for name in COUNTED}).items()))


def joined(counts: Any, regression: Any) -> Any:
    """Returns what counts and what learns of the counts as one, each to be found by its name."""
    from sklearn.pipeline import Pipeline

    return Pipeline([("counts", counts), ("regression", regression)])
