"""One text answered, as bars for people."""

import sys
from collections.abc import Sequence

import numpy as np

from .answers import MULTI, NUMBER
from .invisible import shows_nothing
from .model import Model
from .said import Refused, percent, quantity, tell
from .texts import Making, together

WIDTH = 24
MOST = 12
"""Labels that are shown, the most probable ones."""


def answer_text(model: Model, making: Making, texts: Sequence[str], *, most: int | None = None) -> None:
    """Prints what the model says of a text, or of two.

    Args:
        model: The model.
        making: How texts are made.
        texts: The text, or both.
        most: Labels that are shown; as usual when left out.

    Raises:
        Refused: There is nothing in it, or it asks for another number of texts.
    """
    if len(texts) != 1 + making.of_pairs:
        raise Refused(
            tell("the model reads two texts: give the second one with --text_pair")
            if making.of_pairs
            else tell("the model reads one text: leave --text_pair out")
        )
    seen = making.seen([text.strip() for text in texts])
    if shows_nothing(together(seen)):
        raise Refused(tell("there is nothing in the text"))
    probabilities = model.probabilities([seen])
    columns = {name: values[0] for name, values in model.columns(probabilities).items()}
    if model.problem == NUMBER:
        print(quantity(columns["value"]))
        if not np.isnan(columns["low"]):
            print(tell("{low} to {high}", low=quantity(columns["low"]), high=quantity(columns["high"])))
        return
    _bars(model, probabilities[0].tolist(), model.answer(probabilities).predicted[0], most=most or MOST)
    if columns["abstained"]:
        print(tell("The model is not sure (confidence {share}).", share=percent(columns["confidence"])))


def _bars(
    model: Model,
    shares: list[float],
    predicted: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]",
    *,
    most: int,
) -> None:
    """Prints a bar for each label, those that are answered marked."""
    chosen = np.flatnonzero(predicted) if model.problem == MULTI else [int(predicted)]
    order = sorted(range(len(shares)), key=lambda number: -shares[number])[:most]
    shown = [*order, *(number for number in chosen if number not in order)]
    longest = max(len(model.labels[number]) for number in shown)
    block = "█" if _writes("█") else "#"
    for number in shown:
        bar = block * round(WIDTH * shares[number])
        mark = "*" if number in chosen else " "
        print(f"{mark} {model.labels[number]:<{longest}}  {bar:<{WIDTH}}  {percent(shares[number]):>6}")


def _writes(sign: str) -> bool:
    try:
        sign.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
