"""Lists of names and of line numbers as messages show them."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from finetune.language.say import AnyMessage, Message, joined

SHOWN = 10

Item = TypeVar("Item")


def quoted(names: Iterable[object]) -> str:
    """Names between quotes."""
    return ", ".join(f'"{name}"' for name in names)


def listed(
    items: Sequence[Item], *, most: int = 20, told: Callable[[Item], object] | None = None
) -> AnyMessage:
    """Items as in a sentence: "3, 19 and 44"; of more than `most` the first, and how many more.

    Args:
        items: What is listed.
        most: How many are shown.
        told: Returns what is shown of one; each as it is when left out.
    """
    shown: list[object] = [each if told is None else told(each) for each in items[:most]]
    if len(items) > most:
        shown.append(Message("{n:,} more", "{n:,} more", n=len(items) - most))
    if len(shown) < 2:
        return joined(shown)
    return Message("{those} and {last}", those=joined(shown[:-1], ", "), last=shown[-1])
