"""What the model says of rows, all of them asked once: probabilities, and where network and words differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.corrections.row import Row
from finetune.data.progress import with_bar
from finetune.engines.engine import Engine
from finetune.engines.opened import told_as_ours
from finetune.language.say import note, say
from finetune.runtime.answering.answers import MULTI, NUMBER, Floats, mixed, probabilities
from finetune.runtime.answering.texts import together
from finetune.runtime.answering.words import Words

AT_ONCE = 512
"""Rows that are asked together: enough to be sorted by length, few enough to see it go on."""

SOON = 500
"""Rows above which it is said: it takes longer than one waits without a word."""

Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """What is said of N rows.

    Attributes:
        probabilities: [N, C]; of a number [N, 1].
        disagree: [N] whether network and words say different things; None where one answers alone.
    """

    probabilities: Floats
    disagree: Booleans | None


def answers_of(engine: Engine, rows: Sequence[Row]) -> Answers:
    """Asks a model about rows.

    Raises:
        ConfigError: A file of it is damaged.
    """
    model, described = engine.model, engine.model.described
    if len(rows) > SOON:
        note("the model is asked about {n:,} rows first", n=len(rows))
    mix = described["mix"]
    both = mix is not None and not model.of_words
    with told_as_ours():
        words = Words(model.folder / "words.npz", len(model.labels)) if both else None
        said, disagree = [], []
        for some in _shown(rows):
            texts = [row.texts for row in some]
            if words is None:
                said.append(model.probabilities(texts))
                continue
            logits, of_words = model.logits(texts), words.probabilities([together(row) for row in texts])
            disagree.append(disagreeing(logits / mix["network"], of_words, model.problem))
            found = mixed(logits, of_words, mix, model.problem)
            said.append(probabilities(found, model.problem, model.calibration))
    outputs = np.zeros((0, len(model.labels)))
    return Answers(
        np.concatenate([outputs, *said]),
        np.concatenate(disagree) if disagree and model.problem != NUMBER else None,
    )


def disagreeing(network: Floats, words: Floats, problem: str) -> Booleans:
    """Returns which rows the network and words answer otherwise. [N]

    Args:
        network: [N, C] logits.
        words: [N, C] probabilities.
        problem: What plain transformers goes by.
    """
    if problem == NUMBER:
        return np.zeros(len(network), dtype=bool)
    if problem == MULTI:
        return np.asarray(((network > 0) != (words > 0.5)).any(axis=1))
    return np.asarray(network.argmax(axis=1) != words.argmax(axis=1))


def _shown(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    pieces = (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))
    return with_bar(pieces, say("asking the model"), size=len, total=len(rows))
