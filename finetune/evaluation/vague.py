"""How vague words are: the temperature of what they say, by rows that they have not learned from."""

from collections.abc import Sequence

import numpy as np

from finetune.evaluation.mix import Floats, logarithms
from finetune.evaluation.words import ENOUGH_LEFT_OUT, words_left_out
from finetune.tasks.calibration import fit_temperature
from finetune.tasks.task import ProblemType, Targets

ENOUGH_ROWS = 200
"""Validation rows from which on they alone tell how vague words are; of fewer the training rows do, in turns."""


def how_vague(
    texts: Sequence[str],
    truth: Targets,
    validation: tuple[Floats, Targets] | None,
    *,
    classes: int,
    problem: ProblemType,
    seed: int,
) -> float:
    """Returns how vague words are by the validation rows, or where these are few by training rows left out in turns.

    Args:
        texts: [N] of the training rows.
        truth: [N] or [N, C] their targets.
        validation: What words say of the validation rows, and what is true of these; None without any.
        classes: C.
        problem: What is asked.
        seed: Of how the training rows are cut.
    """
    if validation is not None and len(validation[1]) >= ENOUGH_ROWS:
        said, of_validation = validation
        return fit_temperature(logarithms(said, problem), of_validation)
    enough = ENOUGH_LEFT_OUT if validation is None else None
    left_out = words_left_out(texts, truth, classes, seed, enough=enough)
    if left_out is None:
        return 1.0
    there = ~np.isnan(left_out[:, 0])
    return fit_temperature(logarithms(left_out[there], problem), truth[there])
