"""What is taken of networks of several seeds, with made-up measures; a damaged one is told."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from finetune.commands.fit import averaged
from finetune.errors import ConfigError

SEEDS = {1: 1.0, 2: 3.0, 3: 8.0}
"""Seeds, and the only weight of the network of each."""


@pytest.fixture
def model(monkeypatch):
    """A network of one weight, whose networks are made up; what each errs is set by the test."""
    network = nn.Linear(1, 1, bias=False)
    model = SimpleNamespace(network=network, task=SimpleNamespace(score="f1_macro"), errors={})

    def measured(model, weights):
        network.load_state_dict(weights)
        return {"f1_macro": 0.5, "log_loss": model.errors[network.weight.item()]}

    monkeypatch.setattr(averaged, "measured", measured)
    monkeypatch.setattr(
        averaged, "weights_of", lambda run: {"weight": torch.tensor([[SEEDS[int(run.name)]]])}
    )
    return model


def taken(model, folder):
    content = averaged.as_measured({"options": [], "seeds": [*SEEDS]}, folder, model)
    return content["taken"], model.network.weight.item()


def test_the_mean_is_taken_where_it_is_no_worse(model, tmp_path):
    model.errors = {1.0: 0.5, 3.0: 0.4, 8.0: 0.6, 4.0: 0.45}
    assert taken(model, tmp_path) == ("mean", 4.0)


def test_else_the_best_network_is(model, tmp_path):
    model.errors = {1.0: 0.5, 3.0: 0.4, 8.0: 0.6, 4.0: 0.55}
    assert taken(model, tmp_path) == (2, 3.0)


def test_what_is_no_number_is_told_as_unknown(model, tmp_path):
    model.errors = {1.0: 0.5, 3.0: float("nan"), 8.0: 0.6, 4.0: float("inf")}
    content = averaged.as_measured({"options": [], "seeds": [*SEEDS]}, tmp_path, model)
    assert [each["error"] for each in content["networks"]] == [0.5, None, 0.6]
    assert content["mean"]["error"] is None


def test_a_damaged_network_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"it is not there\. Remove the folder"):
        averaged.weights_of(tmp_path / "seeds/1")
