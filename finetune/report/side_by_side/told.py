"""Two runs in words: which is better, on which rows, and what else has to be known. Draws no table and no page."""

from typing import Any

from finetune.evaluation.comparison import FEWEST_ROWS, Outcome, outcome, p_value
from finetune.language.numbers import number, rows
from finetune.language.say import Message, say
from finetune.report.blocks import Tone
from finetune.report.side_by_side.pairs import Pair


def verdict(pair: Pair, first: str) -> tuple[str, Tone]:
    """Returns in a sentence or two whether a run is better than the first, and how that looks."""
    names = {"run": pair.run, "first": first}
    if not pair.part:
        text = say(
            "{run} and {first} cannot be compared row by row: predictions.csv is missing in at least one of them, or "
            "they have no part in common. A new training writes it.",
            **names,
        )
        return text, "warning"
    if pair.macro_f1 is None or pair.mcnemar is None:
        text = say(
            "{run} and {first} cannot be compared: only {common} in common, and below {least} nothing can be said. "
            "Train both with the same test rows: the same table and division, or one --data.test_path for both.",
            **names,
            common=rows(pair.common),
            least=FEWEST_ROWS,
        )
        return text, "warning"
    values: dict[str, Any] = {
        **names,
        "rows": rows(pair.common),
        "difference": number(pair.macro_f1.difference, sign=True),
        "low": number(pair.macro_f1.low, sign=True),
        "high": number(pair.macro_f1.high, sign=True),
        "only_run": rows(pair.mcnemar.only_first_right),
        "only_first": rows(pair.mcnemar.only_second_right),
        "p": p_value(pair.mcnemar),
    }
    told: dict[Outcome, tuple[Message, Tone]] = {
        "better": (
            Message(
                "{run} is better than {first} on {rows}: macro-F1 {difference} (95% interval {low} to {high}). It "
                "alone is right in {only_run}, {first} alone in {only_first}; the probability of so uneven a result "
                "by chance is p {p} (McNemar's test).",
                **values,
            ),
            "good",
        ),
        "worse": (
            Message(
                "{run} is worse than {first} on {rows}: macro-F1 {difference} (95% interval {low} to {high}). It "
                "alone is right in {only_run}, {first} alone in {only_first}; the probability of so uneven a result "
                "by chance is p {p} (McNemar's test).",
                **values,
            ),
            "severe",
        ),
        "undecided": (
            Message(
                "No clear difference between {run} and {first} on {rows}: macro-F1 {difference} (95% interval {low} "
                "to {high}; right alone: {only_run} against {only_first}, p {p}), which may be chance. More test rows "
                "would tell; else take the simpler or faster one.",
                **values,
            ),
            "warning",
        ),
        "tie": (
            Message("{run} and {first} answer {rows} equally well: neither is right alone in any.", **values),
            "warning",
        ),
    }
    message, tone = told[outcome(pair.macro_f1, pair.mcnemar, pair.common)]
    return str(message), tone


def notes(pair: Pair, first: str) -> list[str]:
    """Returns what has to be known about a comparison: which rows, which part, which classes."""
    if not pair.part:
        return []
    if pair.common == pair.rows == pair.first_rows:
        found = [
            say(
                "Both were tested on the same row.", "Both were tested on the same {n:,} rows.", n=pair.common
            )
        ]
    else:
        found = [
            say(
                "They were tested on different rows: {first} on {first_rows}, {run} on {own}; {common:,} in common.",
                run=pair.run,
                first=first,
                first_rows=rows(pair.first_rows),
                own=rows(pair.rows),
                common=pair.common,
            )
        ]
    if pair.part == "validation":
        found.append(
            say("There is no common test: the validation rows are compared, by which the models were chosen.")
        )
    if pair.other_labels:
        found.append(
            say(
                "The classes are not the same; only one of the two knows: {labels}.",
                labels=", ".join(pair.other_labels),
            )
        )
    return found
