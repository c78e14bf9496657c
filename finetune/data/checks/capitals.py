"""The check of texts in capitals, for tokenizers to which a word in capitals is another one."""

from collections.abc import Iterator, Sequence

import numpy as np

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid, Share
from finetune.language.capitals import in_capitals, lowered
from finetune.language.say import Message

MANY = 0.01
"""Share of texts in capitals that is worth a warning, where they take more tokens by `MUCH`."""

MUCH = 1.1

LISTED = 10

SAMPLE = 1_000
"""Texts of which it is measured what capitals cost."""

TOGETHER = 10_000
"""Texts that are in memory as strings at once."""


def capitals(data: Examined) -> Iterator[Finding]:
    """Texts in capitals, and how many tokens they take as they are and in lower case."""
    rows = [] if data.tokenizer is None else _in_capitals(data)
    if rows:
        yield (_read_in_lower_case if data.lower_capitals else _read_as_written)(data, rows)


def _read_as_written(data: Examined, rows: Sequence[int]) -> Finding:
    share, (written, lower) = Share(len(rows) / len(data)), _tokens(data, rows)
    return Finding(
        "capitals",
        "warning" if share >= MANY and written > MUCH * lower else "note",
        len(rows),
        rows,
        what=Message(
            "text in capitals ({share}), of which the model knows fewer words: {written:,.1f} tokens, in lower case "
            "{lower:,.1f}",
            "texts in capitals ({share}), of which the model knows fewer words: {written:,.1f} tokens each, in lower "
            "case {lower:,.1f}",
            n=len(rows),
            share=share,
            written=written,
            lower=lower,
        ),
        advice=Message(
            "Add --data.lower_capitals true: the model reads it in lower case, your file stays as it is.",
            "Add --data.lower_capitals true: the model reads them in lower case, your file stays as it is.",
            n=len(rows),
        ),
        grid=_examples(data, rows),
    )


def _read_in_lower_case(data: Examined, rows: Sequence[int]) -> Finding:
    written, lower = _tokens(data, rows)
    return Finding(
        "capitals_lowered",
        "note",
        len(rows),
        rows,
        what=Message(
            "text in capitals ({share}), read in lower case: {lower:,.1f} tokens instead of {written:,.1f}",
            "texts in capitals ({share}), read in lower case: {lower:,.1f} tokens each instead of {written:,.1f}",
            n=len(rows),
            share=Share(len(rows) / len(data)),
            written=written,
            lower=lower,
        ),
        advice=Message("Your file stays as it is."),
        grid=_examples(data, rows),
    )


def _examples(data: Examined, rows: Sequence[int]) -> Grid:
    return Grid(("line", "text"), [(data.marked(row), data.excerpt(row)) for row in rows[:LISTED]])


def _in_capitals(data: Examined) -> list[int]:
    """Positions of the rows of which a text is in capitals, where that makes a difference to the tokenizer."""
    # here and below: a report knows the table of checks, and loads no transformers
    from finetune.data.batching.tokenizer import keeps_case

    assert data.tokenizer is not None
    if not keeps_case(data.tokenizer):
        return []
    found: set[int] = set()
    for texts in data.apart or (data.text,):
        for start in range(0, len(texts), TOGETHER):
            some = texts.slice(start, TOGETHER).to_pylist()
            found.update(start + place for place, text in enumerate(some) if in_capitals(text))
    return sorted(found)


def _tokens(data: Examined, rows: Sequence[int]) -> tuple[float, float]:
    """How many tokens a row takes on average as it is written, and in lower case."""
    from finetune.data.batching.tokens import tokenize

    assert data.tokenizer is not None
    chosen = np.random.default_rng(data.seed).permutation(rows)[:SAMPLE]
    texts = [text for each in data.apart or (data.text,) for text in each.take(chosen).to_pylist()]
    written, lower = (
        int(tokenize(some, data.tokenizer, cache=None)[0].lengths.sum()) / len(chosen)
        for some in (texts, list(map(lowered, texts)))
    )
    return written, lower
