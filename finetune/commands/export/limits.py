"""How far an export may be from the run that it is of, and which of these bounds one misses. Computes no score."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from finetune.commands.export.held import Held
from finetune.language.say import Message
from finetune.language.scores import score_name


@dataclass(frozen=True)
class Limits:
    """Bounds of an export.

    Attributes:
        difference: The largest difference of a logit; None where that says nothing of the answers.
        equal: The least share of rows with the same answer.
        surely: The least lower end of that share's 95 % interval; None where every row has to have the same.
        score: By how much the score may fall.
        error: By how much the calibration error may rise.
    """

    difference: float | None
    equal: float
    surely: float | None
    score: float
    error: float

    @property
    def fewest(self) -> int:
        """Rows below which nothing can be shown, if every answer is the same: of n the lower end is n / (n + z²)."""
        if self.surely is None:
            return 1
        return int(-(-Z * Z * self.surely // (1 - self.surely)))


Z = 1.959964
"""Of the normal distribution, at 95 %."""

SAME = Limits(difference=1e-4, equal=1.0, surely=None, score=1e-4, error=1e-4)
"""Of what computes as the run does, but for the order of its sums: by that the R2 of numbers is another, too."""

CLOSE = Limits(difference=None, equal=0.98, surely=0.96, score=0.01, error=0.01)
"""Of what computes with whole numbers of eight bits."""

HALF = replace(CLOSE, surely=None)
"""Of what computes with half the digits, which changes so little that few rows will do."""


def missed(held: Held, limits: Limits, *, score: str) -> Iterator[Message]:
    """Gives in words each bound that an export misses.

    Args:
        held: What was found of it.
        limits: The bounds.
        score: The name of the score.
    """
    low, _ = held.interval
    if not held.finite:
        yield Message("some of its answers are no numbers")
        return
    if limits.difference is not None and held.difference > limits.difference:
        yield Message(
            "a logit differs by {found:.2g} (at most {limit:.2g})"
            if held.apart is None
            else "an answer differs by {found:.2g} standard deviations of the training rows (at most {limit:.2g})",
            found=held.difference,
            limit=limits.difference,
        )
    if held.equal < limits.equal * held.rows:
        yield Message(
            "{equal:,} of {n:,} row has the same answer (at least {limit:.0%})",
            "{equal:,} of {n:,} rows have the same answer (at least {limit:.0%})",
            equal=held.equal,
            n=held.rows,
            limit=limits.equal,
        )
    elif limits.surely is not None and low < limits.surely:
        yield Message(
            "{equal:,} of {n:,} row has the same answer, by which it may be {low:.1%} of others (at least "
            "{limit:.0%}; by fewer than {fewest} rows that cannot be shown)",
            "{equal:,} of {n:,} rows have the same answer, by which it may be {low:.1%} of others (at least "
            "{limit:.0%}; by fewer than {fewest} rows that cannot be shown)",
            equal=held.equal,
            n=held.rows,
            low=low,
            limit=limits.surely,
            fewest=limits.fewest,
        )
    if held.loss > limits.score:
        yield Message(
            "{score} falls by {found:.4f} (at most {limit:.4f})",
            score=score_name(score),
            found=held.loss,
            limit=limits.score,
        )
    if held.gain > limits.error:
        yield Message(
            "the calibration error rises by {found:.4f} (at most {limit:.4f})",
            found=held.gain,
            limit=limits.error,
        )
