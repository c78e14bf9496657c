"""What makes a model's confidence mean something: a temperature, and a confidence below which it does not know.

Both are found on validation rows and stored in the model's `config.json`, under `calibration`.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PretrainedConfig

Targets = NDArray[Any]
Floats = NDArray[np.float64]

KEY = "calibration"
"""Where it stands in `config.json`. Not `temperature`: generating models have one of another meaning."""

RANGE = (0.1, 10.0)
"""Temperatures that are looked at; measured ones lie between 0.5 and 4."""

FOLDS = 5
"""Parts of the rows by which it is looked whether a temperature helps."""

ENOUGH_ROWS = 20
"""Rows below which neither a temperature nor a threshold is found: our choice."""


ALWAYS = ("temperature", "abstain_below", "wanted_precision", "folded")
"""What is stored of every task."""

Logits = TypeVar("Logits", Floats, "Tensor")


@dataclass(frozen=True)
class Calibration:
    """How a model's logits become an answer.

    They are divided by the temperature, then multiplied by the scale of each output, and its shift is added. What is
    `folded` the weights do themselves, as those of an exported model.

    Attributes:
        temperature: Logits are still to be divided by it; above 1 the model was too sure of itself.
        abstain_below: Below this confidence the answer is "don't know"; None answers always.
        wanted_precision: The share of right answers that `abstain_below` was chosen for.
        folded: The temperature by which the weights divide the logits themselves, as exported ones do.
        scale: [C] what they are still to be multiplied by; None for 1.
        shift: [C] what is still to be added to them; None for 0.
        folded_scale: [C] the scale that is in the weights.
        folded_shift: [C] the shift that is.
        facts: What else a task has found, such as a threshold for each label.
    """

    temperature: float = 1.0
    abstain_below: float | None = None
    wanted_precision: float | None = None
    folded: float = 1.0
    scale: list[float] | None = None
    shift: list[float] | None = None
    folded_scale: list[float] | None = None
    folded_shift: list[float] | None = None
    facts: dict[str, list[float]] = field(default_factory=dict)

    @property
    def found(self) -> float:
        """The temperature that was found, wherever it is applied."""
        return self.temperature * self.folded

    @property
    def is_applied(self) -> bool:
        """Whether nothing is left to be done with the logits."""
        return self.temperature == 1 and self.scale is None and self.shift is None

    @property
    def is_folded(self) -> bool:
        """Whether the weights do some of it."""
        return self.folded != 1 or self.folded_scale is not None or self.folded_shift is not None

    @property
    def in_the_weights(self) -> "Calibration":
        """The same for weights into which all that is to be done with the logits has been put."""
        return replace(
            self,
            temperature=1.0,
            scale=None,
            shift=None,
            folded=self.temperature,
            folded_scale=self.scale,
            folded_shift=self.shift,
        )

    @property
    def unfolded(self) -> "Calibration":
        """The same for the weights as they were trained."""
        if not self.is_folded:
            return self
        return replace(
            self,
            temperature=self.found,
            scale=self.folded_scale,
            shift=self.folded_shift,
            folded=1.0,
            folded_scale=None,
            folded_shift=None,
        )

    def applied(self, logits: "Logits") -> "Logits":
        """Returns logits [N, C] with which all is done that is still to be done."""
        if self.temperature != 1:
            logits = logits / self.temperature
        if self.scale is not None:
            logits = logits * _like(logits, self.scale)
        return logits if self.shift is None else logits + _like(logits, self.shift)

    def as_trained(self, logits: "Logits") -> "Logits":
        """Returns logits [N, C] as the weights would give them that were trained, with which nothing is done."""
        if self.folded_shift is not None:
            logits = logits - _like(logits, self.folded_shift)
        if self.folded_scale is not None:
            logits = logits / _like(logits, self.folded_scale)
        return logits if self.folded == 1 else logits * self.folded


def _like(logits: "Logits", values: list[float]) -> "Logits":
    """Returns numbers [C] as logits are."""
    return np.asarray(values) if isinstance(logits, np.ndarray) else logits.new_tensor(values)


def read_calibration(config: "PretrainedConfig") -> Calibration:
    """Returns what a model's config says; a model that was never calibrated is taken as it is."""
    stored: dict[str, Any] = getattr(config, KEY, None) or {}
    return Calibration(**stored)


def is_calibrated(config: "PretrainedConfig") -> bool:
    """Returns whether a model's config says anything of it."""
    return hasattr(config, KEY)


def write_calibration(config: "PretrainedConfig", calibration: Calibration | None) -> None:
    """Sets what `save_pretrained` will store; None takes away what an earlier training has left."""
    if calibration is not None:
        setattr(config, KEY, stored(calibration))
    elif is_calibrated(config):
        delattr(config, KEY)


def stored(calibration: Calibration) -> dict[str, Any]:
    """Returns it as plain values; what is only of some tasks is left out where there is none."""
    content = asdict(calibration)
    return {name: value for name, value in content.items() if name in ALWAYS or value}


def log_losses(logits: Floats, targets: Targets) -> Floats:
    """Returns minus the log probability of what is true of each row; of several labels, on average over them. [N]

    Args:
        logits: [N, C].
        targets: [N] class numbers, or [N, C] which labels a row has.
    """
    from scipy.special import logsumexp

    if targets.ndim == 2:
        return np.asarray((np.logaddexp(0, logits) - targets * logits).mean(axis=1))
    return np.asarray(logsumexp(logits, axis=1) - logits[np.arange(len(targets)), targets])


def fit_temperature(logits: Floats, targets: Targets) -> float:
    """Returns the temperature that makes what is true most likely.

    Guo et al., On Calibration of Modern Neural Networks (2017), section 4.2. It is 1 where the rows cannot tell: too
    few of them, or none that is wrong (any sharper answer would be better still), or answers worse than chance (any
    vaguer one would be), or logits that are no numbers.

    Args:
        logits: [N, C] of rows that were not trained on.
        targets: [N] their class numbers, or [N, C] which labels they have.
    """
    from scipy.optimize import minimize_scalar

    wrong = (logits > 0) != (targets > 0) if targets.ndim == 2 else logits.argmax(axis=1) != targets
    if len(targets) < ENOUGH_ROWS or not wrong.any() or not np.isfinite(logits).all():
        return 1.0

    def log_loss(log_temperature: float) -> float:
        return float(np.mean(log_losses(logits * np.exp(-log_temperature), targets)))

    found = minimize_scalar(log_loss, bounds=np.log(RANGE), method="bounded", options={"xatol": 1e-5})
    temperature = float(np.exp(found.x))
    return temperature if RANGE[0] * 1.01 < temperature < RANGE[1] * 0.99 else 1.0


def helpful_temperature(logits: Floats, targets: Targets) -> float:
    """Returns the temperature that the rows ask for, where it makes rows likelier that it was not found by; else 1.

    Of few rows the best temperature may be worse than none on others. So each fifth of them is measured with what the
    other four ask for.

    Args:
        logits: [N, C] of rows that were not trained on.
        targets: [N] their class numbers, or [N, C] which labels they have.
    """
    temperature = fit_temperature(logits, targets)
    if temperature == 1:
        return temperature
    fold = np.random.default_rng(0).permutation(len(targets)) % FOLDS
    gain = 0.0
    for each in range(FOLDS):
        mine, others = fold == each, fold != each
        of_others = fit_temperature(logits[others], targets[others])
        before, after = (
            log_losses(given, targets[mine]) for given in (logits[mine], logits[mine] / of_others)
        )
        gain += float((before - after).sum())
    return temperature if gain > 0 else 1.0


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Returns the probabilities [N, C] of logits [N, C]."""
    from scipy.special import softmax as scipy_softmax

    return np.asarray(scipy_softmax(logits / temperature, axis=1))
