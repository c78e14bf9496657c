"""Ridge regression on numbers that a frozen encoder gives of each text: what a head of one number begins as."""

import numpy as np

from finetune.model.regression import UNTRIED, Floats, Regression, scale_of

PENALTIES = tuple(10.0**power for power in np.arange(0, 5.1, 0.5))
"""Those that are tried, in rising order; of features of mean 0 and deviation about 1, summed over the rows."""

FEWEST = 3
"""Rows below which none is tried."""


def fit_ridge(features: Floats, targets: Floats, *, with_bias: bool = True) -> Regression:
    """Returns the regression whose penalty does best on each row when it was left out (in closed form).

    Args:
        features: [N, D].
        targets: [N] numbers, about 0 and of deviation about 1.
        with_bias: Whether there is a bias; without one features are scaled and not centred.
    """
    from sklearn.linear_model import Ridge, RidgeCV

    mean = features.mean(axis=0) if with_bias else np.zeros(features.shape[1])
    scale = scale_of(features - mean)
    standard = (features - mean) / scale
    if len(targets) < FEWEST:
        fitted = Ridge(alpha=1 / UNTRIED, fit_intercept=with_bias).fit(standard, targets)
    else:
        fitted = RidgeCV(alphas=PENALTIES, fit_intercept=with_bias).fit(standard, targets)
    weight = np.asarray(fitted.coef_, dtype=np.float64).reshape(1, -1) / scale
    bias = np.zeros(1) + (float(fitted.intercept_) - float(weight[0] @ mean) if with_bias else 0.0)
    return Regression(weight, bias, 1 / float(getattr(fitted, "alpha_", 1 / UNTRIED)))
