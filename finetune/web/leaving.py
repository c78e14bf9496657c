"""Whether the server is leaving: what came before is answered, what comes later is to ask elsewhere. Ends nothing."""

import time

GRACE_SECONDS = 0.5
"""For so long after the signal requests are taken: those that were sent before it, and not read yet."""


class Leaving:
    """Set by a signal, looked at by whoever takes requests."""

    def __init__(self) -> None:
        self._since: float | None = None

    def begin(self) -> None:
        """Takes down that the signal has come."""
        self._since = self._since or time.monotonic()

    @property
    def begun(self) -> bool:
        """Whether the signal has come."""
        return self._since is not None

    @property
    def refuses(self) -> bool:
        """Whether nothing new is taken any more."""
        return self.seconds > GRACE_SECONDS

    @property
    def seconds(self) -> float:
        """How long ago the signal came; 0 where none did."""
        return 0.0 if self._since is None else time.monotonic() - self._since
