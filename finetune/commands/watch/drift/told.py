"""What a look has found, in plain words. Computes nothing."""

from collections.abc import Callable, Sequence

import numpy as np

from finetune.commands.watch.drift.looks import (
    ALPHA,
    CLASSES,
    LENGTHS,
    TAIL,
    UNLIKE,
    UNSURE,
    WORDS,
    Kind,
    Look,
)
from finetune.language.say import Message, joined

MOST_LABELS = 3


def of_unsure(look: Look, kind: Kind, labels: Sequence[str]) -> Message:
    """Returns how much less sure the model is."""
    if kind.knows_when_unsure:
        return Message(
            "the model does not know {now:.0%} of them, and {was:.0%} of the held-out ones",
            now=look.now[0],
            was=look.was[0],
        )
    return Message(
        "the model is hardly sure of {now:.0%} of them ({tail:.0%} would be usual)",
        now=look.now[0],
        tail=TAIL,
    )


def of_classes(look: Look, kind: Kind, labels: Sequence[str]) -> Message:
    """Returns which answers are more or fewer."""
    if kind.numbers:
        return Message(
            "the answers are other numbers: {now:.4g} in the middle, and {was:.4g} of the held-out ones",
            now=look.now[0],
            was=look.was[0],
        )
    largest = np.argsort(-np.abs(look.now - look.was))[:MOST_LABELS]
    each = [
        Message(
            '"{label}" {now:.0%} (held-out: {was:.0%})', label=labels[at], now=look.now[at], was=look.was[at]
        )
        for at in largest.tolist()
    ]
    return Message("the answers are other ones: {labels}", labels=joined(each, "; "))


def of_lengths(look: Look, kind: Kind, labels: Sequence[str]) -> Message:
    """Returns how much longer or shorter the texts are."""
    return Message(
        "the texts have other lengths: {now:,.0f} characters in the middle, and {was:,.0f} of the held-out ones",
        now=look.now[0],
        was=look.was[0],
    )


def of_words(look: Look, kind: Kind, labels: Sequence[str]) -> Message:
    """Returns that the words are other ones."""
    return Message("the texts are made of other words")


def of_unlike(look: Look, kind: Kind, labels: Sequence[str]) -> Message:
    """Returns how many of the texts are like none."""
    return Message(
        "{now:.0%} of the texts are hardly like any held-out one ({tail:.0%} would be usual)",
        now=look.now[0],
        tail=TAIL,
    )


IN_WORDS: dict[str, Callable[[Look, Kind, Sequence[str]], Message]] = {
    UNSURE: of_unsure,
    CLASSES: of_classes,
    LENGTHS: of_lengths,
    WORDS: of_words,
    UNLIKE: of_unlike,
}


def told(
    found: Sequence[Look], tests: int, kind: Kind, labels: Sequence[str], *, rows: Message, in_a_row: int
) -> Message:
    """Returns a look in plain words.

    Args:
        found: The alarms.
        tests: How many tests were done.
        kind: What the model can say.
        labels: Its labels.
        rows: Which rows were looked at.
        in_a_row: How many looks in a row were alarms, with this one.
    """
    if not found:
        return Message(
            "drift: {rows} are like those that were held out ({n:,} test; a false alarm in one of {looks:,} looks)",
            "drift: {rows} are like those that were held out ({n:,} tests; a false alarm in one of {looks:,} looks)",
            n=tests,
            rows=rows,
            looks=round(1 / ALPHA),
        )
    said = joined([IN_WORDS[look.name](look, kind, labels) for look in found], "; ")
    if in_a_row > 1:
        return Message(
            "DRIFT, {times:,} looks in a row: {rows} are other ones than those by which the model was measured: "
            "{said}. How good it is on them, nobody knows: label some of them, and train with them.",
            times=in_a_row,
            rows=rows,
            said=said,
        )
    return Message(
        "DRIFT: {rows} are other ones than those by which the model was measured: {said}. By chance this is said in "
        "one of {looks:,} looks. How good the model is on them, nobody knows: label some of them.",
        rows=rows,
        said=said,
        looks=round(1 / ALPHA),
    )
