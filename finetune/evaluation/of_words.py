"""Words alone as a model of their own: how sure they are, and what they say of rows. Writes and shows nothing.

They answer as the simple model that stands beside others does: what is found here is what their confidence is worth.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from finetune.evaluation.answering import calibration_of_words
from finetune.evaluation.beside_baselines import Beside, Labelled
from finetune.evaluation.confidence import with_wish
from finetune.evaluation.measured import Measured
from finetune.evaluation.mix import Mix
from finetune.evaluation.vague import how_vague
from finetune.evaluation.words import Classifier
from finetune.evaluation.words_of_numbers import OfNumbers
from finetune.tasks.calibration import Calibration
from finetune.tasks.task import Floats, Targets, Task


@dataclass(frozen=True)
class OfWords:
    """Words that answer.

    Attributes:
        model: What they have learned.
        task: What is asked.
        labels: Names of the C outputs.
        calibration: How the logarithms of their probabilities become an answer.
    """

    model: Classifier | OfNumbers
    task: Task
    labels: Sequence[str]
    calibration: Calibration

    @property
    def mix(self) -> Mix:
        """What words have of the answer: all of it."""
        return Mix(1.0, problem=self.task.problem_type)

    def logits(self, texts: Sequence[str]) -> Floats:
        """Returns what stands for the logits [N, C] of a network."""
        said = self.model.predict_proba(texts)
        return self.mix.logits(np.zeros_like(said), said)

    def measured(self, part: str, texts: Sequence[str], truth: Targets) -> Measured:
        """Returns what is said of all rows of a part. [N], [N] or [N, C]"""
        logits = self.logits(texts)
        return Measured(part, np.arange(len(texts)), truth, logits, None, True, self.task, self.labels)


def words_of(found: Beside | None) -> Classifier | OfNumbers | None:
    """Returns what the words of a simple model have learned; None where that is nothing, or it is another."""
    model = None if found is None else found.model
    return model if isinstance(model, Classifier | OfNumbers) and model.counts else None


def of_words(
    model: Classifier | OfNumbers, data: Labelled, *, wanted_precision: float | None = None
) -> tuple[OfWords, list[Measured]]:
    """Returns words that know how sure they are, and what they say of the parts held out.

    Args:
        model: What they have learned of the training rows.
        data: The rows.
        wanted_precision: Share of right answers for which a confidence is looked for.
    """
    plain = OfWords(model, data.task, data.labels, Calibration())
    found = [
        plain.measured(part, data.texts[part], data.truth[part])
        for part in ("validation", "test")
        if part in data.texts
    ]
    validation = next((each for each in found if each.part == "validation"), None)
    how = _calibrated(model, data, validation)
    if validation is not None:
        how = with_wish(how, validation, wanted_precision)
    return replace(plain, calibration=how), found


def _calibrated(model: Classifier | OfNumbers, data: Labelled, validation: Measured | None) -> Calibration:
    """How what words say becomes an answer; the answer itself stays what it is."""
    if isinstance(model, OfNumbers):
        if validation is None:
            return Calibration()
        return data.task.calibrated(validation.logits, validation.truth, Calibration())
    temperature = how_vague(
        data.texts["train"],
        data.truth["train"],
        None if validation is None else (model.predict_proba(data.texts["validation"]), validation.truth),
        classes=len(data.labels),
        problem=data.task.problem_type,
        seed=data.seed,
    )
    return calibration_of_words(model, temperature, data.task)
