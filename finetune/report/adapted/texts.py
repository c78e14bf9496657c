"""What was read: how many texts, what was left out of them, and which words cost many pieces."""

from collections.abc import Mapping
from typing import Any

from finetune.language.numbers import count
from finetune.language.say import Message, say
from finetune.report.blocks import Block, Grid, Pairs, Section, Text
from finetune.report.facts import Facts
from finetune.runs.adapted import TEXTS

COUNTS = {
    "rows": Message("lines and rows"),
    "empty": Message("of these empty"),
    "equal": Message("equal to another one"),
    "left_out": Message("left out: to validate or test on"),
    "texts": Message("texts that count"),
    "held_out": Message("held out to measure by"),
    "tokens": Message("tokens (pieces of words) to learn from"),
    "in_pieces": Message("longer than a row, and so in several"),
    "long": Message("of which only the beginning is read"),
    "max_length": Message("longest row, in tokens"),
}
"""What the numbers of the texts are called, in their order."""


def section(facts: Facts) -> Section:
    """Returns the numbers, and the words in many pieces."""
    title, read = say("The texts"), facts.metrics.get(TEXTS)
    if not isinstance(read, Mapping):
        none = say("Not known: the run has no metrics.json, which is written when a training has finished.")
        return Section("texts", title, "", [Text(none, "quiet")])
    pairs = [(str(name), count(int(read[key]))) for key, name in COUNTS.items() if read.get(key) is not None]
    blocks: list[Block] = [Pairs(pairs), *words(read)]
    how = say("What was read, and what of it was learned from. Equal texts count once.")
    return Section("texts", title, how, blocks)


def words(read: Mapping[str, Any]) -> list[Block]:
    """Returns the words that the tokenizer breaks into many pieces, the most costly first."""
    found = read.get("words") or {}
    costly = found.get("broken") or []
    if not costly:
        return []
    rows = [
        [str(each["word"]), count(int(each["count"])), " ".join(map(str, each["pieces"]))] for each in costly
    ]
    average = say("A word takes {tokens:.2f} tokens on average.", tokens=found["tokens"] / found["words"])
    text = say(
        "These words the vocabulary of the model does not know, and reads in many pieces: each costs time, and is "
        "harder to learn."
    )
    header = [say("word"), say("how often"), say("its pieces")]
    return [Text(f"{average} {text}"), Grid(header, rows, numbers=(1,))]
