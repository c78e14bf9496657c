from itertools import pairwise

import pytest
import torch

from finetune.errors import ConfigError
from finetune.model.schedules import SCHEDULES, total_steps


def rates(name, *, total=100, warmup=10, cycles=1):
    """The rate that each optimizer step is taken with, and the one after the last."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    schedule = SCHEDULES[name](optimizer, warmup_steps=warmup, total_steps=total, num_cycles=cycles)
    found = []
    for _ in range(total + 1):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


@pytest.mark.parametrize("name", SCHEDULES)
def test_each_rises_to_its_peak_over_the_warm_up_and_never_passes_it(name):
    found = rates(name)
    assert found[0] == 0
    assert found[5] == pytest.approx(1.0)
    assert found[10] == pytest.approx(2.0)
    assert max(found) == pytest.approx(2.0)


@pytest.mark.parametrize("cycles", [1, 2, 3, 5])
def test_restarts_come_as_often_as_asked_and_it_ends_at_its_floor(cycles):
    found = rates("cosine_with_restarts", total=310, warmup=10, cycles=cycles)
    jumps = sum(after > before + 1.0 for before, after in pairwise(found[10:]))
    assert jumps == cycles - 1
    assert found[-1] == 0
    assert found[-2] < 0.01


def test_linear_falls_evenly_and_constant_stays():
    assert rates("linear")[55] == pytest.approx(1.0)
    assert rates("linear")[-1] == 0
    assert set(rates("constant")[10:]) == {2.0}


@pytest.mark.parametrize(
    ("asked", "steps"),
    [
        ({"max_epochs": 3}, 300),
        ({"max_epochs": 3, "max_steps": 50}, 50),
        ({"max_epochs": -1, "max_steps": 500}, 500),
        ({"max_epochs": 2, "limit": 11}, 12),  # 11 micro-batches, 2 a step: the last step has one
        ({"max_epochs": 2, "limit": 1000}, 200),
        ({"max_epochs": 2, "limit": 0.256}, 50),
        ({"max_epochs": 2, "limit": 0.001}, 2),
    ],
)
def test_the_steps_of_a_fit_are_those_of_its_epochs_within_every_limit(asked, steps):
    usual = {"limit": 1.0, "accumulation": 2, "max_epochs": None, "max_steps": -1}
    assert total_steps(100, **usual | asked) == steps


def test_without_an_end_the_steps_are_not_known():
    with pytest.raises(ConfigError, match=r"how long to train is not known: give --trainer\.max_epochs or"):
        total_steps(100, limit=1.0, accumulation=1, max_epochs=None, max_steps=-1)
