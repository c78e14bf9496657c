"""Which rows somebody is being shown just now: others are given them later. Lasts as long as the server."""

import time
from collections.abc import Callable

LEASE_SECONDS = 300.0
"""For how long a row is a page's: whoever went for lunch keeps no row from others."""


class Leases:
    """Rows that pages have.

    Args:
        clock: Gives the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[str, tuple[str, float]] = {}

    def take(self, row: str, page: str) -> None:
        """Gives a row to a page, or lets it have it for longer."""
        self._held[row] = (page, self._clock() + LEASE_SECONDS)

    def is_elsewhere(self, row: str, page: str) -> bool:
        """Returns whether another page has a row."""
        holder, until = self._held.get(row, (page, 0.0))
        return holder != page and until > self._clock()

    def release(self, row: str) -> None:
        """Takes down that a row is nobody's any more."""
        self._held.pop(row, None)

    def forget_old(self) -> None:
        """Forgets what is over."""
        now = self._clock()
        self._held = {row: held for row, held in self._held.items() if held[1] > now}
