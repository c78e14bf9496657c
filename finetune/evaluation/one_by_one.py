"""Estimators of labels that stand together, each by itself, as scikit-learn's are used. Loads scikit-learn."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Sets = NDArray[np.float32]

SURE = 20.0
"""Logit of a label that all rows have; the negative one of a label that none has."""


class OneByOne(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A logistic regression for each label.

    Rows that have a label weigh as much as others: then its probability is honest, and its threshold is found.

    Attributes:
        coef_: [C, F].
        intercept_: [C].
        classes_: [C] numbers of the labels.
    """

    coef_: Floats
    intercept_: Floats
    classes_: Integers

    def fit(self, features: Any, targets: Sets) -> "OneByOne":
        """Learns from features [N, F] and targets [N, C]."""
        share = targets.mean(axis=0)
        self.classes_ = np.arange(len(share))
        self.coef_ = np.zeros((len(share), features.shape[1]))
        self.intercept_ = np.where(share < 0.5, -SURE, SURE)
        for label in np.flatnonzero((share > 0) & (share < 1)):
            regression = LogisticRegression(C=3, solver="liblinear").fit(features, targets[:, label])
            self.coef_[label], self.intercept_[label] = regression.coef_[0], regression.intercept_[0]
        return self

    def predict_proba(self, features: Any) -> Floats:
        """Returns the probability of each label [M, C] of features [M, F]."""
        return np.asarray(expit(features @ self.coef_.T + self.intercept_))


class Shares(BaseEstimator):  # type: ignore[misc]
    """Says of each label how frequent it is, whatever the text."""

    classes_: Integers
    share: Floats

    def fit(self, targets: Sets) -> "Shares":
        """Learns from targets [N, C]."""
        self.share = targets.mean(axis=0, dtype=np.float64)
        self.classes_ = np.arange(len(self.share))
        return self

    def predict_proba(self, texts: Any) -> Floats:
        """Returns the same of all M texts. [M, C]"""
        return np.tile(self.share, (len(texts), 1))
