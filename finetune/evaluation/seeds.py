"""Networks of several seeds beside their mean: which to take by the validation rows, and why. Trains nothing."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from finetune.evaluation.score_names import score_name, score_value
from finetune.language.lists import listed
from finetune.language.say import AnyMessage, Message
from finetune.runs.seeds import MEAN

BY = ("log_loss", "mae")
"""By what they are compared, smaller being better: the first of these that the task has."""


def compared_by(scores: Mapping[str, Any]) -> str:
    """Returns the name of the score by which networks are compared; a task of the user's own may not have it."""
    return next((name for name in BY if name in scores), BY[0])


def choose(errors: Sequence[float], mean: float) -> int | None:
    """Returns the place of the network to take, the best one; None for the mean, where it errs no more than they do.

    What is not known counts as the most.

    Args:
        errors: Of each network, on the validation rows.
        mean: That of the network whose weights are the mean of theirs.
    """
    *known, of_mean = (math.inf if math.isnan(each) else each for each in (*errors, mean))
    best = min(range(len(known)), key=known.__getitem__)
    if math.isinf(of_mean):
        return None if math.isinf(known[best]) else best
    return None if of_mean <= sum(known) / len(known) else best


def names(content: Mapping[str, Any]) -> list[AnyMessage]:
    """Returns what each network is called, and their mean behind them.

    Args:
        content: Of `seeds.json`.
    """
    seeds = [Message("seed {seed}", seed=each["seed"]) for each in content["networks"]]
    return [*seeds, Message("the mean of their weights")]


def rows(content: Mapping[str, Any], *, digits: int = 3) -> list[tuple[str, str, str]]:
    """Returns the name of each, what it reaches on the validation rows, and how much it errs there."""
    score, error = content["ranked_by"], content["compared_by"]
    return [
        (
            str(name),
            score_value(score, each["score"], digits=digits),
            score_value(error, each["error"], digits=digits),
        )
        for name, each in zip(names(content), [*content["networks"], content[MEAN]], strict=True)
    ]


def taken(content: Mapping[str, Any]) -> int:
    """Returns the row of what was taken."""
    seeds = [each["seed"] for each in content["networks"]]
    return len(seeds) if content["taken"] == MEAN else seeds.index(content["taken"])


def what_it_is(content: Mapping[str, Any]) -> Message:
    """Returns what the network of the run is, in a sentence."""
    if content["taken"] == MEAN:
        return Message(
            "The weights of the network are the mean of those of {n} networks (seeds {seeds}), which began alike and "
            "saw the rows in another order each.",
            n=len(content["seeds"]),
            seeds=listed(content["seeds"]),
        )
    return Message(
        "Of {n} networks (seeds {seeds}) this is the best one, that of seed {taken}: the mean of their weights errs "
        "more on the validation rows than they do on average ({error}).",
        n=len(content["seeds"]),
        seeds=listed(content["seeds"]),
        taken=content["taken"],
        error=score_name(content["compared_by"]),
    )
