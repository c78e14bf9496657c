"""What makes a model's confidence mean something: a temperature, and a confidence below which it does not know.

Both are found on validation rows and stored in the model's `config.json`, under `calibration`.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PretrainedConfig

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

KEY = "calibration"
"""Where it stands in `config.json`. Not `temperature`: generating models have one of another meaning."""

RANGE = (0.1, 10.0)
"""Temperatures that are looked at; measured ones lie between 0.5 and 4."""

FOLDS = 5
"""Parts of the rows by which it is looked whether a temperature helps."""

ENOUGH_ROWS = 20
"""Rows below which neither a temperature nor a threshold is found: our choice."""


@dataclass(frozen=True)
class Calibration:
    """How a model's logits become an answer.

    Attributes:
        temperature: Logits are still to be divided by it; above 1 the model was too sure of itself.
        abstain_below: Below this confidence the answer is "don't know"; None answers always.
        wanted_precision: The share of right answers that `abstain_below` was chosen for.
        folded: The temperature by which the weights divide the logits themselves, as exported ones do.
    """

    temperature: float = 1.0
    abstain_below: float | None = None
    wanted_precision: float | None = None
    folded: float = 1.0

    @property
    def found(self) -> float:
        """The temperature that was found, wherever it is applied."""
        return self.temperature * self.folded

    @property
    def unfolded(self) -> "Calibration":
        """The same for the weights as they were trained."""
        return replace(self, temperature=self.found, folded=1.0)


def read_calibration(config: PretrainedConfig) -> Calibration:
    """Returns what a model's config says; a model that was never calibrated is taken as it is."""
    stored: dict[str, Any] = getattr(config, KEY, None) or {}
    return Calibration(**stored)


def is_calibrated(config: PretrainedConfig) -> bool:
    """Returns whether a model's config says anything of it."""
    return hasattr(config, KEY)


def write_calibration(config: PretrainedConfig, calibration: Calibration | None) -> None:
    """Sets what `save_pretrained` will store; None takes away what an earlier training has left."""
    if calibration is not None:
        setattr(config, KEY, asdict(calibration))
    elif is_calibrated(config):
        delattr(config, KEY)


def fit_temperature(logits: Floats, labels: Integers) -> float:
    """Returns the temperature that makes the right classes most likely.

    Guo et al., On Calibration of Modern Neural Networks (2017), section 4.2. It is 1 where the rows cannot tell: too
    few of them, or none that is wrong (any sharper answer would be better still), or answers worse than chance (any
    vaguer one would be), or logits that are no numbers.

    Args:
        logits: [N, C] of rows that were not trained on.
        labels: [N] their class numbers.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    wrong = logits.argmax(axis=1) != labels
    if len(labels) < ENOUGH_ROWS or not wrong.any() or not np.isfinite(logits).all():
        return 1.0
    right = logits[np.arange(len(labels)), labels]

    def log_loss(log_temperature: float) -> float:
        sharpness = np.exp(-log_temperature)
        return float(np.mean(logsumexp(logits * sharpness, axis=1) - right * sharpness))

    found = minimize_scalar(log_loss, bounds=np.log(RANGE), method="bounded", options={"xatol": 1e-5})
    temperature = float(np.exp(found.x))
    return temperature if RANGE[0] * 1.01 < temperature < RANGE[1] * 0.99 else 1.0


def helpful_temperature(logits: Floats, labels: Integers) -> float:
    """Returns the temperature that the rows ask for, where it makes rows likelier that it was not found by; else 1.

    Of few rows the best temperature may be worse than none on others. So each fifth of them is measured with what the
    other four ask for.

    Args:
        logits: [N, C] of rows that were not trained on.
        labels: [N] their class numbers.
    """
    from scipy.special import log_softmax

    temperature = fit_temperature(logits, labels)
    if temperature == 1:
        return temperature
    fold = np.random.default_rng(0).permutation(len(labels)) % FOLDS
    gain = 0.0
    for each in range(FOLDS):
        mine, others = fold == each, fold != each
        of_others = fit_temperature(logits[others], labels[others])
        right = (np.arange(mine.sum()), labels[mine])
        gain += float(
            (log_softmax(logits[mine] / of_others, axis=1) - log_softmax(logits[mine], axis=1))[right].sum()
        )
    return temperature if gain > 0 else 1.0


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Returns the probabilities [N, C] of logits [N, C]."""
    from scipy.special import softmax as scipy_softmax

    return np.asarray(scipy_softmax(logits / temperature, axis=1))
