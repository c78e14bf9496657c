"""What scripts/prove/same_run.py takes for the same."""

from __future__ import annotations

import pytest
import torch


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"weights": torch.tensor([1.0, -0.0])}, ["weights"]),  # equal numbers, other bits
        ({"pairs": {"loss": [(1, 0.5), (1, 0.5)]}}, ["pairs"]),  # logged twice
        ({"answers": b"b"}, ["answers"]),
        ({}, []),
    ],
)
def test_it_sees_the_smallest_difference(script, other, named):
    nan = float("nan")
    reference = {
        "weights": torch.tensor([1.0, 0.0]),
        "lost": torch.tensor([nan]),
        "pairs": {"loss": [(1, 0.5)]},
        "answers": b"a",
    }
    found = reference | {"lost": torch.tensor([nan])} | other
    assert script("prove/same_run").differences(reference, found) == named
