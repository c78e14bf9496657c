import pytest
import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification

from finetune.errors import ModelError
from finetune.model.optim import depths, encoder_layers, freeze_embeddings, parameter_groups, peak_rates


@pytest.fixture
def network(tiny_model):
    return AutoModelForSequenceClassification.from_pretrained(tiny_model, num_labels=3)


def groups(network, **changes):
    settings = {"learning_rate": 1.0, "head_learning_rate": 10.0, "layer_decay": 0.5, "weight_decay": 0.1}
    new = {"classifier.weight", "classifier.bias"}
    return {group["name"]: group for group in parameter_groups(network, new=new, **settings | changes)}


def test_each_layer_learns_at_half_the_rate_of_the_one_above(network):
    found = groups(network)
    assert found["head"]["lr"] == 10
    assert found["layer_2"]["lr"] == 1
    assert found["layer_1"]["lr"] == 0.5
    assert found["embeddings"]["lr"] == 0.25


def test_every_parameter_is_in_one_group_and_only_matrices_decay(network):
    found = groups(network)
    everything = [id(p) for group in found.values() for p in group["params"]]
    assert sorted(everything) == sorted(id(p) for p in network.parameters())
    for name, group in found.items():
        matrices = {p.ndim > 1 for p in group["params"]}
        assert matrices == {not name.endswith("_no_decay")}
        assert group["weight_decay"] == (0.0 if name.endswith("_no_decay") else 0.1)


def test_what_the_checkpoint_had_is_no_head(network):
    below_head = depths(network, {"classifier.weight", "classifier.bias"})
    assert below_head["bert.pooler.dense.weight"] == 1
    assert depths(network, {"bert.pooler.dense.weight"})["bert.pooler.dense.weight"] == 0


def test_frozen_embeddings_have_no_group_and_layers_go_on_learning(network):
    freeze_embeddings(network)
    assert not any(p.requires_grad for p in network.bert.embeddings.parameters())
    assert all(p.requires_grad for p in network.bert.encoder.parameters())
    assert not any(name.startswith("embeddings") for name in groups(network))


@pytest.mark.parametrize(
    ("layers", "width", "rate"),
    [(12, 384, 1.5e-4), (12, 768, 5e-5), (24, 1024, 3e-5), (24, 2048, 1e-5)],
    ids=["embedded", "BERTimbau", "BERTimbau large", "1.2 billion"],
)
def test_the_larger_the_encoder_the_lower_its_rate(layers, width, rate):
    shape = {"num_hidden_layers": layers, "hidden_size": width, "intermediate_size": 4 * width}
    with torch.device("meta"):
        network = BertForSequenceClassification(BertConfig(num_attention_heads=width // 64, **shape))
    nothing_asked = {"learning_rate": None, "head_learning_rate": None}
    assert peak_rates(network, started=True, **nothing_asked) == (rate, rate)
    assert peak_rates(network, started=False, **nothing_asked) == (rate, pytest.approx(7 * rate))
    asked = {"learning_rate": 1e-3, "head_learning_rate": 0.0}
    assert peak_rates(network, started=True, **asked) == (1e-3, 0.0)


def test_a_network_without_layers_is_told_as_that():
    class Flat:
        base_model = nn.Linear(2, 2)

    with pytest.raises(ModelError, match=r"Flat has no list of layers.*--model\.name"):
        encoder_layers(Flat())
