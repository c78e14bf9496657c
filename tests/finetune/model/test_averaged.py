"""The mean of weights: of each number, in the kind that it has, whatever is no number left as it is."""

import torch

from finetune.model.averaged import mean_of


def test_each_weight_is_the_mean_of_those_of_the_networks():
    one = {"a": torch.tensor([0.0, 1.0]), "positions": torch.tensor([0, 1])}
    other = {"a": torch.tensor([3.0, 2.0]), "positions": torch.tensor([0, 1])}
    third = {"a": torch.tensor([6.0, 6.0]), "positions": torch.tensor([0, 1])}
    found = mean_of([one, other, third])
    assert found["a"].tolist() == [3.0, 3.0]
    assert found["positions"].tolist() == [0, 1]
    assert found["positions"].dtype == torch.int64
    assert one["a"].tolist() == [0.0, 1.0]  # it is not added up in there


def test_halves_are_added_up_in_float32_and_stay_halves():
    many = [{"a": torch.full((1,), 60000.0, dtype=torch.float16)}] * 4  # whose sum no float16 holds
    found = mean_of(iter(many))["a"]
    assert found.dtype == torch.float16
    assert found.item() == 60000.0
