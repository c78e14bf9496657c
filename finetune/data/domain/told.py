"""What was read of texts without labels: in numbers, and in a sentence or two. Reads nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from finetune.data.domain.division import Division
from finetune.data.domain.rows import Pieces
from finetune.data.domain.texts import Texts
from finetune.language.say import AnyMessage, Message, joined


def counts(texts: Texts, division: Division, pieces: Pieces) -> dict[str, Any]:
    """Returns what was read, in numbers.

    Returns:
        `sources`: their names; `rows` of them, of which `empty` have no text; texts that are `equal` to one before, or
        `left_out`; `long` ones of which only the beginning is read; `texts` that are kept, and how many of them are
        `held_out`; their `tokens`; the `pieces` that train or are held out, the `longest` in tokens, and how many texts
        are `in_pieces`, two or more.
    """
    tokens = pieces.tokens
    numbers = pieces.text_of(np.arange(len(tokens.text)))
    return {
        "sources": [each.source for each in texts.windows],
        "rows": texts.rows,
        "empty": texts.rows - len(texts),
        "equal": division.equal,
        "left_out": division.left_out,
        "long": texts.long,
        "texts": int(division.kept.sum()),
        "held_out": int(division.held_out.sum()),
        "tokens": int(tokens.whole.lengths.sum()),
        "pieces": len(numbers),
        "in_pieces": int((np.bincount(numbers) > 1).sum()),
        "longest": int(tokens.lengths.max()),
    }


def sentences(found: Mapping[str, Any], *, cached: bool, asked: bool) -> Iterator[AnyMessage]:
    """Gives what is said of it.

    Args:
        found: The numbers.
        cached: Whether the tokens were there already.
        asked: Whether texts were to be left out: who asks for it wants to know that there were none.
    """
    equal, left_out = found["equal"], found["left_out"]
    less: list[Message] = []
    if equal:
        less.append(Message("{n:,} that repeats another", "{n:,} that repeat another", n=equal))
    if left_out or asked:
        elsewhere = Message(
            "{n:,} that is validated or tested on elsewhere",
            "{n:,} that are validated or tested on elsewhere",
            n=left_out,
        )
        less.append(elsewhere)
    if less:
        yield Message("texts left out: {those}", those=joined(less, ", "))
    yield Message(
        "{n:,} text, {tokens:,} tokens{cached}, in {pieces:,} rows of up to {longest:,} tokens; {held:,} held out",
        "{n:,} texts, {tokens:,} tokens{cached}, in {pieces:,} rows of up to {longest:,} tokens; {held:,} held out",
        n=found["texts"],
        tokens=found["tokens"],
        cached=Message(" (from the cache)") if cached else "",
        pieces=found["pieces"],
        longest=found["longest"],
        held=found["held_out"],
    )
