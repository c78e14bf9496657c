"""Labels in an order: stars, bands, low to high. To take one for its neighbour is less wrong than for the last.

The network answers with a probability for each class, as for one label of several, which the loss has learned to lie
near the right one; the class that is answered is their median. Measured: scripts/bench/order.py.
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.tasks.bootstrap import bootstrap_intervals
from finetune.tasks.calibration import Calibration
from finetune.tasks.median import HALF
from finetune.tasks.order_intervals import kappa_difference, order_intervals
from finetune.tasks.single_label import DIRECTIONS as OF_CLASSES
from finetune.tasks.single_label import scores as scores_of_classes
from finetune.tasks.single_label import single_label
from finetune.tasks.task import Answer, Directions, Floats, Targets, Task

if TYPE_CHECKING:
    from torch import Tensor
    from torchmetrics import MetricCollection

DIRECTIONS: Directions = {**OF_CLASSES, "kappa": "max", "mae": "min"}

NUMBER = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?")
"""A class that says itself where it stands."""


ORDINAL = "ordinal"


class UnknownOrderError(DataError):
    """The names of classes do not tell their order."""


def ordinal() -> Task:
    """Returns the task."""
    return replace(
        single_label(),
        name=ORDINAL,
        compared=("kappa", "accuracy", "f1_macro", "mae"),
        directions=DIRECTIONS,
        losses=("cumulative", "cross_entropy", "emd", "focal"),
        ordered=by_size,
        train_metrics=train_metrics,
        epoch_metrics=epoch_metrics,
        derived=derived,
        answer=answer,
        report=report,
        scores=scores,
        intervals=intervals,
        difference=kappa_difference,
    )


# ---- labels ---------------------------------------------------------------------------------------------------


def by_size(names: set[str]) -> list[str]:
    """Returns classes whose names are numbers from the lowest to the highest.

    Raises:
        UnknownOrderError: if one is none, so that the user has to say.
    """
    words = sorted(name for name in names if not NUMBER.fullmatch(name))
    if words:
        raise UnknownOrderError(
            "the order of the classes is not known, for {names} are no numbers: give it with --data.label_order.",
            names=quoted(words),
        )
    return sorted(names, key=lambda name: (float(name.replace(",", ".")), name))


# ---- measures and answers -------------------------------------------------------------------------------------


def train_metrics(outputs: int) -> "MetricCollection":
    """Returns accuracy and weighted kappa."""
    from finetune.tasks import order_metrics  # torch, which those who only read tables need not wait for

    return order_metrics.train_metrics(outputs)


def epoch_metrics(outputs: int) -> "MetricCollection":
    """Returns all that an epoch is measured by."""
    from finetune.tasks import order_metrics

    return order_metrics.evaluation_metrics(outputs)


def derived(values: "dict[str, Tensor]") -> "dict[str, Tensor]":
    """Returns the values with what is read off the confusion matrix."""
    from finetune.tasks import order_metrics

    return order_metrics.with_derived(values)


def answer(probabilities: Floats, calibration: Calibration) -> Answer:
    """Returns the median class of each row, as sure as that class is probable."""
    if not probabilities.size:
        nothing = np.zeros(len(probabilities))
        return Answer(nothing.astype(np.int64), nothing, nothing < (calibration.abstain_below or 0.0))
    predicted = (probabilities.cumsum(axis=1)[:, :-1] < HALF).sum(axis=1).astype(np.int64)
    confidence = np.take_along_axis(probabilities, predicted[:, None], axis=1)[:, 0]
    return Answer(predicted, confidence, confidence < (calibration.abstain_below or 0.0))


def report(truth: Targets, logits: Floats, calibration: Calibration, names: Sequence[str]) -> dict[str, Any]:
    """Returns every score, those of the classes, and the confusion matrix in order."""
    import torch

    from finetune.tasks import class_metrics, order_metrics

    found = torch.from_numpy(calibration.applied(logits))
    values = order_metrics.evaluate(found, torch.from_numpy(truth))
    answered = answer(found.softmax(dim=-1).numpy(), calibration)
    return {
        **class_metrics.report(values, names),
        "ece": class_metrics.calibration_error(answered.confidence, answered.predicted == truth),
        "spearman": ranks(truth, answered.predicted),
    }


def scores(truth: Targets, predicted: Targets) -> dict[str, float]:
    """Returns weighted kappa, errors in steps and the correlation of ranks, and the scores of classes."""
    from sklearn.metrics import cohen_kappa_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of one class alone there is no kappa
        # all classes in between, also those that nobody has: else the way from one to the other were shorter
        classes = np.arange(1 + max(truth.max(), predicted.max()))
        agreement = float(cohen_kappa_score(truth, predicted, labels=classes, weights="quadratic"))
    return {
        "kappa": agreement,
        **scores_of_classes(truth, predicted),
        "mae": float(np.abs(truth - predicted).mean()),
        "spearman": ranks(truth, predicted),
    }


def ranks(truth: Targets, predicted: Targets) -> float:
    """Returns Spearman's correlation of class numbers [N]; NaN where one of both is always the same."""
    from scipy.stats import spearmanr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(spearmanr(truth, predicted).statistic)


def intervals(
    truth: Targets, predicted: Targets, num_classes: int, *, resamples: int = 2000, seed: int
) -> dict[str, tuple[float, float]]:
    """Returns the 95% intervals of the scores of classes, of weighted kappa and of the error in steps."""
    return bootstrap_intervals(
        truth, predicted, num_classes, resamples=resamples, seed=seed
    ) | order_intervals(truth, predicted, num_classes, resamples=resamples, seed=seed)
