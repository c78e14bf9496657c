"""Lists of names and of line numbers as messages show them."""

from collections.abc import Iterable, Sequence

SHOWN = 10


def quoted(names: Iterable[object]) -> str:
    """Names between quotes."""
    return ", ".join(f'"{name}"' for name in names)


def some(numbers: Sequence[int]) -> str:
    """The first ten numbers."""
    return ", ".join(map(str, numbers[:SHOWN])) + (" ..." if len(numbers) > SHOWN else "")


def listed(items: Sequence[object], *, most: int = 20) -> str:
    """Items as in a sentence: "3, 19 and 44"; of more than `most` the first, and how many more."""
    shown = [str(item) for item in items[:most]]
    if len(items) > most:
        shown.append(f"{len(items) - most} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
