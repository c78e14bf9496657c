from __future__ import annotations

import pytest

from callbacks.saving import rhythm
from callbacks.saving.rhythm import Rhythm


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, as its only element."""
    now = [0.0]
    monkeypatch.setattr(rhythm.time, "monotonic", lambda: now[0])
    return now


def test_steps_count_from_the_last_save(clock: list[float]) -> None:
    due = Rhythm(every_n_steps=3, every_minutes=None)
    due.begin(10)
    assert [due.is_due(step) for step in (11, 12, 13)] == [False, False, True]
    with due.saving(13):
        pass
    assert [due.is_due(step) for step in (13, 15, 16)] == [False, False, True]


def test_minutes_count_from_the_end_of_the_last_save(clock: list[float]) -> None:
    due = Rhythm(every_n_steps=None, every_minutes=1)
    clock[0] = 59
    assert not due.is_due(5)
    clock[0] = 60
    assert due.is_due(5)
    with due.saving(5):
        clock[0] = 100
    clock[0] = 159
    assert not due.is_due(6)
    assert (due.times, due.seconds, due.share) == (1, 40, 40 / 159)


def test_without_either_nothing_is_due_by_itself(clock: list[float]) -> None:
    due = Rhythm(every_n_steps=None, every_minutes=None)
    clock[0] = 1e9
    assert not due.is_due(10**9)


def test_a_save_that_ends_the_training_does_not_count(clock: list[float]) -> None:
    due = Rhythm(every_n_steps=3, every_minutes=None)
    with pytest.raises(OSError, match="full"), due.saving(3):
        raise OSError("full")
    assert due.times == 0
    assert due.is_due(3)
