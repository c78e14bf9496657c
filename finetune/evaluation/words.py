"""Words alone: logistic regression on TF-IDF counts, kept as arrays and names that run no code when opened."""

import json
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.data.dividing.sample import classes_of, sample
from finetune.errors import DataError
from finetune.evaluation.words_of_numbers import OfNumbers, are_numbers, mean_of, ridge, ridge_on_counts
from finetune.files.whole import write_through
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


FACT = "fact_"
"""What the name of an array begins with that is a fact, and nothing that was learned of words."""

NUMBERS = "numbers"
"""The array that tells of a regression whose answer is a number."""


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
        return ridge_on_counts(texts, labels, _counts(), most=MOST_ROWS, seed=seed)
    model = _learned(texts, labels, num_classes, seed)
    if labels.ndim != 2 or not model.counts:
        return model
    left_out = words_left_out(texts, labels, num_classes, seed, enough=ENOUGH_LEFT_OUT)
    said = np.full((len(texts), num_classes), np.nan) if left_out is None else left_out
    there = ~np.isnan(said[:, 0])
    return replace(model, facts={THRESHOLDS: find_thresholds(said[there], labels[there])})


def _learned(texts: Sequence[str], labels: Targets, num_classes: int, seed: int) -> Classifier:
    """Returns what `tfidf` has learned, without thresholds."""
    from sklearn.exceptions import ConvergenceWarning

    rows = sample(classes_of(labels), MOST_ROWS, seed)
    if len(np.unique(labels[rows], axis=0)) < 2:  # nothing to tell apart
        return _most_frequent(labels, num_classes)
    regression = _regression(seed, together=labels.ndim == 2)
    estimator = _joined(_counts(), regression)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is good enough
        estimator.fit([texts[i] for i in rows], labels[rows])
    return Classifier(estimator, num_classes, len(rows))


def _regression(seed: int, *, together: bool) -> Any:
    """Returns what learns from counts, of a class for each row or of labels that stand together."""
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
        enough: Rows that will do, where each takes its time; NaN for the others. All when left out.
    """
    from sklearn.model_selection import StratifiedKFold

    classes = classes_of(labels)
    folds = min(FOLDS, np.bincount(classes).max())
    if folds < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes with fewer rows than folds
        cuts = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(classes, classes))
    needed = len(cuts) if enough is None else -(-enough * len(cuts) // len(texts))
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
    for train, held_out in folds:
        model = _learned([texts[i] for i in train], labels[train], num_classes, seed)
        probabilities[held_out] = model.predict_proba([texts[i] for i in held_out])
    return probabilities


def shortened(text: str) -> str:
    """Returns the beginning of a text in lower case."""
    return text[:MOST_CHARACTERS].lower()


def save_words(path: Path, model: Classifier | OfNumbers) -> None:
    """Writes what `tfidf` has learned: arrays, and the words as JSON.

    Args:
        path: The file, an `.npz`.
        model: As `tfidf` gives it, of at least two classes or two numbers.
    """
    counts = model.estimator["counts"]
    arrays = _of_number(model) if isinstance(model, OfNumbers) else _of_classes(model)
    for name, vectorizer in counts.transformer_list:
        words = json.dumps(vectorizer.get_feature_names_out().tolist(), ensure_ascii=False)
        arrays[name] = np.frombuffer(words.encode("utf-8"), dtype=np.uint8)
        arrays[f"{name}_idf"] = vectorizer.idf_

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:  # by name numpy would add a suffix
            np.savez_compressed(file, allow_pickle=False, **arrays)

    write_through(path, write)


def _of_classes(model: Classifier) -> dict[str, NDArray[Any]]:
    regression = model.estimator["regression"]
    return {
        "weight": regression.coef_,
        "bias": regression.intercept_,
        "classes": regression.classes_,
        "sizes": np.array([model.num_classes, model.rows]),
        **{f"{FACT}{name}": np.array(values) for name, values in model.facts.items()},
    }


def _of_number(model: OfNumbers) -> dict[str, NDArray[Any]]:
    regression = model.estimator["regression"]
    return {
        "weight": np.atleast_2d(regression.coef_),
        "bias": np.atleast_1d(regression.intercept_),
        "classes": np.zeros(1, dtype=np.int64),
        "sizes": np.array([1, model.rows]),
        NUMBERS: np.ones(1),
    }


def open_words(path: Path) -> Classifier:
    """Returns what `save_words` wrote of classes.

    Raises:
        DataError: if the file is not there, or not of that kind.
    """
    found = open_learned(path)
    if isinstance(found, OfNumbers):
        raise _not_words(path)
    return found


def open_learned(path: Path) -> Classifier | OfNumbers:
    """Returns what `save_words` wrote; it answers as the model that was saved does, to the last bit.

    Raises:
        DataError: if the file is not there, or not of that kind.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        vectorizers = {}
        for name in COUNTED:
            vocabulary = json.loads(arrays[name].tobytes().decode("utf-8"))
            vectorizers[name] = _vectorizer(name, vocabulary=vocabulary)
            vectorizers[name].idf_ = arrays[f"{name}_idf"]
        facts = {name.removeprefix(FACT): arrays[name].tolist() for name in arrays if name.startswith(FACT)}
        num_classes, rows = arrays["sizes"].tolist()
        if NUMBERS in arrays:
            of_numbers = ridge(1.0)
            of_numbers.coef_, of_numbers.intercept_ = arrays["weight"][0], float(arrays["bias"][0])
            return OfNumbers(_joined(_counts(vectorizers), of_numbers), rows)
        regression = _regression(0, together=THRESHOLDS in facts)
        regression.coef_, regression.intercept_ = arrays["weight"], arrays["bias"]
        regression.classes_ = arrays["classes"]
        if not _fit_together(vectorizers, regression, num_classes, facts):
            raise ValueError(path)
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise _not_words(path) from error
    return Classifier(_joined(_counts(vectorizers), regression), num_classes, rows, facts)


def _not_words(path: Path) -> DataError:
    return DataError(
        "{path} cannot be opened as what words alone have learned: it is missing, damaged or of another program. "
        "Train anew, or answer with the network alone:\n  finetune predict --answer network ...",
        path=path,
    )


def _fit_together(vectorizers: dict[str, Any], regression: Any, num_classes: int, facts: Facts) -> bool:
    """Whether arrays are of the sizes that each other asks for."""
    counted = [(len(each.vocabulary), np.shape(each.idf_)) for each in vectorizers.values()]
    classes, weight = regression.classes_, regression.coef_
    lines = 1 if len(classes) == 2 and THRESHOLDS not in facts else len(classes)  # of two, one says both
    return bool(
        all(shape == (words,) for words, shape in counted)
        and weight.shape == (lines, sum(words for words, _ in counted))
        and regression.intercept_.shape == (lines,)
        and np.isin(classes, np.arange(num_classes)).all()
        and all(len(values) == num_classes for values in facts.values())
    )


def _vectorizer(name: str, **more: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        preprocessor=shortened,
        sublinear_tf=True,
        max_features=None if more else MOST_FEATURES,
        dtype=np.float32,
        **COUNTED[name],
        **more,
    )


def _counts(vectorizers: dict[str, Any] | None = None) -> Any:
    from sklearn.pipeline import FeatureUnion

    each = vectorizers or {name: _vectorizer(name) for name in COUNTED}
    return FeatureUnion(list(each.items()))


def _joined(counts: Any, regression: Any) -> Any:
    from sklearn.pipeline import Pipeline

    return Pipeline([("counts", counts), ("regression", regression)])
