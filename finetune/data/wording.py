"""Lists of names and of line numbers as messages show them."""

from collections.abc import Iterable, Sequence

SHOWN = 10


def quoted(names: Iterable[object]) -> str:
    """Names between quotes."""
    return ", ".join(f'"{name}"' for name in names)


def some(numbers: Sequence[int]) -> str:
    """The first ten numbers."""
    return ", ".join(map(str, numbers[:SHOWN])) + (" ..." if len(numbers) > SHOWN else "")


def counted(number: int, noun: str) -> str:
    """A number with its noun in the right form."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
