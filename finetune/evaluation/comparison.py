"""Is the model better than a simpler one on the same rows? An interval, a test, and a sentence. Trains nothing."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from finetune.data.checks.finding import Share
from finetune.language.numbers import number
from finetune.language.numbers import rows as rows_in_words
from finetune.language.say import AnyMessage, Message

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

FEWEST_ROWS = 10
"""Rows below which nothing is said to be better: our choice."""

FEWEST_ALONE = 5
"""Rows that each of two has to be right in alone for the bootstrap to be enough: our choice. Of four against none the
interval of the bootstrap never holds 0, for drawn anew none turns around; McNemar's exact test says p 0.125."""

Outcome = Literal["better", "worse", "undecided", "tie"]

CHUNK_BYTES = 16 * 2**20
"""Memory of the counts that are drawn at once."""


@dataclass(frozen=True)
class Interval:
    """A difference of macro-F1 and its 95% interval."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class McNemar:
    """In how many rows only one of two is right, and how likely so uneven a division is by chance."""

    only_first_right: int
    only_second_right: int
    p_value: float


def paired_bootstrap(
    truth: Integers,
    first: Integers,
    second: Integers,
    num_classes: int,
    *,
    resamples: int = 2000,
    seed: int,
) -> Interval:
    """Returns macro-F1 of the first minus that of the second, with the interval if the rows were drawn anew.

    The percentile interval (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). Both are
    scored on the same drawn rows. How often each (truth, first, second) is drawn is multinomial, and macro-F1 depends
    on no more: so the counts are drawn, not the rows.

    Args:
        truth: [N] class numbers.
        first: [N] answered by the one.
        second: [N] answered by the other.
        num_classes: C.
        resamples: How often the rows are drawn.
        seed: Of the draws.
    """
    cells, counts = np.unique((truth * num_classes + first) * num_classes + second, return_counts=True)  # [K]
    rest, of_second = np.divmod(cells, num_classes)
    of_truth, of_first = np.divmod(rest, num_classes)

    def difference(drawn: Integers) -> Floats:
        return macro_f1(drawn, of_truth, of_first, num_classes) - macro_f1(
            drawn, of_truth, of_second, num_classes
        )

    random = np.random.default_rng(seed)
    chunk = max(1, CHUNK_BYTES // (8 * max(len(cells), num_classes)))
    shares = counts / len(truth)
    differences = [
        difference(random.multinomial(len(truth), shares, size=min(chunk, resamples - start)))
        for start in range(0, resamples, chunk)
    ]
    low, high = np.quantile(np.concatenate(differences), [0.025, 0.975])
    return Interval(float(difference(counts[None])[0]), float(low), float(high))


def bootstrap_intervals(
    truth: Integers, predicted: Integers, num_classes: int, *, resamples: int = 2000, seed: int
) -> dict[str, tuple[float, float]]:
    """Returns the 95% intervals of macro-F1, accuracy, balanced accuracy and MCC.

    As in `paired_bootstrap`, the counts of each (truth, predicted) are drawn anew. Where all draws give a score
    alike, as where every answer is right, it has no interval; accuracy has Wilson's (JASA 22, 1927) always.

    Args:
        truth: [N] class numbers.
        predicted: [N] class numbers that were answered.
        num_classes: C.
        resamples: How often the rows are drawn.
        seed: Of the draws.
    """
    cells, counts = np.unique(truth * num_classes + predicted, return_counts=True)  # [K]
    of_truth, answered = np.divmod(cells, num_classes)
    random = np.random.default_rng(seed)
    chunk = max(1, CHUNK_BYTES // (8 * max(len(cells), num_classes)))
    drawn: dict[str, list[Floats]] = {}
    for start in range(0, resamples, chunk):
        sample = random.multinomial(len(truth), counts / len(truth), size=min(chunk, resamples - start))
        for name, value in scores_of_counts(sample, of_truth, answered, num_classes).items():
            drawn.setdefault(name, []).append(value)
    intervals = {name: np.quantile(np.concatenate(values), [0.025, 0.975]) for name, values in drawn.items()}
    found = {name: (float(low), float(high)) for name, (low, high) in intervals.items() if low < high}
    return found | {"accuracy": wilson(int((truth == predicted).sum()), len(truth))}


def wilson(right: int, rows: int) -> tuple[float, float]:
    """Returns Wilson's 95% interval of a share (JASA 22, 1927)."""
    from scipy.stats import binomtest

    interval = binomtest(right, rows).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def scores_of_counts(
    counts: Integers, truth: Integers, predicted: Integers, num_classes: int
) -> dict[str, Floats]:
    """Returns macro-F1, accuracy, balanced accuracy and MCC [R] of R tables of counts; arguments as in `macro_f1`.

    MCC of many classes is Gorodkin's (Computational Biology and Chemistry 28, 2004), 0 where it has no value.
    """
    hit = truth == predicted
    total = counts.sum(axis=1)  # [R]
    right = class_totals(counts[:, hit], truth[hit], num_classes)  # [R, C]
    of_truth = class_totals(counts, truth, num_classes)
    answered = class_totals(counts, predicted, num_classes)
    recall = right / np.maximum(of_truth, 1)
    by_chance = (of_truth * answered).sum(axis=1)
    spread = (total**2 - (of_truth**2).sum(axis=1)).astype(float) * (total**2 - (answered**2).sum(axis=1))
    return {
        "f1_macro": macro_f1(counts, truth, predicted, num_classes),
        "accuracy": right.sum(axis=1) / total,
        "balanced_accuracy": recall.sum(axis=1) / (of_truth > 0).sum(axis=1),
        "mcc": (right.sum(axis=1) * total - by_chance) / np.sqrt(np.where(spread > 0, spread, np.inf)),
    }


def macro_f1(counts: Integers, truth: Integers, predicted: Integers, num_classes: int) -> Floats:
    """Returns the macro-F1 [R] of R tables of counts.

    As torchmetrics has it: a class that neither occurs nor is predicted is left out.

    Args:
        counts: [R, K] rows in each of K cells.
        truth: [K] the class of the cells' rows.
        predicted: [K] the class that was answered.
        num_classes: C.
    """
    hit = truth == predicted
    right = class_totals(counts[:, hit], truth[hit], num_classes)  # [R, C]
    either = class_totals(counts, truth, num_classes) + class_totals(counts, predicted, num_classes)
    f1 = 2 * right / np.maximum(either, 1)
    return np.asarray(f1.sum(axis=1) / (either > 0).sum(axis=1))


def class_totals(counts: Integers, classes: Integers, num_classes: int) -> Integers:
    """Returns the sums [R, C] of counts [R, K] over the cells of each class; `classes` is [K]."""
    totals = np.zeros((len(counts), num_classes), dtype=np.int64)
    order = np.argsort(classes, kind="stable")
    present, starts = np.unique(classes[order], return_index=True)
    totals[:, present] = np.add.reduceat(counts[:, order], starts, axis=1)
    return totals


def mcnemar(truth: Integers, first: Integers, second: Integers) -> McNemar:
    """Returns McNemar's exact test: were the rows that only one gets right divided by tossing a coin?

    Twice the smaller tail of the binomial distribution (Fagerland, Lydersen and Laake, BMC Medical Research
    Methodology 13:91, 2013, "exact conditional test"). All arguments are [N] class numbers.
    """
    from scipy.stats import binomtest

    only_first = int(((first == truth) & (second != truth)).sum())
    only_second = int(((first != truth) & (second == truth)).sum())
    discordant = only_first + only_second
    p_value = float(binomtest(only_first, discordant).pvalue) if discordant else 1.0
    return McNemar(only_first, only_second, p_value)


def right_rows(right: int, rows: int) -> AnyMessage:
    """Returns how many rows are right, where nothing is said of how sure that is."""
    values: dict[str, Any] = {"right": right, "rows": rows_in_words(rows), "share": Share(right / rows)}
    return Message("The model is right in {right:,} of {rows} ({share:.1%}).", **values)


def right_share(right: int, rows: int, named: AnyMessage) -> AnyMessage:
    """Returns what is good about a result, and how sure that is: how many rows are right, with the share's interval.

    Args:
        right: How many are.
        rows: Of how many.
        named: What these are called: "40 test rows".
    """
    low, high = wilson(right, rows)
    return Message(
        "The model is right in {right:,} of {rows} ({share:.1%}). With {rows}, its true share lies between {low:.1%} "
        "and {high:.1%} (95% interval).",
        right=right,
        rows=named,
        share=Share(right / rows),
        low=Share(low),
        high=Share(high),
    )


def verdict(interval: Interval, mcnemar: McNemar, rows: int, *, baseline: str) -> str:
    """Returns in two sentences whether the model, the first of both, is worth its time.

    Args:
        interval: The model's macro-F1 minus the baseline's.
        mcnemar: The model is the first.
        rows: How many were compared.
        baseline: Its name.
    """
    values: dict[str, Any] = {
        "baseline": baseline,
        "rows": rows_in_words(rows),
        "difference": number(interval.difference, sign=True),
        "low": number(interval.low, sign=True),
        "high": number(interval.high, sign=True),
        "first": rows_in_words(mcnemar.only_first_right),
        "second": rows_in_words(mcnemar.only_second_right),
        "p": p_value(mcnemar),
    }
    found = outcome(interval, mcnemar, rows)
    if found == "undecided" and rows < FEWEST_ROWS:
        too_few = Message(
            "Whether the fine-tuned model is better than the simple model {baseline} cannot be told on {rows}: these "
            "are too few (macro-F1 {difference}; right alone: {first} against {second}). Below {least} rows nothing "
            "is proved: label more rows, or give the test a larger share of them.",
            **values,
            least=FEWEST_ROWS,
        )
        return str(too_few)
    told: dict[Outcome, Message] = {
        "better": Message(
            "The fine-tuned model beats the simple model {baseline} on {rows}: macro-F1 {difference} (95% "
            "interval {low} to {high}). It alone is right in {first}, the simple model alone in {second}; the "
            "probability of so uneven a result by chance is p {p} (McNemar's test).",
            **values,
        ),
        "undecided": Message(
            "It is not proved that the fine-tuned model is better than the simple model {baseline} on {rows}: macro-F1 "
            "{difference} (95% interval {low} to {high}; right alone: {first} against {second}, p {p}), which "
            "may be chance; more test rows would tell. The simple model needs seconds and no GPU, and may do; more "
            "epochs or rows, a hub model or cleaner labels may help the fine-tuned one.",
            **values,
        ),
        "tie": Message(
            "The fine-tuned model is as good as the simple model {baseline}, and not better: on {rows} both score "
            "exactly the same. The simple model needs seconds and no GPU, and may do; more epochs or rows, a hub model "
            "or cleaner labels may help the fine-tuned one.",
            **values,
        ),
        "worse": Message(
            "The fine-tuned model does NOT beat the simple model {baseline} on {rows}: macro-F1 {difference} (95% "
            "interval {low} to {high}; right alone: {first} against {second}, p {p} by chance). Do not rely on it "
            "as it is: more epochs, more rows, a hub model or cleaner labels may help.",
            **values,
        ),
    }
    return str(told[found])


def p_value(mcnemar: McNemar) -> str:
    """Returns how likely so uneven a division is by chance, as it stands behind "p"."""
    return f"< {number(0.001)}" if mcnemar.p_value < 0.001 else f"= {number(mcnemar.p_value)}"


def outcome(interval: Interval, mcnemar: McNemar, rows: int) -> Outcome:
    """Returns which of the sentences is true: `better`, `worse`, `undecided` or `tie`.

    Of a few rows none is better. Where hardly any speak for one of both, drawing anew cannot show how many might have:
    there McNemar's test has to say so too, and of the same one.
    """
    first, second = mcnemar.only_first_right, mcnemar.only_second_right
    if not first + second and interval.low == interval.high:
        return "tie"
    if rows < FEWEST_ROWS:
        return "undecided"
    drawn = interval.low < interval.high and min(first, second) >= FEWEST_ALONE
    tested = mcnemar.p_value < 0.05
    if interval.low > 0 and (drawn or (tested and first > second)):
        return "better"
    return "worse" if interval.high < 0 and (drawn or (tested and first < second)) else "undecided"
