"""Held against the untouched network, and against small differences; dropout against the random state."""

import copy
import pickle

import pytest
import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, BertConfig

from finetune.model.faster.packing import READ_THE_FIRST, packed_inputs, packing_of
from finetune.model.faster.whole_layer import Shape, WholeLayer
from finetune.model.network import quicken
from tests.finetune.model.faster.test_first_token import CONFIGS, SIZE

NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


@pytest.fixture
def whole(monkeypatch):
    """The layers that were computed as one operation, by whether they end with the first token."""
    seen, apply = [], WholeLayer.apply
    monkeypatch.setattr(WholeLayer, "apply", lambda *given: (seen.append(given[2].first), apply(*given))[1])
    return seen


def network_of(name="bert", **more):
    torch.manual_seed(0)
    config = copy.deepcopy(CONFIGS[name])
    config.update(more)
    return AutoModelForSequenceClassification.from_config(config).train()


def inputs_of(network):
    torch.manual_seed(1)
    ids, mask = torch.randint(5, 50, (3, 9)), torch.ones(3, 9, dtype=torch.int64)
    mask[1, 5:] = 0
    mask[2, 1:] = 0
    ids[mask == 0] = network.config.pad_token_id  # RoBERTa counts positions by it
    return {"input_ids": ids, "attention_mask": mask}


def learned(network, *, packed=True, bf16=False):
    """Returns the logits, and the gradients by name."""
    network.zero_grad()
    inputs = inputs_of(network)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        logits = network(**packed_inputs(network.config, **inputs) if packed else inputs).logits.float()
    logits.square().sum().backward()
    return logits.detach(), {
        name: torch.zeros_like(each) if each.grad is None else each.grad.clone()
        for name, each in network.named_parameters()
    }


def apart(network):
    """Gives the network its layers of single operations back."""
    for layer in network.base_model.encoder.layer:
        layer.__class__ = type(layer).__mro__[1]
    return network


@pytest.mark.parametrize("name", sorted(READ_THE_FIRST))
def test_it_answers_and_learns_as_the_untouched_network(name, whole):
    plain = network_of(name, **NO_DROPOUT)
    quick = copy.deepcopy(plain)
    quicken(quick)
    for ours, theirs in zip(learned(quick), learned(plain, packed=False), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)
    assert whole == [False, True]


def test_under_bf16_autocast_it_is_as_near_as_single_operations(whole):
    exact = network_of(**NO_DROPOUT)
    quick = copy.deepcopy(exact)
    quicken(quick)
    ours = learned(quick, bf16=True)
    assert whole == [False, True]
    theirs = learned(apart(quick), bf16=True)
    for one, other, true in zip(ours, theirs, learned(exact, packed=False), strict=True):
        torch.testing.assert_close(one, other, atol=2e-3, rtol=2e-2)
        torch.testing.assert_close(one, true, atol=2e-2, rtol=1e-1)


@pytest.mark.parametrize("first", [False, True])
def test_its_gradient_is_that_of_small_differences(first):
    torch.manual_seed(0)
    packing = packing_of(torch.tensor([[1, 1, 1], [1, 0, 0]]))
    shapes = [(4, 4), (4,)] * 4 + [(8, 4), (8,), (4, 8), (4,)] + [(4,)] * 4
    weights = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    states = torch.randn(len(packing.back), 4, dtype=torch.float64, requires_grad=True)
    shape = Shape(heads=2, scaling=0.7, dropped=(0.2, 0.3, 0.4), eps=(1e-5, 1e-5), first=first)

    def function(states, *weights):
        torch.manual_seed(5)  # the same elements are dropped each time
        answer = WholeLayer.apply(states, packing, shape, torch.float64, *weights)
        return answer if first else answer[:, : packing.real]

    assert torch.autograd.gradcheck(function, (states, *weights), fast_mode=True)


def test_the_same_random_state_drops_the_same(whole):
    network = network_of()
    quicken(network)
    torch.manual_seed(3)
    one, _ = learned_after(network, 3)
    again, _ = learned_after(network, 3)
    other, _ = learned_after(network, 4)
    assert torch.equal(one, again)
    assert not torch.allclose(one, other)
    assert whole


def learned_after(network, seed):
    """As `learned`, with dropout drawn after a seed."""
    inputs = packed_inputs(network.config, **inputs_of(network))
    network.zero_grad()
    torch.manual_seed(seed)
    logits = network(**inputs).logits
    logits.square().sum().backward()
    return logits.detach(), {name: each.grad for name, each in network.named_parameters()}


def test_where_activations_are_computed_anew_it_is_left_alone_and_learns_the_same(whole):
    """All that it keeps of a layer would be there at once."""
    network = network_of(**NO_DROPOUT)
    quicken(network)
    _, kept = learned_after(network, 3)
    assert len(whole) == 2
    network.activation_checkpointing_enable()
    _, anew = learned_after(network, 3)
    torch.testing.assert_close(anew, kept)
    assert len(whole) == 2


class Adapted(nn.Linear):
    """What stands for a layer that an adapter wraps."""


def wrap(network):
    attention = network.bert.encoder.layer[0].attention.self
    wrapped = Adapted(SIZE["hidden_size"], SIZE["hidden_size"])
    wrapped.load_state_dict(attention.query.state_dict())
    attention.query = wrapped


def freeze(network):
    network.bert.encoder.layer[0].output.dense.bias.requires_grad_(False)


def listen(network):
    network.bert.encoder.layer[0].intermediate.dense.register_forward_hook(lambda *_: None)


@pytest.mark.parametrize("change", [wrap, freeze, listen])
def test_a_layer_that_is_not_what_it_was_built_as_is_left_alone(change, whole):
    plain = network_of(**NO_DROPOUT)
    quick = copy.deepcopy(plain)
    quicken(quick)
    change(quick)
    ours, _ = learned(quick)
    assert whole == [True]  # the other layer
    torch.testing.assert_close(ours, learned(plain, packed=False)[0])


def test_an_evaluation_is_left_alone(whole):
    network = network_of()
    quicken(network)
    network.train(False)
    learned(network)
    assert not whole


def test_other_activations_are_left_alone(whole):
    network = AutoModelForSequenceClassification.from_config(BertConfig(**SIZE, hidden_act="relu")).train()
    quicken(network)
    learned(network)
    assert not whole


def test_a_copy_computes_with_its_own_weights(whole):
    network = network_of(**NO_DROPOUT)
    quicken(network)
    copied = copy.deepcopy(network)
    with torch.no_grad():
        copied.bert.encoder.layer[0].output.dense.weight.zero_()
    assert not torch.allclose(learned(copied)[0], learned(network)[0])
    assert len(whole) == 4


def test_a_network_can_be_pickled(whole):
    """As what starts other processes by spawning does, and who saves a whole module."""
    network = network_of(**NO_DROPOUT)
    quicken(network)
    again = pickle.loads(pickle.dumps(network))
    torch.testing.assert_close(learned(again), learned(network))
    assert len(whole) == 4
