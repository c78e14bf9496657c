import pytest
import torch
from scipy.stats import binom, chi2
from torch import nn

from finetune.model.faster.dropout import Dropout, dropout, keep_mask, replace_dropout, restore_dropout


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.9])
def test_as_many_elements_stay_as_the_probability_says(p):
    torch.manual_seed(0)
    size = 1_000_001  # no multiple of the numbers in a word
    kept = int(keep_mask(torch.Size([size]), p, torch.float32).sum())
    low, high = binom.interval(1 - 1e-6, size, 1 - p)
    assert low <= kept <= high


def test_each_of_the_four_slices_of_a_word_is_as_random():
    torch.manual_seed(1)
    slices = keep_mask(torch.Size([250_000, 4]), 0.5, torch.float32)
    low, high = binom.interval(1 - 1e-6, 250_000, 0.5)
    assert all(low <= int(count) <= high for count in slices.sum(0))


def test_neighbours_say_nothing_of_each_other():
    torch.manual_seed(2)
    mask = keep_mask(torch.Size([400_000]), 0.3, torch.float32).view(-1, 4).int()
    patterns = (mask * torch.tensor([8, 4, 2, 1])).sum(1).bincount(minlength=16).double()
    kept = torch.tensor([bin(i).count("1") for i in range(16)])
    expected = len(mask) * 0.7**kept * 0.3 ** (4 - kept)
    statistic = float(((patterns - expected) ** 2 / expected).sum())
    assert statistic < chi2.ppf(1 - 1e-6, df=15)


def test_the_mean_stays_and_the_gradient_goes_where_the_value_went():
    torch.manual_seed(3)
    x = torch.ones(200, 1000, requires_grad=True)
    y = dropout(x, 0.1, training=True)
    assert y.mean().item() == pytest.approx(1, abs=0.003)
    assert y.detach().unique().tolist() == [0, pytest.approx(1 / 0.9)]
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


def test_a_seed_gives_the_same_mask_again():
    torch.manual_seed(7)
    first = keep_mask(torch.Size([100]), 0.5, torch.bfloat16)
    second = keep_mask(torch.Size([100]), 0.5, torch.bfloat16)
    torch.manual_seed(7)
    assert torch.equal(first, keep_mask(torch.Size([100]), 0.5, torch.bfloat16))
    assert not torch.equal(first, second)


@pytest.mark.parametrize(("p", "training"), [(0.5, False), (0.0, True), (1.0, True)])
def test_at_the_ends_it_is_torchs_own(p, training):
    x = torch.randn(4, 5)
    assert torch.equal(dropout(x, p, training), nn.functional.dropout(x, p, training))


def test_every_dropout_of_a_network_is_replaced_with_its_probability():
    network = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(0.25)), nn.Dropout(0.5, inplace=True))
    names = list(network.eval().state_dict())
    replace_dropout(network)
    assert not network[1][0].training
    assert isinstance(network[1][0], Dropout)
    assert network[1][0].p == 0.25
    assert type(network[2]) is nn.Dropout  # changes its input: another thing
    assert list(network.state_dict()) == names
    restore_dropout(network)
    assert type(network[1][0]) is nn.Dropout
