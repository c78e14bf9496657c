"""How a trained run shall answer: what words weigh beside its network, by rows that neither learned from."""

from collections.abc import Sequence
from dataclasses import replace

from finetune.data.module import TextData
from finetune.evaluation.answering import Answering
from finetune.evaluation.baselines import Baseline, fit_baselines
from finetune.evaluation.confidence import calibration_of
from finetune.evaluation.measured import Measured
from finetune.evaluation.mix import Mix, chosen, logarithms
from finetune.evaluation.words import Classifier, words_left_out
from finetune.model.calibration import Calibration, fit_temperature
from finetune.model.classifier import TextClassifier

ENOUGH_ROWS = 200
"""Validation rows from which on they alone tell how vague words are; of fewer the training rows do, in turns."""


def learn_words(model: TextClassifier, data: TextData) -> Baseline:
    """Returns the baseline of words alone, which has learned from the training rows."""
    truth = data.parts["train"].labels
    assert truth is not None
    classes, seed = len(model.hparams["labels"]), data.division.seed
    return fit_baselines(data.texts("train"), truth, num_classes=classes, seed=seed, names=["tfidf"])[0]


def how_to_answer(
    model: TextClassifier,
    data: TextData,
    found: Sequence[Measured],
    *,
    words: Baseline | None,
    mix: float | str,
    wanted_precision: float | None,
    network: str,
) -> Answering:
    """Returns how the run answers: by its network alone, or with what words have learned of the training rows.

    Args:
        model: Calibrated as its network alone is.
        data: What it trained on.
        found: What the network says of each part.
        words: What they have learned of the training rows; None where they shall have no say.
        mix: What words have of the answer: `auto`, `none` or a share.
        wanted_precision: Share of right answers for which a confidence is looked for.
        network: The network's fingerprint.
    """
    alone = Answering(model.calibration)
    validation = next((each for each in found if each.part == "validation"), None)
    learned = None if words is None else words.model
    if not isinstance(learned, Classifier) or not learned.counts or (mix == "auto" and validation is None):
        return alone
    labels, seed = model.hparams["labels"], data.division.seed
    said = None if validation is None else learned.predict_proba(data.texts("validation", validation.index))
    if validation is not None and said is not None and len(validation.truth) >= ENOUGH_ROWS:
        of_words = fit_temperature(logarithms(said), validation.truth)
    else:
        truth = data.parts["train"].labels
        assert truth is not None
        left_out = words_left_out(data.texts("train"), truth, len(labels), seed)
        of_words = fit_temperature(logarithms(left_out), truth)
    temperatures = (model.calibration.temperature, of_words)
    if mix != "auto":
        weights = Mix(float(mix), *temperatures)
    else:
        assert validation is not None
        assert said is not None
        weights = chosen(validation.logits, said, validation.truth, temperatures=temperatures)
    if not weights.weight:
        return alone
    how = Answering(Calibration(), weights, learned, labels, network)
    if validation is None:
        return how
    answer = how.measured(validation, data.texts("validation", validation.index))
    return replace(how, calibration=calibration_of(answer, wanted_precision))
