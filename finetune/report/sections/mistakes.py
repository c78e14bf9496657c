"""The most confident errors, with the words that weighed most for the answer."""

from pathlib import Path
from typing import Any

from finetune.language.numbers import percent, significant
from finetune.language.say import Message, say
from finetune.report.attribution import FIRST_ERRORS, Explained, most_confident_errors
from finetune.report.blocks import Block, Fold, Marked, Piece, Section, Text
from finetune.report.facts import Facts
from finetune.report.names import NO_ANSWERS, NO_METRICS
from finetune.tasks.task import MULTI, NUMBER, Task

MOST_LETTERS = 900
"""Of a text."""


def section(facts: Facts, explained: Explained) -> Section:
    """Returns the errors of the last part, the most confident first.

    Args:
        facts: The run.
        explained: What weighed how much in which text, or why that is not known.
    """
    is_number = facts.task.problem_type == NUMBER
    title = say("The largest errors") if is_number else say("The most confident errors")
    part = facts.last_part
    if facts.answers is None or part is None:
        why = NO_METRICS if part is None else NO_ANSWERS
        return Section("mistakes", title, "", [Text(str(why), "quiet")])
    errors = most_confident_errors(facts.answers, part)
    if errors.empty:
        return Section("mistakes", title, "", [Text(say("There are none: every answer is right."), "good")])
    done = sum(text in explained.weights for text in errors["text"])
    told: list[Block] = [_marked(row, explained, facts.task) for row in errors.to_dict("records")]
    note = str(_marks(explained, facts.task))
    if 0 < done < len(errors):
        some = say(
            "Only {n:,} text is marked; finetune report marks more of them.",
            "Only {n:,} texts are marked; finetune report marks more of them.",
            n=done,
        )
        note = f"{note} {some}"
    blocks: list[Block] = [Text(note, "quiet"), *told[:FIRST_ERRORS]]
    if len(told) > FIRST_ERRORS:
        blocks.append(
            Fold(
                say("{n:,} more error", "{n:,} more errors", n=len(told) - FIRST_ERRORS), told[FIRST_ERRORS:]
            )
        )
    how = (
        say(
            "Here the answer is furthest from the number in the table. Look at the numbers first: often it is the "
            "table that errs."
        )
        if is_number
        else say(
            "Here the model was surest and yet did not answer the labels in the table. Look at the labels first: often "
            "it is the table that errs."
        )
        if facts.task.problem_type == MULTI
        else say(
            "Here the model was surest and yet not of the label in the table. Look at the labels first: often it is "
            "the table that errs, or a text fits two classes."
        )
    )
    return Section("mistakes", title, how, blocks)


def _marks(explained: Explained, task: Task) -> Message:
    """What the marks mean, or why there are none."""
    if explained.weights and task.problem_type == NUMBER:
        return Message(
            "Orange: the words that raised the answer most, the darker the more. Blue underlined: words that lowered "
            "it (integrated gradients)."
        )
    if explained.weights and task.problem_type == MULTI:
        return Message(
            "Orange: the words that weighed most for the first label that is too much, or is missing, the darker the "
            "more. Blue underlined: words that weighed against it (integrated gradients)."
        )
    if explained.weights:
        return Message(
            "Orange: the words that weighed most for the answer, the darker the more. Blue underlined: words that "
            "weighed against it (integrated gradients)."
        )
    reasons = {
        "no_captum": Message(
            "The words that weighed most are not marked: that needs the package captum. finetune report says in the "
            "terminal how to install it."
        ),
        "no_model": Message(
            "The words that weighed most are not marked: the run folder has no model/ to ask."
        ),
        "of_words": Message(
            "The words that weighed most are not marked: that is done of networks alone. This model counts words, and "
            "knows no order of them."
        ),
        "two_texts": Message(
            "The words that weighed most are not marked: that is done only where each row has one text."
        ),
        "not_asked": Message(
            "The words that weighed most are not marked, which takes longer: finetune report makes this page with them."
        ),
    }
    failed = Message("The words that weighed most are not marked: {why}", why=explained.error)
    return reasons.get(explained.why, failed)


def _marked(row: dict[Any, Any], explained: Explained, task: Task) -> Marked:
    return Marked(
        place=say("{file}, line {line}", file=Path(str(row["source"])).name, line=row["line"]),
        facts=ABOUT.get(task.problem_type, of_a_class)(row, task),
        pieces=pieces(str(row["text"]), explained.weights.get(str(row["text"]), [])),
    )


def of_a_class(row: dict[Any, Any], task: Task) -> list[tuple[str, str]]:
    """Returns label, answer and confidence."""
    return [
        (say("label in the table"), str(row["label"])),
        (say("answer"), str(row["predicted"])),
        (say("confidence"), percent(float(row["confidence"]))),
    ]


def of_labels(row: dict[Any, Any], task: Task) -> list[tuple[str, str]]:
    """Returns what is missing and what is too much, with what is right of it, and confidence."""
    true, given = task.parts(str(row["label"])), task.parts(str(row["predicted"]))
    named = {
        say("right"): [name for name in given if name in true],
        say("missing"): [name for name in true if name not in given],
        say("too much"): [name for name in given if name not in true],
    }
    told = [(what, ", ".join(names)) for what, names in named.items() if names]
    return [*told, (say("confidence"), percent(float(row["confidence"])))]


def of_a_number(row: dict[Any, Any], task: Task) -> list[tuple[str, str]]:
    """Returns the number of the table, the answer, and how far it is off."""
    truth, answered = float(row["label"]), float(row["predicted"])
    sign = "+" if answered > truth else ""
    return [
        (say("number in the table"), significant(truth, figures=4, zeros=False)),
        (say("answer"), significant(answered, figures=4)),
        (say("off by"), f"{sign}{significant(answered - truth)}"),
    ]


ABOUT = {MULTI: of_labels, NUMBER: of_a_number}
"""What is told of an error, by the problem."""


def pieces(text: str, weights: list[tuple[int, int, float]]) -> list[Piece]:
    """Returns a text in pieces with their weights; a long one is cut.

    Args:
        text: The text.
        weights: Begin, end and weight of its words, in order.
    """
    found, place = [], 0
    end_of_all = (
        len(text) if len(text) <= MOST_LETTERS else max(MOST_LETTERS, *[0, *(end for _, end, _ in weights)])
    )
    end_of_all = min(end_of_all, 3 * MOST_LETTERS)
    for begin, end, weight in weights:
        if begin < place or end > end_of_all:
            continue
        if begin > place:
            found.append(Piece(text[place:begin]))
        found.append(Piece(text[begin:end], weight))
        place = end
    found.append(Piece(text[place:end_of_all]))
    if end_of_all < len(text):
        found.append(Piece(" […]"))
    return [piece for piece in found if piece.text]
