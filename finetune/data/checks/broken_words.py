"""The check of words that the model's vocabulary breaks into many pieces: it is said, and is no fault."""

from collections.abc import Iterator

import numpy as np

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid
from finetune.language.capitals import lowered
from finetune.language.say import Message

SAMPLE = 20_000
"""Rows looked at."""

LISTED = 10

BETWEEN = "·"
"""Stands between the pieces of a word."""


def broken_words(data: Examined) -> Iterator[Finding]:
    """Words in many pieces, those that cost most tokens first."""
    if data.tokenizer is None:
        return
    # here: a report knows the table of checks, and loads no transformers
    from finetune.data.batching.words_in_pieces import LEAST_LETTERS, LEAST_PIECES, words_in_pieces

    rows = np.arange(len(data))
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(data.seed).choice(rows, SAMPLE, replace=False))
    texts = (text for each in data.apart or (data.text,) for text in each.take(rows).to_pylist())
    found = words_in_pieces(
        map(lowered, texts) if data.lower_capitals else texts, data.tokenizer, most=LISTED
    )
    if not found.broken:
        return
    shown = [(each.word, each.count, BETWEEN.join(each.pieces)) for each in found.broken]
    yield Finding(
        "broken_words",
        "note",
        found.different,
        what=Message(
            "word of {letters} letters or more that the model's vocabulary breaks into {pieces} pieces or more: "
            '"{word}" ({parts}); a word of these texts takes {tokens:.2f} tokens on average',
            "different words of {letters} letters or more that the model's vocabulary breaks into {pieces} pieces or "
            'more, such as "{word}" ({parts}); a word of these texts takes {tokens:.2f} tokens on average',
            n=found.different,
            letters=LEAST_LETTERS,
            pieces=LEAST_PIECES,
            word=shown[0][0],
            parts=shown[0][2],
            tokens=found.tokens_per_word,
        ),
        advice=Message(
            "It is no fault: the model learns a word by its pieces, too. Texts of many such are longer."
        ),
        grid=Grid(("token", "times", "pieces"), shown),
    )
