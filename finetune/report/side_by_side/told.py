"""Two runs in words: which is better, on which rows, and what else has to be known. Draws no table and no page."""

from typing import Any

from finetune.evaluation.comparison import FEWEST_ROWS, McNemar, Outcome, outcome, p_value
from finetune.evaluation.score_names import score_name
from finetune.language.numbers import number, rows
from finetune.language.say import Message, say
from finetune.report.blocks import Tone
from finetune.report.side_by_side.pairs import Pair


def verdict(pair: Pair, first: str) -> tuple[str, Tone]:
    """Returns in a sentence or two whether a run is better than the first, and how that looks."""
    names = {"run": pair.run, "first": first}
    if pair.tasks is not None:
        text = say(
            "{run} and {first} cannot be compared: they are of different tasks ({task} and {first_task}), and scores "
            "of different tasks do not compare.",
            **names,
            task=pair.tasks[0],
            first_task=pair.tasks[1],
        )
        return text, "warning"
    if not pair.part:
        text = say(
            "{run} and {first} cannot be compared row by row: predictions.csv is missing in at least one of them, or "
            "they have no part in common. A new training writes it.",
            **names,
        )
        return text, "warning"
    if pair.gain is None:
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
        "score": score_name(pair.score),
        "difference": number(pair.gain.difference, sign=True),
        "low": number(pair.gain.low, sign=True),
        "high": number(pair.gain.high, sign=True),
    }
    found = outcome(pair.gain, pair.mcnemar, pair.common)
    message, tone = (_by_score(values) if pair.mcnemar is None else _by_rows(values, pair.mcnemar))[found]
    return str(message), tone


def _by_rows(values: dict[str, Any], mcnemar: McNemar) -> dict[Outcome, tuple[Message, Tone]]:
    """What is said where rows are right or wrong."""
    values = values | {
        "only_run": rows(mcnemar.only_first_right),
        "only_first": rows(mcnemar.only_second_right),
        "p": p_value(mcnemar),
    }
    return {
        "better": (
            Message(
                "{run} is better than {first} on {rows}: {score} {difference} (95% interval {low} to {high}). It "
                "alone is right in {only_run}, {first} alone in {only_first}; the probability of so uneven a result "
                "by chance is p {p} (McNemar's test).",
                **values,
            ),
            "good",
        ),
        "worse": (
            Message(
                "{run} is worse than {first} on {rows}: {score} {difference} (95% interval {low} to {high}). It "
                "alone is right in {only_run}, {first} alone in {only_first}; the probability of so uneven a result "
                "by chance is p {p} (McNemar's test).",
                **values,
            ),
            "severe",
        ),
        "undecided": (
            Message(
                "No clear difference between {run} and {first} on {rows}: {score} {difference} (95% interval {low} "
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


def _by_score(values: dict[str, Any]) -> dict[Outcome, tuple[Message, Tone]]:
    """What is said where each row tells something, as of numbers."""
    return {
        "better": (
            Message(
                "{run} is better than {first} on {rows}: {score} {difference} (95% interval {low} to {high}).",
                **values,
            ),
            "good",
        ),
        "worse": (
            Message(
                "{run} is worse than {first} on {rows}: {score} {difference} (95% interval {low} to {high}).",
                **values,
            ),
            "severe",
        ),
        "undecided": (
            Message(
                "No clear difference between {run} and {first} on {rows}: {score} {difference} (95% interval {low} to "
                "{high}), which may be chance. More test rows would tell; else take the simpler or faster one.",
                **values,
            ),
            "warning",
        ),
        "tie": (
            Message("{run} and {first} answer {rows} equally well: their {score} is the same.", **values),
            "warning",
        ),
    }


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
