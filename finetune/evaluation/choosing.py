"""How a trained run shall answer: what words weigh beside its network, and how they answer alone.

By rows that neither learned from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from finetune.data.module import TextData
from finetune.evaluation.answering import UNMIXED, Answering, words_alone
from finetune.evaluation.baselines import Baseline, fit_baselines
from finetune.evaluation.confidence import calibration_of, with_wish
from finetune.evaluation.measured import Measured
from finetune.evaluation.mix import Floats, Mix, chosen
from finetune.evaluation.vague import how_vague
from finetune.evaluation.words import Classifier
from finetune.evaluation.words_of_numbers import OfNumbers
from finetune.model.classifier import TextClassifier
from finetune.tasks.calibration import Calibration


@dataclass(frozen=True)
class Heard:
    """Words that have learned from the training rows, and what they say of those that were measured.

    Attributes:
        baseline: The baseline of words alone.
        said: By part, the probabilities [N, C] of the rows that the network was measured on.
        vague: The temperature of the logarithms of their probabilities.
    """

    baseline: Baseline
    said: Mapping[str, Floats]
    vague: float = 1.0

    @property
    def words(self) -> Classifier | OfNumbers | None:
        """What was learned; None where there was nothing to learn."""
        model = self.baseline.model
        return model if isinstance(model, Classifier | OfNumbers) and model.counts else None


def hear_words(model: TextClassifier, data: TextData, found: Sequence[Measured]) -> Heard:
    """Returns what words have learned of the training rows and say of the measured ones."""
    truth = data.parts["train"].labels
    assert truth is not None
    classes, seed = len(model.hparams["labels"]), data.division.seed
    texts = data.texts("train")
    (baseline,) = fit_baselines(texts, truth, num_classes=classes, seed=seed, names=["tfidf"])
    said = {each.part: baseline.model.predict_proba(data.texts(each.part, each.index)) for each in found}
    heard = Heard(baseline, said)
    if not isinstance(heard.words, Classifier):
        return heard
    validation = next((each for each in found if each.part == "validation"), None)
    of_validation = None if validation is None else (said["validation"], validation.truth)
    problem = model.task.problem_type
    vague = how_vague(texts, truth, of_validation, classes=classes, problem=problem, seed=seed)
    return replace(heard, vague=vague)


def how_to_answer(
    model: TextClassifier,
    found: Sequence[Measured],
    *,
    heard: Heard | None,
    mix: float | str,
    wanted_precision: float | None,
) -> Answering:
    """Returns how the run answers: by its network alone, or with what words have learned of the training rows.

    Args:
        model: Calibrated as its network alone is.
        found: What the network says of each part.
        heard: What words say; None where they shall have no say.
        mix: What words have of the answer: `auto`, `none` or a share.
        wanted_precision: Share of right answers for which a confidence is looked for.
    """
    alone = Answering(model.calibration)
    validation = next((each for each in found if each.part == "validation"), None)
    words = None if heard is None else heard.words
    if heard is None or words is None or mix in UNMIXED:
        return alone
    labels, problem = model.hparams["labels"], model.task.problem_type
    temperatures = (model.calibration.temperature, heard.vague)
    if validation is None:  # a share that was asked for, whose confidence nothing tells
        if mix == "auto":
            return alone
        return Answering(Calibration(), Mix(float(mix), *temperatures, problem), words, labels)
    said = heard.said["validation"]
    weights = (
        chosen(validation.logits, said, validation.truth, temperatures=temperatures, problem=problem)
        if mix == "auto"
        else Mix(float(mix), *temperatures, problem)
    )
    if not weights.weight:
        return alone
    how = Answering(Calibration(), weights, words, labels)
    return replace(how, calibration=calibration_of(how.measured(validation, said), wanted_precision))


def how_words_answer(
    model: TextClassifier,
    found: Sequence[Measured],
    heard: Heard | None,
    *,
    wanted_precision: float | None,
) -> Answering | None:
    """Returns how words answer alone; None where there was nothing to learn.

    Args:
        model: What they have learned beside.
        found: What the network says of each part.
        heard: What words say; None where they were not asked.
        wanted_precision: Share of right answers for which a confidence is looked for.
    """
    if heard is None or heard.words is None:
        return None
    how = words_alone(heard.words, model.hparams["labels"], heard.vague, model.task)
    validation = next((each for each in found if each.part == "validation"), None)
    if validation is None:
        return how
    measured = how.measured(validation, heard.said["validation"])
    if isinstance(heard.words, OfNumbers):  # how wide its intervals are
        known = model.task.calibrated(measured.logits, validation.truth, how.calibration)
        return replace(how, calibration=known)
    return replace(how, calibration=with_wish(how.calibration, measured, wanted_precision))
