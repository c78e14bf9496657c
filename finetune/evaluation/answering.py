"""How a run answers: by its network, by words, or by both, and what their confidence is worth. Reads no file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ConfigError, DataError
from finetune.evaluation.measured import Measured
from finetune.evaluation.mix import NETWORK_ALONE, Mix, logarithms
from finetune.evaluation.words import Classifier
from finetune.evaluation.words_of_numbers import OfNumbers
from finetune.runs.folder import ANSWER, MODEL
from finetune.tasks.calibration import Calibration
from finetune.tasks.ordinal import ORDINAL
from finetune.tasks.set_thresholds import THRESHOLDS
from finetune.tasks.task import MULTI, Task

Floats = NDArray[np.float64]

ASKED = ("auto", "none")
"""What `--mix` may be besides a number."""

UNMIXED = ("none", 0.0)
"""What `--mix` is where the network answers alone."""


@dataclass(frozen=True)
class Answering:
    """How logits of the network become an answer.

    Attributes:
        calibration: Of the answer.
        mix: What words have of it.
        words: What they have learned; None where they have no say.
        labels: Names of the classes that it is for, where words have a say.
        network: The fingerprint of the exported network that it is for, where that is known.
    """

    calibration: Calibration
    mix: Mix = NETWORK_ALONE
    words: Classifier | OfNumbers | None = None
    labels: list[str] | None = None
    network: str | None = None

    @property
    def is_of_words_alone(self) -> bool:
        """Whether the network need not be asked."""
        return self.words is not None and self.mix.weight == 1

    def said(self, texts: Sequence[str]) -> Floats | None:
        """Returns the probabilities [N, C] that words give N texts; None where they have no say."""
        return None if self.words is None else self.words.predict_proba(texts)

    def logits(self, network: Floats, said: Floats | None) -> Floats:
        """Returns the logits [N, C] of the answers, not divided by a temperature.

        Args:
            network: [N, C] the network's.
            said: [N, C] what words say; None where they have no say.
        """
        return network if self.words is None or said is None else self.mix.logits(network, said)

    def measured(self, found: Measured, said: Floats | None) -> Measured:
        """Returns what was found of the network as it is found of the answer. The loss stays that of the network."""
        loss = None if self.is_of_words_alone else found.loss  # then it was not asked
        return replace(found, logits=self.logits(found.logits, said), loss=loss)

    def check(self, labels: Sequence[str], network: str | None) -> None:
        """Refuses a network that it was not made for.

        Args:
            labels: Names of its classes.
            network: Its fingerprint; None where it will not be asked.

        Raises:
            DataError: if it is another one.
        """
        if self.labels != list(labels) or network not in (None, self.network):
            raise DataError(
                "the weights in {model} are not those that the run's {file} was made for, so that the answers would be "
                "wrong. Put the run's own {model} back, or answer with the network alone: add --answer network.",
                model=f"{MODEL}/",
                file=ANSWER,
            )


def check_mix(asked: float | str) -> None:
    """Refuses what `--mix` cannot be.

    Raises:
        ConfigError: if it is neither a share nor one of `ASKED`.
    """
    if isinstance(asked, str) and asked not in ASKED:
        raise ConfigError("--mix {asked}: give auto, none, or a share from 0 to 1 such as 0.3.", asked=asked)
    if not isinstance(asked, str) and not 0 <= asked <= 1:
        raise ConfigError("--mix {asked}: the share of words is from 0 to 1.", asked=f"{asked:g}")


def words_alone(
    words: Classifier | OfNumbers,
    labels: list[str],
    temperature: float,
    task: Task,
    network: str | None = None,
) -> Answering:
    """Returns how words answer alone: as the simple model of a run does, its confidence corrected.

    Args:
        words: What they have learned.
        labels: Names of the classes.
        temperature: Of the logarithms of their probabilities, or odds.
        task: What is asked.
        network: The fingerprint of the network beside which they have learned.
    """
    how = Calibration() if isinstance(words, OfNumbers) else calibration_of_words(words, temperature, task)
    return Answering(how, Mix(1.0, problem=task.problem_type), words, labels, network)


def calibration_of_words(words: Classifier, temperature: float, task: Task) -> Calibration:
    """Returns how what words say becomes an answer; the answer itself stays what it is without a temperature.

    Args:
        words: What they have learned.
        temperature: Of the logarithms of their probabilities, or odds.
        task: What is asked.
    """
    if task.name == ORDINAL:
        temperature = 1.0  # which would move the median, and so the answer
    facts = dict(words.facts)
    if THRESHOLDS in facts:  # of probabilities as words give them
        odds = logarithms(np.array(facts[THRESHOLDS]), MULTI)
        facts[THRESHOLDS] = (1 / (1 + np.exp(-odds / temperature))).tolist()
    return Calibration(temperature, facts=facts)
