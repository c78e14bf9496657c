"""Lists of names and of line numbers as messages show them."""

from collections.abc import Iterable, Sequence

from finetune.language.say import AnyMessage, Message, joined

SHOWN = 10


def quoted(names: Iterable[object]) -> str:
    """Names between quotes."""
    return ", ".join(f'"{name}"' for name in names)


def listed(items: Sequence[object], *, most: int = 20) -> AnyMessage:
    """Items as in a sentence: "3, 19 and 44"; of more than `most` the first, and how many more."""
    shown = list(items[:most])
    if len(items) > most:
        shown.append(Message("{n:,} more", "{n:,} more", n=len(items) - most))
    if len(shown) < 2:
        return joined(shown)
    return Message("{those} and {last}", those=joined(shown[:-1], ", "), last=shown[-1])
