"""Lists of names and of line numbers as messages show them."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from finetune.language.say import AnyMessage, Message, joined
from finetune.language.short import short

SHOWN = 10
MOST = 20

Item = TypeVar("Item")


def quoted(names: Iterable[object], *, most: int = MOST) -> AnyMessage:
    """Names between quotes, short; of more than `most` the first, and how many more."""
    names = list(names)
    shown = [f'"{short(name)}"' for name in names[:most]]
    if len(names) > most:
        more = Message("{n:,} more", "{n:,} more", n=len(names) - most)
        return Message("{those} and {last}", those=joined(shown, ", "), last=more)
    return joined(shown, ", ")


def one_of(names: Sequence[object]) -> AnyMessage:
    """Names between quotes of which one is meant: "a", "b" or "c"."""
    if len(names) < 2:
        return quoted(names)
    return Message("{those} or {last}", those=quoted(names[:-1]), last=quoted(names[-1:]))


def listed(
    items: Sequence[Item], *, most: int = MOST, told: Callable[[Item], object] | None = None
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
