from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch

from callbacks.saving.random_states import random_states, set_random_states

CPU = torch.device("cpu")


def draw() -> tuple[float, float, float, float]:
    return random.random(), random.gauss(0, 1), float(np.random.normal()), float(torch.rand(1))


def test_the_same_numbers_come_again_after_a_checkpoint_that_holds_weights_only(tmp_path: Path) -> None:
    draw()  # so that a second number of the pair waits in the generators of normal numbers
    torch.save(random_states(CPU), tmp_path / "states.pt")
    expected = [draw() for _ in range(700)]  # past the end of the generators' tables
    set_random_states(torch.load(tmp_path / "states.pt", weights_only=True), CPU)
    assert [draw() for _ in range(700)] == expected


def test_states_of_another_device_are_left_aside() -> None:
    states = random_states(CPU) | {"cuda": torch.zeros(16, dtype=torch.uint8)}
    expected = draw()
    set_random_states(states, CPU)
    assert draw() == expected
