"""The check of lengths in tokens: how long the texts are, and what each `max_length` would cut."""

from collections.abc import Iterator

import numpy as np

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid

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
        values={"middle": round(middle), "most": round(most), "longest": int(tokens.max())},
        grid=Grid(("max_length", "cut", "share", "texts_up_to"), cells),
    )
    rows = np.flatnonzero(tokens > data.max_length)
    if len(rows):
        fits = data.max_length < data.model_length
        yield Finding(
            "cut" if fits else "cut_by_model",
            "warning" if len(rows) / len(tokens) >= MANY else "note",
            len(rows),
            rows.tolist(),
            values={
                "max_length": str(data.max_length),
                "share": len(rows) / len(tokens),
                "would_need": str(min(int(tokens.max()), data.model_length)),
            },
        )
