"""What may be asked of answers, by what the labels are: a number has no right and wrong, and no words beside it."""

from dataclasses import replace

from finetune.errors import ConfigError
from finetune.evaluation.answering import Answering
from finetune.tasks.task import NUMBER, Task


def check_wishes(
    task: Task,
    *,
    mix: float | str = "auto",
    wanted_precision: float | None = None,
    abstain_below: float | None = None,
    abstain_wider: float | None = None,
) -> None:
    """Refuses what a task cannot be asked for.

    Args:
        task: What the labels are.
        mix: What words shall have of the answer.
        wanted_precision: The wish for right answers.
        abstain_below: A confidence below which an answer is left open.
        abstain_wider: A width of intervals above which it is.

    Raises:
        ConfigError: if it is asked for something of the kind.
    """
    if task.problem_type != NUMBER:
        if abstain_wider is not None:
            raise ConfigError(
                "--abstain_wider {given:g} is for numbers, whose answers have an interval. Here the answer is a class "
                "and has a confidence: give --abstain_below.",
                given=abstain_wider,
            )
        return
    if wanted_precision is not None:
        raise ConfigError(
            "--wanted_precision {given:g}: a number is not right or wrong, so there is no share of right answers. How "
            "far one may be off, its interval says: leave --wanted_precision away, and predict leaves open what is too "
            "unsure with --abstain_wider.",
            given=wanted_precision,
        )
    if abstain_below is not None:
        raise ConfigError(
            "--abstain_below {given:g}: a number has no confidence. How far it may be off, its interval says: give "
            "--abstain_wider and the width from which on an answer is left open.",
            given=abstain_below,
        )
    if not isinstance(mix, str) and mix:
        raise ConfigError(
            "--mix {given:g}: words have no say beside the network where a number is asked for. Leave --mix away.",
            given=mix,
        )
    if abstain_wider is not None and not abstain_wider > 0:
        raise ConfigError(
            "--abstain_wider {given:g}: the width of an interval is above 0.", given=abstain_wider
        )


def leaving_open(how: Answering, wider: float | None) -> Answering:
    """Returns the same way to answer, which leaves open what has a wider interval.

    Args:
        how: How a run answers.
        wider: The width; None leaves nothing open.

    Raises:
        ConfigError: if the run knows no intervals.
    """
    if wider is None:
        return how
    facts = how.calibration.facts
    if "half_widths" not in facts:
        raise ConfigError(
            "--abstain_wider {given:g}: the model knows no intervals, because it was trained with too few validation "
            "rows. Leave the option away, or train anew with a larger --data.validation_fraction.",
            given=wider,
        )
    return replace(how, calibration=replace(how.calibration, facts={**facts, "widest": [wider]}))
