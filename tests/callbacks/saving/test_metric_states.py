from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torchmetrics import CatMetric, MeanMetric, MetricCollection
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score

from callbacks.saving.metric_states import metric_states, set_metric_states


class Module(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scores = MetricCollection(
            {"a": MulticlassAccuracy(3), "f": MulticlassF1Score(3)}, compute_groups=[["a", "f"]]
        )
        self.mean = MeanMetric()
        self.all = CatMetric()
        self.unused = MeanMetric()

    def see(self, seed: int) -> None:
        numbers = torch.Generator().manual_seed(seed)
        self.scores.update(torch.randn(8, 3, generator=numbers), torch.randint(3, (8,), generator=numbers))
        self.mean.update(torch.randn(8, generator=numbers))
        self.all.update(torch.randn(2, generator=numbers))

    def values(self) -> list[float]:
        return [
            *(float(v) for v in self.scores.compute().values()),
            float(self.mean.compute()),
            *self.all.compute().tolist(),
        ]


def test_an_epoch_taken_up_in_its_middle_is_measured_whole(tmp_path: Path) -> None:
    whole, first, second = Module(), Module(), Module()
    for seed in range(5):
        whole.see(seed)
    for seed in range(3):
        first.see(seed)
    torch.save(metric_states(first), tmp_path / "states.pt")
    states = torch.load(tmp_path / "states.pt", weights_only=True)
    assert "unused" not in states
    set_metric_states(second, states)
    assert second.mean.update_called
    for seed in range(3, 5):
        second.see(seed)
    assert second.values() == whole.values()


def test_the_states_are_copies_both_ways() -> None:
    module, other = Module(), Module()
    module.see(0)
    expected = module.values()
    states = metric_states(module)
    module.see(1)
    set_metric_states(other, states)
    assert other.values() == expected
    other.see(2)
    again = Module()
    set_metric_states(again, states)
    assert again.values() == expected


def test_a_metric_that_is_not_there_any_more_is_left_out() -> None:
    module = Module()
    module.see(0)
    other = Module()
    del other.mean
    set_metric_states(other, metric_states(module))
    assert float(other.scores.compute()["a"]) == pytest.approx(float(module.scores.compute()["a"]))
