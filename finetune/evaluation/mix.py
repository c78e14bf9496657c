"""The network's answer and that of words alone, made one. Asks neither, and reads and writes no file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.model.calibration import fit_temperature

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

LEAST = 1e-6
"""What stands for a probability of 0: a class that words never saw is not ruled out by them."""


@dataclass(frozen=True)
class Mix:
    """What each weighs in the answer: p_network^(1 - weight) x p_words^(weight x sharpness), made to add up to 1.

    Attributes:
        weight: The share of words; 0 for the network alone, 1 for words alone.
        sharpness: By how much words' answers are too vague, as rows say that they did not learn from.
    """

    weight: float
    sharpness: float = 1.0

    def logits(self, network: Floats, words: Floats) -> Floats:
        """Returns the logits [N, C] of the answer.

        Args:
            network: [N, C] its logits.
            words: [N, C] their probabilities.
        """
        from scipy.special import log_softmax

        of_words = self.sharpness * np.log(np.maximum(words, LEAST))
        return np.asarray(
            (1 - self.weight) * log_softmax(network, axis=1) + self.weight * log_softmax(of_words, axis=1)
        )


NETWORK_ALONE = Mix(0.0)

USUAL = 0.4
"""The share that words have where rows say nothing else: see docs/measured/recipes.md."""

USUAL_ROWS = 30
"""How many validation rows it takes to say as much as experience does."""

STEPS = 20
"""Shares that are tried, from none to all."""


def sharpness(words: Floats, truth: Integers) -> float:
    """Returns by how much the answers of words are too vague, on rows that they did not learn from.

    Args:
        words: [N, C] their probabilities.
        truth: [N] class numbers.
    """
    return 1 / fit_temperature(np.log(np.maximum(words, LEAST)), truth)


def chosen(network: Floats, words: Floats, truth: Integers, *, sharpness: float) -> Mix:
    """Returns the mix that validation rows and experience ask for together.

    Few rows cannot tell a good share from a bad one: the log loss of the rows is weighed against how far a share lies
    from the usual one.

    Args:
        network: [N, C] its logits.
        words: [N, C] their probabilities.
        truth: [N] class numbers.
        sharpness: Of words.
    """
    mixes = [Mix(step / STEPS, sharpness) for step in range(STEPS + 1)]
    return min(mixes, key=lambda mix: _cost(mix, network, words, truth))


def _cost(mix: Mix, network: Floats, words: Floats, truth: Integers) -> float:
    from scipy.special import log_softmax

    logits = mix.logits(network, words)
    log_probabilities = log_softmax(logits / fit_temperature(logits, truth), axis=1)
    loss = -log_probabilities[np.arange(len(truth)), truth].sum()
    return float(loss + USUAL_ROWS * (mix.weight - USUAL) ** 2)
