"""The most confident errors, with the words that weighed most for the answer."""

from pathlib import Path
from typing import Any

from finetune.language.numbers import percent
from finetune.language.say import Message, say
from finetune.report.attribution import Explained, most_confident_errors
from finetune.report.blocks import Block, Fold, Marked, Piece, Section, Text
from finetune.report.facts import Facts
from finetune.report.names import NO_ANSWERS, NO_METRICS

OPEN = 8
"""Errors that are shown at once; the others are folded."""

MOST_LETTERS = 900
"""Of a text."""


def section(facts: Facts, explained: Explained) -> Section:
    """Returns the errors of the last part, the most confident first.

    Args:
        facts: The run.
        explained: What weighed how much in which text, or why that is not known.
    """
    title, part = say("The most confident errors"), facts.last_part
    if facts.answers is None or part is None:
        why = NO_METRICS if part is None else NO_ANSWERS
        return Section("mistakes", title, "", [Text(str(why), "quiet")])
    errors = most_confident_errors(facts.answers, part)
    if errors.empty:
        return Section("mistakes", title, "", [Text(say("There are none: every answer is right."), "good")])
    done = sum(text in explained.weights for text in errors["text"])
    told: list[Block] = [_marked(row, explained) for row in errors.to_dict("records")]
    note = str(_marks(explained))
    if 0 < done < len(errors):
        some = say(
            "Only {n:,} text is marked; for all of them it would have taken too long.",
            "Only {n:,} texts are marked; for all of them it would have taken too long.",
            n=done,
        )
        note = f"{note} {some}"
    blocks: list[Block] = [Text(note, "quiet"), *told[:OPEN]]
    if len(told) > OPEN:
        blocks.append(Fold(say("{n:,} more error", "{n:,} more errors", n=len(told) - OPEN), told[OPEN:]))
    how = say(
        "Here the model was surest and yet not of the label in the table. Look at the labels first: often it is the "
        "table that errs, or a text fits two classes."
    )
    return Section("mistakes", title, how, blocks)


def _marks(explained: Explained) -> Message:
    """What the marks mean, or why there are none."""
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
        "two_texts": Message(
            "The words that weighed most are not marked: that is done only where each row has one text."
        ),
        "not_asked": Message("The words that weighed most are not marked: --no-explain was given."),
    }
    failed = Message("The words that weighed most are not marked: {why}", why=explained.error)
    return reasons.get(explained.why, failed)


def _marked(row: dict[Any, Any], explained: Explained) -> Marked:
    return Marked(
        place=say("{file}, line {line}", file=Path(str(row["source"])).name, line=row["line"]),
        facts=[
            (say("label in the table"), str(row["label"])),
            (say("answer"), str(row["predicted"])),
            (say("confidence"), percent(float(row["confidence"]))),
        ],
        pieces=pieces(str(row["text"]), explained.weights.get(str(row["text"]), [])),
    )


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
