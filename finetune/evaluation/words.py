"""Words alone: logistic regression on TF-IDF counts, kept as arrays and names that run no code when opened."""

import json
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.data.dividing.sample import sample
from finetune.errors import DataError
from finetune.evaluation.words_of_numbers import OfNumbers, are_numbers, mean_of, ridge_on_counts
from finetune.files.whole import write_through
from finetune.tasks.task import Targets

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

COUNTED: dict[str, dict[str, Any]] = {
    # a single sign is a word too: then no text is without one, and no table without features
    "words": {"ngram_range": (1, 2), "token_pattern": r"\w+|[^\w\s]"},
    "pieces": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}
"""What is counted: words and pairs of words, and pieces of words."""


@dataclass(frozen=True)
class Classifier:
    """A scikit-learn classifier with a column for every class, also one that it never saw."""

    estimator: Any
    num_classes: int
    rows: int

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
    """Always answers the most frequent class, or the mean of numbers: what a score is worth that looks at no text."""
    if are_numbers(labels):
        return mean_of(labels)
    from sklearn.dummy import DummyClassifier

    estimator = DummyClassifier(strategy="prior").fit(np.zeros((len(labels), 1)), labels)
    return Classifier(estimator, num_classes, len(labels))


def tfidf(texts: Sequence[str], labels: Targets, num_classes: int, seed: int) -> Classifier | OfNumbers:
    """Regression on weighted counts of words, pairs and pieces of words: logistic, or of numbers linear (ridge)."""
    if are_numbers(labels):
        return ridge_on_counts(texts, labels, _counts(), most=MOST_ROWS, seed=seed)
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    rows = sample(labels, MOST_ROWS, seed)
    if len(np.unique(labels[rows])) < 2:  # nothing to tell apart
        return majority(texts, labels, num_classes, seed)
    # saga: a third of the time and a quarter of the memory of lbfgs with 150 classes, and equal scores
    regression = LogisticRegression(
        C=3, class_weight="balanced", solver="saga", tol=1e-2, max_iter=100, random_state=seed
    )
    estimator = _joined(_counts(), regression)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is good enough
        estimator.fit([texts[i] for i in rows], labels[rows])
    return Classifier(estimator, num_classes, len(rows))


def words_left_out(texts: Sequence[str], labels: Integers, num_classes: int, seed: int) -> Floats | None:
    """Returns the probabilities [N, C] that words give each row when they did not learn from it.

    None where every class has one row alone: nothing could be learned of what is left out.

    Args:
        texts: [N].
        labels: [N] class numbers.
        num_classes: C.
        seed: Of all that is random.
    """
    from sklearn.model_selection import StratifiedKFold

    folds = min(FOLDS, np.bincount(labels).max())
    if folds < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes with fewer rows than folds
        cuts = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels))
    return out_of_fold(texts, labels, cuts, num_classes, seed)


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


def save_words(path: Path, model: Classifier) -> None:
    """Writes what `tfidf` has learned: arrays, and the words as JSON.

    Args:
        path: The file, an `.npz`.
        model: As `tfidf` gives it, of at least two classes.
    """
    counts, regression = model.estimator["counts"], model.estimator["regression"]
    arrays = {
        "weight": regression.coef_,
        "bias": regression.intercept_,
        "classes": regression.classes_,
        "sizes": np.array([model.num_classes, model.rows]),
    }
    for name, vectorizer in counts.transformer_list:
        words = json.dumps(vectorizer.get_feature_names_out().tolist(), ensure_ascii=False)
        arrays[name] = np.frombuffer(words.encode("utf-8"), dtype=np.uint8)
        arrays[f"{name}_idf"] = vectorizer.idf_

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:  # by name numpy would add a suffix
            np.savez_compressed(file, allow_pickle=False, **arrays)

    write_through(path, write)


def open_words(path: Path) -> Classifier:
    """Returns what `save_words` wrote; it answers as the model that was saved does, to the last bit.

    Raises:
        DataError: if the file is not there, or not of that kind.
    """
    from sklearn.linear_model import LogisticRegression

    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        vectorizers = {}
        for name in COUNTED:
            vocabulary = json.loads(arrays[name].tobytes().decode("utf-8"))
            vectorizers[name] = _vectorizer(name, vocabulary=vocabulary)
            vectorizers[name].idf_ = arrays[f"{name}_idf"]
        regression = LogisticRegression()
        regression.coef_, regression.intercept_ = arrays["weight"], arrays["bias"]
        regression.classes_ = arrays["classes"]
        num_classes, rows = arrays["sizes"].tolist()
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            "{path} cannot be opened as what words alone have learned: it is missing, damaged or of another program. "
            "Train anew, or answer with the network alone:\n  finetune predict --mix none ...",
            path=path,
        ) from error
    return Classifier(_joined(_counts(vectorizers), regression), num_classes, rows)


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
