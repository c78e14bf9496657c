"""The order that the callbacks of a Trainer must have: those that save come last, and one of them behind all.

Lightning itself moves all checkpoint callbacks to the end, and leaves them in the order in which they were given.
"""

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def in_order(callbacks: Iterable[T]) -> list[T]:
    """Returns callbacks with those at the end that say `comes_last` of themselves, the others as they were."""
    return sorted(callbacks, key=lambda callback: bool(getattr(callback, "comes_last", False)))
