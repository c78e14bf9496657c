"""What a user's own names and cells look like in a sentence: short, on one line. A cell can be a megabyte long."""

from callbacks.language.visible import visible

MOST_LETTERS = 60
"""Of a name in a sentence; what is cut off is shown as "…"."""


def short(name: object, *, most: int = MOST_LETTERS) -> str:
    """Returns a name as it is shown: its beginning, on one line, with nothing in it that steers a terminal."""
    text = str(name)
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return visible(" ".join(cut.splitlines()))
