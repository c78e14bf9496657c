"""4 bits where they cannot be had: refused, and counted all the same. What bitsandbytes computes is played by a stub."""

import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification

from finetune.errors import ConfigError
from finetune.model import quantize
from finetune.model.adapters import merged
from finetune.model.optim import encoder_layers
from finetune.model.quantize import (
    bytes_by_arithmetic,
    check_can_quantize,
    check_quantize,
    constants_of,
    in_4_bits,
    multiplied_in_float32,
    outside_layers,
)


@pytest.fixture
def network():
    """A BERT of 2 layers of width 64, without weights, whose layers do not learn."""
    shape = {"num_hidden_layers": 2, "hidden_size": 64, "intermediate_size": 256, "num_attention_heads": 2}
    with torch.device("meta"):
        made = BertForSequenceClassification(BertConfig(vocab_size=100, **shape))
    encoder_layers(made).requires_grad_(False)
    return made


@pytest.mark.parametrize(
    ("kind", "lora", "text"),
    [
        ("nf4", None, r"--model.quantize nf4 keeps.*cannot be trained themselves: add --model.lora true"),
        ("int3", {"rank": 16}, "--model.quantize is 'int3': there are nf4"),
        ("nf4", {"rank": 16, "kind": "dora"}, "dora learns the lengths of the matrices' rows too"),
    ],
)
def test_what_cannot_be_trained_is_refused(kind, lora, text):
    with pytest.raises(ConfigError, match=text):
        check_quantize(kind, lora)


def test_what_can_be_trained_is_not():
    check_quantize(None, None)
    check_quantize("nf4", {"rank": 16, "kind": "lora"})


@pytest.mark.parametrize(
    ("cuda", "installed", "said", "not_said"),
    [
        (False, (), ["no NVIDIA GPU", "bitsandbytes is not installed", "plan --gpu CARD"], ["pip install"]),
        (False, ("bitsandbytes", "accelerate"), ["no NVIDIA GPU"], ["is not installed"]),
        (True, ("accelerate",), ["bitsandbytes is not installed", "\n  "], ["GPU", "accelerate is"]),
    ],
)
def test_it_is_said_which_of_the_two_lacks(monkeypatch, cuda, installed, said, not_said):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(quantize, "have", lambda package: package in installed)
    with pytest.raises(ConfigError) as error:
        check_can_quantize("nf4")
    text = str(error.value)
    assert all(each in text for each in said)
    assert not any(each in text for each in not_said)


def test_where_both_are_there_it_goes_on(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(quantize, "have", lambda package: True)
    check_can_quantize("nf4")


def test_the_arithmetic_by_hand(network):
    """Of each layer 4 x 64 x 64 of attention and 2 x 64 x 256 behind it: 49,152 numbers; two layers have 98,304."""
    fewer, beside = bytes_by_arithmetic(network)
    assert fewer == pytest.approx(98_304 * (4 - 4.127 / 8), abs=12)  # twelve matrices, rounded to whole bytes
    assert beside == 64 * 256 * 2  # the largest, in bfloat16
    for matrix in quantize.matrices(network):
        matrix.data = matrix.data.bfloat16()
    assert bytes_by_arithmetic(network)[0] == pytest.approx(98_304 * (2 - 4.127 / 8), abs=12)


def test_what_learns_is_not_kept_in_4_bits(network):
    encoder_layers(network)[1].requires_grad_(True)  # as the matrices of adapters do
    assert bytes_by_arithmetic(network)[0] == pytest.approx(49_152 * (4 - 4.127 / 8), abs=6)


def test_it_is_asked_for_by_the_papers_means_and_not_of_the_head(network):
    outside = outside_layers(network)
    assert outside == {"bert.pooler.dense", "classifier"}
    asked = in_4_bits(outside)
    assert (asked.load_in_4bit, asked.bnb_4bit_quant_type, asked.bnb_4bit_use_double_quant) == (
        True,
        "nf4",
        True,
    )
    assert asked.bnb_4bit_compute_dtype == torch.bfloat16
    assert asked.llm_int8_skip_modules == ["bert.pooler.dense", "classifier"]


class Packed(nn.Module):
    """A layer as bitsandbytes has it, as far as it is asked: what stands for the matrix is half of it."""

    def __init__(self, whole):
        super().__init__()
        self.weight = nn.Parameter(whole / 2, requires_grad=False)
        self.weight.quant_state = "halved"
        self.bias = nn.Parameter(torch.ones(len(whole)).bfloat16(), requires_grad=False)
        self.compute_dtype = torch.bfloat16


class Adapted(nn.Module):
    """An adapter around it, as peft has it."""

    active_adapters = ("default",)

    def __init__(self, base, delta):
        super().__init__()
        self.base_layer = base
        self.delta = delta

    def get_delta_weight(self, name):
        assert name == "default"
        return self.delta


@pytest.fixture
def stub(monkeypatch):
    """A bitsandbytes that doubles what is halved."""
    module = ModuleType("bitsandbytes")
    module.functional = SimpleNamespace(
        dequantize_4bit=lambda data, state: data * 2 if state == "halved" else None
    )
    monkeypatch.setitem(sys.modules, "bitsandbytes", module)


def test_merged_is_what_is_dequantized_and_what_adapters_add(stub):
    whole, delta = torch.arange(6.0).reshape(2, 3), torch.full((2, 3), 10.0)
    network = nn.ModuleDict(
        {"with": Adapted(Packed(whole), delta), "without": Packed(whole), "plain": nn.Linear(2, 2)}
    )
    found = dict(merged(network))
    assert found.keys() == {f"{layer}.{part}" for layer in network for part in ("weight", "bias")}
    assert torch.equal(found["with.weight"], whole + 10)
    assert torch.equal(found["without.weight"], whole)
    assert {each.dtype for each in found.values()} == {torch.float32}


def test_the_constants_of_a_matrix_are_known_by_its_name():
    names = [
        "a.base_layer.weight",
        "a.base_layer.weight.absmax",
        "a.lora_A.default.weight",
        "ab.weight.absmax",
    ]
    assert constants_of(names, {"a.base_layer.weight", "a.lora_A.default.weight"}) == [names[1]]


def test_it_is_multiplied_in_float32_for_as_long_as_it_is_compared():
    network = nn.ModuleDict({"packed": Packed(torch.zeros(2, 2))})
    with multiplied_in_float32(network):
        assert network["packed"].compute_dtype == torch.float32
    assert network["packed"].compute_dtype == torch.bfloat16
