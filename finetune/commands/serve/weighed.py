"""Which words weighed most: how much less sure the model is of its answer where each is left out. Asks no model."""

import re
from dataclasses import dataclass

import numpy as np

from finetune.engines.engine import DIGITS, Engine
from finetune.runtime.answering.answers import NUMBER, Floats
from finetune.runtime.answering.texts import Texts

WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Piece:
    """A word, or neighbours of a longer text, and the texts without it."""

    word: str
    without: Texts


def pieces(texts: Texts, *, most: int) -> list[Piece]:
    """Returns the words of a row, in their order; of a longer text so many neighbours together that there are few.

    Args:
        texts: Its text, or both.
        most: Pieces of all texts together, at most.
    """
    words = [(at, found.span()) for at, text in enumerate(texts) for found in WORD.finditer(text)]
    together = -(
        -len(words) // max(1, most - len(texts) + 1)
    )  # each text may end with a piece that is not full
    found = []
    for at, text in enumerate(texts):
        own = [span for of, span in words if of == at]
        for first in range(0, len(own), max(1, together)):
            begin, end = own[first][0], own[min(first + together, len(own)) - 1][1]
            without = f"{text[:begin]}{text[end:].lstrip()}".strip()
            found.append(Piece(text[begin:end], (*texts[:at], without, *texts[at + 1 :])))
    return found


def weights(engine: Engine, whole: Floats, without: Floats) -> list[float]:
    """Returns how much what was answered loses without each piece: a share of 1, or of a number how much it falls.

    Args:
        engine: What has answered.
        whole: [C] what is said of the whole text.
        without: [N, C] what is said without each piece.
    """
    predicted = engine.model.answer(whole[None]).predicted[0]
    if engine.model.problem == NUMBER:
        chosen = np.array([0])
    elif np.ndim(predicted):  # several labels: those that were answered, else the likeliest
        chosen = np.flatnonzero(predicted) if predicted.any() else np.array([whole.argmax()])
    else:
        chosen = np.array([int(predicted)])
    lost: list[float] = (whole[chosen].mean() - without[:, chosen].mean(axis=1)).round(DIGITS).tolist()
    return lost
