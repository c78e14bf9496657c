"""Held against torch's own attention; dropout against the same mask applied by hand."""

import pytest
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AutoModelForSequenceClassification, BertConfig, BertModel

from finetune.model.faster import attention as subject
from finetune.model.faster.attention import (
    NAME,
    ShortAttention,
    attention,
    use_short_attention,
    use_torch_attention,
)
from finetune.model.faster.dropout import keep_mask

B, HEADS, T, WIDTH = 3, 2, 7, 8
ENCODER = nn.Module()
ENCODER.is_causal = False


def inputs(dtype=torch.float32, *, requires_grad=False):
    torch.manual_seed(0)
    return [torch.randn(B, HEADS, T, WIDTH, dtype=dtype).requires_grad_(requires_grad) for _ in range(3)]


def padding():
    mask = torch.ones(B, 1, T, T, dtype=torch.bool)
    mask[1, :, :, 4:] = False
    mask[2, :, :, 1:] = False
    return mask


MASKS = {
    "none": None,
    "padding": padding(),
    "numbers": torch.where(padding(), 0.0, -1e4),
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_without_dropout_it_is_torchs_attention(mask):
    query, key, value = inputs(requires_grad=True)
    ours, _ = attention(ENCODER, query, key, value, mask)
    theirs = scaled_dot_product_attention(query, key, value, mask).transpose(1, 2)
    torch.testing.assert_close(ours, theirs)
    upstream = torch.randn_like(ours)
    of_ours = torch.autograd.grad(ours, (query, key, value), upstream)
    of_theirs = torch.autograd.grad(theirs, (query, key, value), upstream)
    torch.testing.assert_close(of_ours, of_theirs)


def test_its_gradient_is_that_of_small_differences():
    query, key, value = inputs(torch.float64, requires_grad=True)

    def function(query, key, value):
        torch.manual_seed(5)  # the same elements are dropped each time
        return ShortAttention.apply(query, key, value, padding(), 0.3, 0.5, None)

    assert torch.autograd.gradcheck(function, (query, key, value))


def test_dropout_drops_shares_and_scales_the_rest():
    query, key, value = inputs()
    torch.manual_seed(11)
    ours, _ = attention(ENCODER, query, key, value, padding(), dropout=0.25)
    torch.manual_seed(11)
    keep = keep_mask(torch.Size([B, HEADS, T, T]), 0.25, torch.float32)
    shares = (query @ key.mT * WIDTH**-0.5).masked_fill(~padding(), -torch.inf).softmax(-1)
    torch.testing.assert_close(ours, ((shares * keep / 0.75) @ value).transpose(1, 2))


def test_a_row_without_any_token_is_not_nan():
    query, key, value = inputs()
    answer, _ = attention(ENCODER, query, key, value, torch.zeros(B, 1, T, T, dtype=torch.bool))
    assert answer.isfinite().all()


def test_under_bf16_autocast_it_is_as_near_as_bf16_allows():
    query, key, value = inputs()
    exact, _ = attention(ENCODER, query, key, value, padding())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded, _ = attention(ENCODER, *[t.bfloat16() for t in (query, key, value)], padding())
    assert rounded.dtype == torch.bfloat16
    torch.testing.assert_close(rounded.float(), exact, atol=0.03, rtol=0.03)


@pytest.mark.parametrize(
    ("what", "taken"),
    [
        ({}, True),
        ({"is_causal": True}, False),
        ({"position_bias": torch.zeros(1, HEADS, T, T)}, False),
    ],
    ids=["plain", "causal", "position bias"],
)
def test_what_it_is_not_made_for_is_left_to_torch(monkeypatch, what, taken):
    calls = []
    monkeypatch.setattr(
        subject, "sdpa_attention_forward", lambda module, query, *_, **__: calls.append(1) or (query, None)
    )
    attention(ENCODER, *inputs(), None, **what)
    assert (not calls) == taken


def test_a_long_text_is_left_to_torch_unless_dropout_forbids_its_kernel(monkeypatch):
    calls = []
    monkeypatch.setattr(
        subject, "sdpa_attention_forward", lambda module, query, *_, **__: calls.append(1) or (query, None)
    )
    monkeypatch.setattr(subject, "LONGEST", T - 1)
    attention(ENCODER, *inputs(), None, dropout=0.1)
    assert not calls
    attention(ENCODER, *inputs(), None)
    assert calls


def test_the_configuration_that_is_saved_does_not_name_it(tiny_model, tmp_path):
    network = AutoModelForSequenceClassification.from_pretrained(tiny_model)
    use_short_attention(network)
    assert network.config._attn_implementation == NAME
    network.save_pretrained(tmp_path)
    assert NAME not in (tmp_path / "config.json").read_text()


def test_a_network_that_computes_its_attention_openly_is_left_alone():
    config = BertConfig(
        vocab_size=10, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8
    )
    network = BertModel._from_config(config, attn_implementation="eager")
    use_short_attention(network)
    assert network.config._attn_implementation == "eager"


def test_rotary_positions_in_float32_meet_a_value_in_bf16():
    query, key, value = inputs()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        answer, _ = attention(ENCODER, query, key, value.bfloat16(), padding())
    assert answer.dtype == torch.bfloat16


def test_a_decoder_is_left_alone():
    config = BertConfig(
        vocab_size=10,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        is_decoder=True,
    )
    network = BertModel(config)
    use_short_attention(network)
    assert network.config._attn_implementation == "sdpa"


def test_it_can_be_undone(tiny_model):
    network = AutoModelForSequenceClassification.from_pretrained(tiny_model)
    use_short_attention(network)
    use_torch_attention(network)
    assert network.config._attn_implementation == "sdpa"
