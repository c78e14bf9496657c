"""The network's answer and that of words alone, made one. Asks neither, and reads and writes no file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.tasks.calibration import fit_temperature, log_losses
from finetune.tasks.task import MULTI, NUMBER, SINGLE, ProblemType, Targets

Floats = NDArray[np.float64]

Temperatures = tuple[float, float]

LEAST = 1e-6
"""What stands for a probability of 0: a class that words never saw is not ruled out by them."""


@dataclass(frozen=True)
class Mix:
    """What each weighs in the answer: p_network^(1 - weight) x p_words^weight, made to add up to 1.

    Of labels that stand together so do the odds of each: odds_network^(1 - weight) x odds_words^weight.
    Numbers are what they are, and their mean is the answer.

    Both are calibrated before: networks are mostly too sure of themselves, and words too vague.

    Attributes:
        weight: The share of words; 0 for the network alone, 1 for words alone.
        network: The temperature of the network's logits.
        words: The temperature of the logarithms of words' probabilities, or odds.
        problem: What is asked.
    """

    weight: float
    network: float = 1.0
    words: float = 1.0
    problem: ProblemType = SINGLE

    def logits(self, network: Floats, words: Floats) -> Floats:
        """Returns the logits [N, C] of the answer.

        Args:
            network: [N, C] its logits.
            words: [N, C] their probabilities.
        """
        from scipy.special import log_softmax

        if self.problem == NUMBER:
            return np.asarray((1 - self.weight) * network + self.weight * words)
        of_network, of_words = network / self.network, logarithms(words, self.problem) / self.words
        if self.problem != MULTI:
            of_network, of_words = log_softmax(of_network, axis=1), log_softmax(of_words, axis=1)
        return np.asarray((1 - self.weight) * of_network + self.weight * of_words)


NETWORK_ALONE = Mix(0.0)

USUAL = 0.3
"""The share that words have where rows say nothing else: see docs/measured/recipes.md."""

USUAL_WEIGHT = 30.0
"""What the square of its distance from the usual share costs another one, in log loss of all rows; found likewise."""

STEPS = 20
"""Shares that are tried, from none to all."""


def logarithms(words: Floats, problem: ProblemType = SINGLE) -> Floats:
    """Returns the logarithms of probabilities, or of odds where labels stand together; none is infinite. [N, C]"""
    logs = np.log(np.maximum(words, LEAST))
    return np.asarray(logs - np.log(np.maximum(1 - words, LEAST)) if problem == MULTI else logs)


def chosen(
    network: Floats,
    words: Floats,
    truth: Targets,
    *,
    temperatures: Temperatures,
    problem: ProblemType = SINGLE,
) -> Mix:
    """Returns the mix that validation rows and experience ask for together.

    Few rows cannot tell a good share from a bad one: the log loss of the rows is weighed against how far a share lies
    from the usual one.

    Args:
        network: [N, C] its logits.
        words: [N, C] their probabilities.
        truth: [N] class numbers, or [N, C] which labels each row has.
        temperatures: Of the network and of words.
        problem: What is asked.
    """
    mixes = [Mix(step / STEPS, *temperatures, problem) for step in range(STEPS + 1)]
    return min(mixes, key=lambda mix: _cost(mix, network, words, truth))


def _cost(mix: Mix, network: Floats, words: Floats, truth: Targets) -> float:
    logits = mix.logits(network, words)
    decisions = truth.shape[1] if truth.ndim == 2 else 1  # that a row asks for
    loss = decisions * log_losses(logits / fit_temperature(logits, truth), truth).sum()
    return float(loss + USUAL_WEIGHT * (mix.weight - USUAL) ** 2)
