"""Ways to train beside each other: what each reaches over the same folds, which to take, and why. Trains nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from finetune.evaluation.over_folds import Estimate, difference
from finetune.evaluation.score_names import score_name, score_value
from finetune.language.lists import listed
from finetune.language.say import AnyMessage, Message

WORDS, QUICK, USUAL, NETWORK, LONGER = "words", "quick", "good", "network", "longer"

NAMES: dict[str, AnyMessage] = {
    WORDS: Message("words alone (TF-IDF)"),
    QUICK: Message("the untrained model, with words (quick)"),
    USUAL: Message("one training, with words (good)"),
    NETWORK: Message("one training, without words"),
    LONGER: Message("twice as many epochs, with words"),
}
"""What each way is called."""

CLOSE = 0.01
"""How far behind the best one a cheaper way may lie on average to be taken in its place."""


def ranked(measured: Mapping[str, Estimate]) -> list[str]:
    """Returns the names of the ways that were measured, the highest mean first; of equal ones the first."""
    means = {name: each.mean for name, each in measured.items() if each.mean is not None}
    return sorted(means, key=lambda name: -means[name])


def behind(measured: Mapping[str, Estimate], best: str, *, ratio: float) -> dict[str, Estimate]:
    """Returns how far each way lies behind the best one, fold by fold, with the corrected interval.

    Args:
        measured: Of each way its score.
        best: The best of them.
        ratio: Rows tested for each row trained on.
    """
    return {name: difference(measured[best], each, ratio=ratio) for name, each in measured.items()}


def choose(measured: Mapping[str, Estimate], *, ratio: float) -> tuple[str, str]:
    """Returns the best way and the one to take: the cheapest that the folds do not tell from it, and that is close.

    Args:
        measured: Of each way its score, the cheaper ones first.
        ratio: Rows tested for each row trained on.
    """
    best = ranked(measured)[0]
    gaps = behind(measured, best, ratio=ratio)
    taken = next(name for name, gap in gaps.items() if name == best or _as_good(gap))
    return best, taken


def _as_good(gap: Estimate) -> bool:
    """Whether a way is close to the best one, and the folds do not tell the two apart."""
    return gap.mean is not None and gap.mean <= CLOSE and (gap.low is None or gap.low <= 0)


def record(measured: Mapping[str, Estimate], *, ratio: float) -> dict[str, dict[str, Any]]:
    """Returns of each way its score and how far it lies behind the best one, as plain values."""
    gaps = behind(measured, ranked(measured)[0], ratio=ratio)
    return {name: {"score": asdict(each), "behind": asdict(gaps[name])} for name, each in measured.items()}


def why(content: Mapping[str, Any]) -> Message:
    """Returns which way was taken and why, in a sentence.

    Args:
        content: Of `effort.json`.
    """
    best, taken, score = content["best"], content["chosen"], content["ranked_by"]
    if best == taken:
        return Message(
            "Taken: {name}. It reaches the highest {score} on average over the folds.",
            name=NAMES[taken],
            score=score_name(score),
        )
    gap = next(each for each in content["candidates"] if each["name"] == taken)["behind"]
    return Message(
        "Taken: {name}. It costs less than what reaches the highest {score} ({best}), and lies {gap} behind it, no "
        "more than {close}, which the folds do not tell from chance (95% interval {low} to {high}).",
        name=NAMES[taken],
        best=NAMES[best],
        score=score_name(score),
        gap=score_value(score, gap["mean"], digits=3),
        close=score_value(score, CLOSE, digits=2),
        low=score_value(score, gap["low"], digits=3),
        high=score_value(score, gap["high"], digits=3),
    )


def not_compared(names: Sequence[str]) -> Message:
    """Returns that ways were left out, as what the user has set holds for all."""
    return Message(
        "Not compared, as an option of yours decides it, or the folds did not measure it: {names}.",
        names=listed(names, told=NAMES.__getitem__),
    )
