"""Which of several variants is taken. What they answer is asked in tests/journeys/test_export.py."""

import pytest

from finetune.commands.export.held import Held, Scores
from finetune.commands.export.proof import Tried, nearest
from finetune.language.say import Message

SCORES = Scores(0.9, 0.1, 0.0)


def tried(variant, *, equal, misses):
    missed = tuple(Message("a bound") for _ in range(misses))
    return Tried(variant, 1, Held(rows=40, difference=0.1, equal=equal, before=SCORES, after=SCORES), missed)


@pytest.mark.parametrize(
    ("variants", "taken"),
    [
        ([("a", 39, 1), ("b", 39, 0)], "b"),  # good enough comes before all else
        ([("a", 40, 1), ("b", 39, 0)], "b"),
        ([("a", 38, 1), ("b", 39, 3)], "b"),
        ([("a", 39, 2), ("b", 39, 1), ("c", 39, 2)], "b"),
        ([("a", 39, 1), ("b", 39, 1)], "a"),  # the faster one
    ],
)
def test_of_what_misses_a_bound_that_is_taken_which_comes_nearest(variants, taken):
    found = nearest([tried(name, equal=equal, misses=misses) for name, equal, misses in variants])
    assert found.variant == taken
