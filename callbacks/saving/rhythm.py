"""When a checkpoint is due, by steps and by the clock, and what the writing has cost. Writes none."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Rhythm:
    """Counts from one save to the next, and their time.

    Args:
        every_n_steps: Optimizer steps from one save to the next at the most; None for no limit.
        every_minutes: Minutes, likewise.
    """

    def __init__(self, *, every_n_steps: int | None, every_minutes: float | None) -> None:
        self._every_n_steps = every_n_steps
        self._every_minutes = every_minutes
        self.begin(0)

    def begin(self, step: int) -> None:
        """Begins to count at a step, at which there is nothing new to save."""
        self.times, self.seconds = 0, 0.0
        self._step = step
        self._at = self._began_at = time.monotonic()

    def is_due(self, step: int) -> bool:
        """Whether a save is due once a step is done."""
        steps, minutes = self._every_n_steps, self._every_minutes
        return (steps is not None and step - self._step >= steps) or (
            minutes is not None and time.monotonic() - self._at >= 60 * minutes
        )

    @contextmanager
    def saving(self, step: int) -> Iterator[None]:
        """Times a save, which counts though the disk refused it: the next one comes in its time."""
        began = time.monotonic()
        yield
        self._step, self._at = step, time.monotonic()
        self.times += 1
        self.seconds += self._at - began

    @property
    def share(self) -> float:
        """Share of the training's time that went into saves."""
        return self.seconds / max(time.monotonic() - self._began_at, 1e-9)
