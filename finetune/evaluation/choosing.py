"""How a trained run shall answer: what words weigh beside its network, by rows that neither learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from finetune.data.module import TextData
from finetune.evaluation.answering import Answering
from finetune.evaluation.baselines import Baseline, fit_baselines
from finetune.evaluation.confidence import calibration_of
from finetune.evaluation.measured import Measured
from finetune.evaluation.mix import Floats, Mix, chosen, logarithms
from finetune.evaluation.words import Classifier, words_left_out
from finetune.model.classifier import TextClassifier
from finetune.tasks.calibration import Calibration, fit_temperature

ENOUGH_ROWS = 200
"""Validation rows from which on they alone tell how vague words are; of fewer the training rows do, in turns."""


@dataclass(frozen=True)
class Heard:
    """Words that have learned from the training rows, and what they say of those that were measured.

    Attributes:
        baseline: The baseline of words alone.
        said: By part, the probabilities [N, C] of the rows that the network was measured on.
    """

    baseline: Baseline
    said: Mapping[str, Floats]


def hear_words(model: TextClassifier, data: TextData, found: Sequence[Measured]) -> Heard:
    """Returns what words have learned of the training rows and say of the measured ones."""
    truth = data.parts["train"].labels
    assert truth is not None
    classes, seed = len(model.hparams["labels"]), data.division.seed
    texts = data.texts("train")
    (baseline,) = fit_baselines(texts, truth, num_classes=classes, seed=seed, names=["tfidf"])
    said = {each.part: baseline.model.predict_proba(data.texts(each.part, each.index)) for each in found}
    return Heard(baseline, said)


def how_to_answer(
    model: TextClassifier,
    data: TextData,
    found: Sequence[Measured],
    *,
    heard: Heard | None,
    mix: float | str,
    wanted_precision: float | None,
) -> Answering:
    """Returns how the run answers: by its network alone, or with what words have learned of the training rows.

    Args:
        model: Calibrated as its network alone is.
        data: What it trained on.
        found: What the network says of each part.
        heard: What words say; None where they shall have no say.
        mix: What words have of the answer: `auto`, `none` or a share.
        wanted_precision: Share of right answers for which a confidence is looked for.
    """
    alone = Answering(model.calibration)
    validation = next((each for each in found if each.part == "validation"), None)
    words = None if heard is None else heard.baseline.model
    if heard is None or not isinstance(words, Classifier) or not words.counts:
        return alone
    labels, problem = model.hparams["labels"], model.task.problem_type
    if validation is None:  # a share that was asked for, whose confidence nothing tells
        if mix == "auto":
            return alone
        vague = _left_out_temperature(model, data)
        weights = Mix(float(mix), model.calibration.temperature, vague, problem)
        return Answering(Calibration(), weights, words, labels)
    said = heard.said["validation"]
    of_words = (
        fit_temperature(logarithms(said, problem), validation.truth)
        if len(validation.truth) >= ENOUGH_ROWS
        else _left_out_temperature(model, data)
    )
    temperatures = (model.calibration.temperature, of_words)
    weights = (
        chosen(validation.logits, said, validation.truth, temperatures=temperatures, problem=problem)
        if mix == "auto"
        else Mix(float(mix), *temperatures, problem)
    )
    if not weights.weight:
        return alone
    how = Answering(Calibration(), weights, words, labels)
    return replace(how, calibration=calibration_of(how.measured(validation, said), wanted_precision))


def _left_out_temperature(model: TextClassifier, data: TextData) -> float:
    """Returns how vague words are on training rows that they left out in turns."""
    truth = data.parts["train"].labels
    assert truth is not None
    classes, seed = len(model.hparams["labels"]), data.division.seed
    left_out = words_left_out(data.texts("train"), truth, classes, seed)
    if left_out is None:
        return 1.0
    return fit_temperature(logarithms(left_out, model.task.problem_type), truth)
