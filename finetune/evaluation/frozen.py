"""The frozen encoder: what a logistic regression on it answers, the third simple model. Trains nothing.

It is the pretrained network with the head that the training began with, and costs one pass over the rows held out.
"""

import time
from functools import partial

import torch

from finetune.data.module import TextData
from finetune.evaluation.baselines import FROZEN, Measured
from finetune.evaluation.beside_baselines import Beside
from finetune.language.say import note
from finetune.model.classifier import TextClassifier
from finetune.model.kept_reads import Asked
from finetune.model.logits import logits_of
from finetune.tasks.gather import gather


def frozen(model: TextClassifier, data: TextData) -> Beside | None:
    """Returns what the regression on the frozen encoder answers to the rows held out; every process takes part.

    None where the head was not started as one, or the network is shared out: a whole one may not fit.

    Args:
        model: What was trained.
        data: What it was trained on.
    """
    begun = time.perf_counter()
    network = model.as_started()
    if network is None or model.started is None:
        note(
            "the simple model of a regression on the pretrained model is left out: the network lies in parts on "
            "several cards"
            if model.started is not None
            else "the simple model of a regression on the pretrained model is left out: the training did not begin "
            "with it"
        )
        return None
    parts: dict[str, Measured] = {}
    task = model.task
    how = task.known(model.hparams["facts"])
    asked = Asked(network, model.started.head)
    for part in ("validation", "test"):
        if part not in data.parts:
            continue
        with torch.no_grad(), model.trainer.precision_plugin.forward_context():
            found = asked.rows(
                "logits",
                partial(logits_of, network),
                partial(model.batches_of, part),
                through=model.started.head,
            )
        _, logits = gather(found, "read")
        truth = data.parts[part].labels
        assert truth is not None
        if part == "validation":
            # whole: a threshold for each label is of the temperature that it was found with
            how = task.calibrated(logits, truth, how)
        probabilities = task.probabilities(logits, how)
        predicted = task.answer(probabilities, how).predicted
        parts[part] = Measured(FROZEN, probabilities, predicted, 0.0, task.scores(truth, predicted))
    seconds = time.perf_counter() - begun + asked.spared_seconds
    return Beside(model.started.rows, model.started.seconds + seconds, parts)
