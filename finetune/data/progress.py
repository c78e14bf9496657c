"""A bar on the terminal while a large table is read or tokenised; nothing where there is no terminal."""

import sys
from collections.abc import Callable, Iterator
from typing import TypeVar

from lightning_utilities.core.rank_zero import rank_zero_only
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


def with_bar(
    items: Iterator[Item], what: str, *, size: Callable[[Item], int], total: int | None = None
) -> Iterator[Item]:
    """Passes items on, and shows on the error stream how many rows have gone by.

    Args:
        items: What comes in pieces.
        what: What is done with them, in a word or two.
        size: Returns the rows of a piece.
        total: Rows in all, where that is known.
    """
    first = getattr(rank_zero_only, "rank", None) in (0, None)  # of several processes on one terminal
    if not (first and sys.stderr.isatty()):
        yield from items
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # transient: what is said afterwards has the numbers
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        task = progress.add_task(what, total=total)
        for item in items:
            progress.advance(task, size(item))
            yield item
