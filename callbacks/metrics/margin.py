"""How much better a validation must be than another before it counts: a number, or a metric that is logged with it.

Few rows often give a later epoch a slightly worse value by chance. Where the learning rate falls to nothing, the last
weights are the ones to trust, and an earlier epoch has to win by more than that.
"""

import math

from lightning.pytorch import Trainer

from callbacks.language.say import Message

NOISE = "_noise"
"""Stands behind the name of a metric that says how far chance moves another."""


def check_margin(who: str, margin: float | None) -> None:
    """Refuses a margin that there cannot be.

    Raises:
        ValueError: It is a number below 0.
    """
    if margin is not None and not margin >= 0:
        raise ValueError(Message("{who}(margin={margin!r}): give 0 or more.", who=who, margin=margin))


def margin_now(margin: float | None, monitor: str | None, trainer: Trainer) -> float:
    """Returns the margin of the validation that has just ended.

    Args:
        margin: A number; None for what the module says of chance by a metric that is named as the monitored one, with
            `_noise` behind: 0 where it logs none, or NaN; infinite where a row alone was validated.
        monitor: The metric that is monitored.
        trainer: The one that trains.
    """
    if margin is not None:
        return margin
    value = trainer.callback_metrics.get(f"{monitor}{NOISE}")
    return float(value) if value is not None and not math.isnan(value) else 0.0
