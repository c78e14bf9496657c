import math

import pytest
import torch

from finetune.tasks.losses import LOSSES, binary_cross_entropy, cross_entropy, focal
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label


@pytest.mark.parametrize("name", sorted({*single_label().losses, *ordinal().losses}))
def test_each_loss_gives_one_number_a_row_that_falls_as_the_right_class_rises(name):
    labels = torch.tensor([0, 0, 0])
    logits = torch.tensor([[-2.0, 0, 0], [0, 0, 0], [4, 0, 0]])
    losses = LOSSES[name](logits, labels)
    assert losses.shape == (3,)
    assert losses[0] > losses[1] > losses[2] > 0


def test_cross_entropy_is_minus_the_log_probability():
    assert cross_entropy(torch.zeros(1, 4), torch.tensor([2])).item() == pytest.approx(math.log(4))


def test_smoothing_makes_certainty_cost():
    sure = torch.tensor([[20.0, 0.0]])
    assert cross_entropy(sure, torch.tensor([0])).item() == pytest.approx(0, abs=1e-6)
    assert cross_entropy(sure, torch.tensor([0]), label_smoothing=0.2).item() == pytest.approx(2, abs=0.01)


def test_focal_weighs_by_the_square_of_the_missing_probability():
    logits = torch.tensor([[math.log(3.0), 0.0]])  # probability 3/4
    assert focal(logits, torch.tensor([0])).item() == pytest.approx(0.25**2 * -math.log(0.75))


def test_binary_cross_entropy_is_the_mean_over_the_labels_of_minus_the_log_probability():
    logits = torch.tensor([[math.log(3.0), 0.0]])  # probabilities 3/4 and 1/2
    labels = torch.tensor([[0.0, 1.0]])
    expected = (-math.log(0.25) - math.log(0.5)) / 2
    assert binary_cross_entropy(logits, labels).tolist() == pytest.approx([expected])
    sure = torch.tensor([[20.0, -20.0]])
    smoothed = binary_cross_entropy(sure, torch.tensor([[1.0, 0.0]]), label_smoothing=0.2)
    assert smoothed.tolist() == pytest.approx([2.0], abs=0.01)  # a tenth goes to what is wrong, of either
