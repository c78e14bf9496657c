"""Is the model better than a simpler one on the same rows? A test, and a sentence. Draws nothing, trains nothing."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from finetune.data.checks.finding import Share
from finetune.evaluation.score_names import score_name
from finetune.language.numbers import number
from finetune.language.numbers import rows as rows_in_words
from finetune.language.say import AnyMessage, Message
from finetune.tasks.bootstrap import Interval, wilson

Booleans = NDArray[np.bool_]

FEWEST_ROWS = 10
"""Rows below which nothing is said to be better: our choice."""

FEWEST_ALONE = 5
"""Rows that each of two has to be right in alone for the bootstrap to be enough: our choice. Of four against none the
interval of the bootstrap never holds 0, for drawn anew none turns around; McNemar's exact test says p 0.125."""

LIKELY = 0.05
"""Probability from which so uneven a result may be chance."""

Outcome = Literal["better", "worse", "undecided", "tie"]


@dataclass(frozen=True)
class McNemar:
    """In how many rows only one of two is right, and how likely so uneven a division is by chance."""

    only_first_right: int
    only_second_right: int
    p_value: float


def mcnemar(first: Booleans, second: Booleans) -> McNemar:
    """Returns McNemar's exact test: were the rows that only one gets right divided by tossing a coin?

    Twice the smaller tail of the binomial distribution (Fagerland, Lydersen and Laake, BMC Medical Research
    Methodology 13:91, 2013, "exact conditional test").

    Args:
        first: [N] whether the one is right.
        second: [N] whether the other is.
    """
    from scipy.stats import binomtest

    only_first = int((first & ~second).sum())
    only_second = int((~first & second).sum())
    discordant = only_first + only_second
    p_value = float(binomtest(only_first, discordant).pvalue) if discordant else 1.0
    return McNemar(only_first, only_second, p_value)


def right_rows(right: int, rows: int, *, several: bool = False) -> AnyMessage:
    """Returns how many rows are right, where nothing is said of how sure that is; of several labels, all of them."""
    values: dict[str, Any] = {"right": right, "rows": rows_in_words(rows), "share": Share(right / rows)}
    return Message(
        "The model gets all labels right in {right:,} of {rows} ({share:.1%})."
        if several
        else "The model is right in {right:,} of {rows} ({share:.1%}).",
        **values,
    )


def right_share(right: int, rows: int, named: AnyMessage, *, several: bool = False) -> AnyMessage:
    """Returns what is good about a result, and how sure that is: how many rows are right, with the share's interval.

    Args:
        right: How many are.
        rows: Of how many.
        named: What these are called: "40 test rows".
        several: Whether a row has several labels, which all have to be right.
    """
    low, high = wilson(right, rows)
    return Message(
        "The model gets all labels right in {right:,} of {rows} ({share:.1%}). With {rows}, its true share lies "
        "between {low:.1%} and {high:.1%} (95% interval)."
        if several
        else "The model is right in {right:,} of {rows} ({share:.1%}). With {rows}, its true share lies between "
        "{low:.1%} and {high:.1%} (95% interval).",
        right=right,
        rows=named,
        share=Share(right / rows),
        low=Share(low),
        high=Share(high),
    )


def verdict(
    interval: Interval, mcnemar: McNemar | None, rows: int, *, baseline: str, score: str = "f1_macro"
) -> str:
    """Returns in two sentences whether the model, the first of both, is worth its time.

    Args:
        interval: The model's score minus the baseline's.
        mcnemar: The model is the first; None where there is no right and wrong.
        rows: How many were compared.
        baseline: Its name.
        score: By which they are compared.
    """
    values: dict[str, Any] = {
        "score": score_name(score),
        "baseline": baseline,
        "rows": rows_in_words(rows),
        "difference": number(interval.difference, sign=True),
        "low": number(interval.low, sign=True),
        "high": number(interval.high, sign=True),
    }
    if mcnemar is None:
        return _by_score_alone(outcome(interval, None, rows), rows, values)
    values |= {
        "first": rows_in_words(mcnemar.only_first_right),
        "second": rows_in_words(mcnemar.only_second_right),
        "p": p_value(mcnemar),
    }
    found = outcome(interval, mcnemar, rows)
    if found == "undecided" and rows < FEWEST_ROWS:
        too_few = Message(
            "Whether the trained model is better than the simple model {baseline} cannot be told on {rows}: these "
            "are too few ({score} {difference}; right alone: {first} against {second}). Below {least} rows nothing "
            "is proved: label more rows, or give the test a larger share of them.",
            **values,
            least=FEWEST_ROWS,
        )
        return str(too_few)
    if found == "undecided" and mcnemar.p_value < LIKELY:
        of_two_minds = Message(
            "By {score} it is not proved that the trained model is better than the simple model {baseline} on "
            "{rows}: {difference} (95% interval {low} to {high}). Counted by rows there is a difference: it alone is "
            "right in {first}, the simple model alone in {second} (p {p} by chance, McNemar's test). More test rows "
            "would tell; the simple model needs seconds and no GPU, and may do.",
            **values,
        )
        return str(of_two_minds)
    told: dict[Outcome, Message] = {
        "better": Message(
            "The trained model beats the simple model {baseline} on {rows}: {score} {difference} (95% "
            "interval {low} to {high}). It alone is right in {first}, the simple model alone in {second}; the "
            "probability of so uneven a result by chance is p {p} (McNemar's test).",
            **values,
        ),
        "undecided": Message(
            "It is not proved that the trained model is better than the simple model {baseline} on {rows}: {score} "
            "{difference} (95% interval {low} to {high}; right alone: {first} against {second}, p {p}), which "
            "may be chance; more test rows would tell. The simple model needs seconds and no GPU, and may do; more "
            "epochs or rows, a hub model or cleaner labels may help the trained one.",
            **values,
        ),
        "tie": Message(
            "The trained model is as good as the simple model {baseline}, and not better: on {rows} both score "
            "exactly the same. The simple model needs seconds and no GPU, and may do; more epochs or rows, a hub model "
            "or cleaner labels may help the trained one.",
            **values,
        ),
        "worse": Message(
            "The trained model does NOT beat the simple model {baseline} on {rows}: {score} {difference} (95% "
            "interval {low} to {high}; right alone: {first} against {second}, p {p} by chance). Do not rely on it "
            "as it is: more epochs, more rows, a hub model or cleaner labels may help.",
            **values,
        ),
    }
    return str(told[found])


def _by_score_alone(found: Outcome, rows: int, values: dict[str, Any]) -> str:
    if found == "undecided" and rows < FEWEST_ROWS:
        too_few = Message(
            "Whether the trained model is better than the simple model {baseline} cannot be told on {rows}: these "
            "are too few ({score} {difference}). Below {least} rows nothing is proved: label more rows, or give the "
            "test a larger share of them.",
            **values,
            least=FEWEST_ROWS,
        )
        return str(too_few)
    told: dict[Outcome, Message] = {
        "better": Message(
            "The trained model beats the simple model {baseline} on {rows}: {score} {difference} (95% interval "
            "{low} to {high}).",
            **values,
        ),
        "undecided": Message(
            "It is not proved that the trained model is better than the simple model {baseline} on {rows}: {score} "
            "{difference} (95% interval {low} to {high}), which may be chance; more test rows would tell. The simple "
            "model needs seconds and no GPU, and may do; more epochs or rows, a hub model or a cleaner table may help "
            "the trained one.",
            **values,
        ),
        "tie": Message(
            "The trained model is as good as the simple model {baseline}, and not better: on {rows} their {score} "
            "is exactly the same. The simple model needs seconds and no GPU, and may do.",
            **values,
        ),
        "worse": Message(
            "The trained model does NOT beat the simple model {baseline} on {rows}: {score} {difference} (95% "
            "interval {low} to {high}). Do not rely on it as it is: more epochs, more rows, a hub model or a cleaner "
            "table may help.",
            **values,
        ),
    }
    return str(told[found])


def p_value(mcnemar: McNemar) -> str:
    """Returns how likely so uneven a division is by chance, as it stands behind "p"."""
    return f"< {number(0.001)}" if mcnemar.p_value < 0.001 else f"= {number(mcnemar.p_value)}"


def outcome(interval: Interval, mcnemar: McNemar | None, rows: int) -> Outcome:
    """Returns which of the sentences is true: `better`, `worse`, `undecided` or `tie`.

    Of a few rows none is better. Where hardly any speak for one of both, drawing anew cannot show how many might have:
    there McNemar's test has to say so too, and of the same one. Where there is no right and wrong, of which each row
    tells something, the interval decides; where there is none, as of one row's R2, nothing is decided.
    """
    if math.isnan(interval.low + interval.high):
        return "undecided"
    if mcnemar is None:
        if interval.low == interval.high == 0:
            return "tie"
        proved = rows >= FEWEST_ROWS and not interval.low <= 0 <= interval.high
        return "undecided" if not proved else "better" if interval.low > 0 else "worse"
    first, second = mcnemar.only_first_right, mcnemar.only_second_right
    if not first + second and interval.low == interval.high:
        return "tie"
    if rows < FEWEST_ROWS:
        return "undecided"
    drawn = interval.low < interval.high and min(first, second) >= FEWEST_ALONE
    tested = mcnemar.p_value < LIKELY
    if interval.low > 0 and (drawn or (tested and first > second)):
        return "better"
    return "worse" if interval.high < 0 and (drawn or (tested and first < second)) else "undecided"
