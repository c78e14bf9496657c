"""Rows that are to be read whole, as the terminal shows them: one below the other, each with its whole text."""

from collections.abc import Iterator, Sequence
from itertools import islice

from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text

from finetune.data.checks.finding import Cell, Grid
from finetune.data.checks.words_of_cells import header, in_words
from finetune.language.say import say, visible
from finetune.language.short import short

SHOWN = 10
MOST_LINES = 4
"""Of a text: some 300 letters at 80 columns."""

MOST_LETTERS = 300
"""Of a label, which may take several lines, but not a thousand."""

BETWEEN = " · "


def one_by_one(grid: Grid, console: Console) -> Group:
    """Returns the first rows, each with what is known of it on a line and its text below."""
    shown = [
        part
        for row in grid.rows[:SHOWN]
        for part in (
            Text(),
            _about(grid.header, row),
            Padding(_text(grid.header, row, console), (0, 0, 0, 2)),
        )
    ]
    more = len(grid.rows) - SHOWN
    if more > 0:
        shown += [Text(), Text(say("and {n:,} more", "and {n:,} more", n=more), style="dim")]
    return Group(*shown)


def _about(keys: Sequence[str], row: Sequence[Cell]) -> Text:
    about = Text()
    for key, cell in zip(keys, row, strict=True):
        if key != "text":
            about.append(BETWEEN if about else "", style="dim").append(f"{header(key)}: ", style="dim")
            about.append(short(in_words(key, cell), most=MOST_LETTERS), style="bold")
    return about


def _text(keys: Sequence[str], row: Sequence[Cell], console: Console) -> Text:
    """A text in one paragraph; a long one is cut behind some lines."""
    # shown before it is folded: what stands for a sign that steers is longer than that
    text = Text(visible(" ".join(str(row[keys.index("text")]).split())))
    width = console.width - 2
    lines = list(islice(_lines(text, console, width), MOST_LINES + 1))
    if len(lines) > MOST_LINES:
        lines = lines[:MOST_LINES]
        lines[-1].truncate(width - 1)
        lines[-1].append("…")
    return Text("\n").join(lines)


def _lines(text: Text, console: Console, width: int) -> Iterator[Text]:
    # a long text is not folded to its end for the sake of its beginning
    for line in text[: (MOST_LINES + 1) * width].wrap(console, width):
        line.rstrip()
        yield line
