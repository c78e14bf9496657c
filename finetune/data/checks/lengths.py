"""The check of lengths in tokens: how long the texts are, and what each `max_length` would cut."""

from collections.abc import Iterator

import numpy as np

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid, Severity, Share
from finetune.language.say import Message

LIMITS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
"""The lengths that the table shows."""

MANY = 0.01
"""Share of cut texts that is worth a warning."""

BAR = 20
"""Letters of the longest bar."""


def lengths(data: Examined) -> Iterator[Finding]:
    """How long the texts are in tokens, and which are cut."""
    tokens = data.lengths
    if tokens is None or not len(tokens):
        return
    limits = [limit for limit in LIMITS if limit <= data.model_length]
    enough = next((place for place, limit in enumerate(limits) if tokens.max() <= limit), len(limits))
    limits = limits[: enough + 1]
    between = np.diff([0, *((tokens <= limit).sum() for limit in limits)])
    cells = []
    for limit, count in zip(limits, between, strict=True):
        cut = int((tokens > limit).sum())
        bar = "█" * round(BAR * count / max(1, between.max())) or ("▏" if count else "")
        cells.append((str(limit), cut, cut / len(tokens), bar))
    middle, most = np.percentile(tokens, (50, 95))
    yield Finding(
        "lengths",
        "note",
        len(tokens),
        what=Message(
            "text, of so many tokens (words or pieces of words): half up to {middle:,}, 95% up to {most:,}, "
            "the longest {longest:,}",
            "texts, of so many tokens (words or pieces of words): half up to {middle:,}, 95% up to {most:,}, "
            "the longest {longest:,}",
            n=len(tokens),
            middle=round(middle),
            most=round(most),
            longest=int(tokens.max()),
        ),
        grid=Grid(("max_length", "cut", "share", "texts_up_to"), cells),
    )
    rows = np.flatnonzero(tokens > data.max_length)
    if not len(rows):
        return
    n, share = len(rows), Share(len(rows) / len(tokens))
    if data.max_length < data.model_length:
        code = "cut"
        what = Message(
            "text ({share}) is longer than {max_length} tokens (words or pieces of words): its end is cut off",
            "texts ({share}) are longer than {max_length} tokens (words or pieces of words): their ends are cut "
            "off",
            n=n,
            share=share,
            max_length=data.max_length,
        )
        advice = Message(
            "--data.max_length {would_need} cuts fewer or none; it takes more memory and time.",
            would_need=min(int(tokens.max()), data.model_length),
        )
    else:
        code = "cut_by_model"
        what = Message(
            "text ({share}) is longer than the {max_length} tokens (words or pieces of words) that the model can "
            "read: its end is cut off",
            "texts ({share}) are longer than the {max_length} tokens (words or pieces of words) that the model can "
            "read: their ends are cut off",
            n=n,
            share=share,
            max_length=data.max_length,
        )
        advice = Message("Put what matters at the beginning, or take a model that reads longer texts.")
    severity: Severity = "warning" if share >= MANY else "note"
    yield Finding(code, severity, n, rows.tolist(), what=what, advice=advice)
