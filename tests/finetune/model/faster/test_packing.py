import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import AutoModelForSequenceClassification, BertConfig

from finetune.model.faster import attention as subject
from finetune.model.faster.attention import ShortAttention, packable, use_short_attention
from finetune.model.faster.first_token import keep_first_token
from finetune.model.faster.packing import MULTIPLE, can_pack, packed_inputs, packing_of

HEADS, WIDTH = 2, 4
LENGTHS = (3, 7, 1, 7)
TINY = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}


def mask_of(*lengths):
    return torch.stack([(torch.arange(max(lengths)) < length).long() for length in lengths])


def test_the_drawn_example():
    packing = packing_of(mask_of(3, 2)[:, [0, 1, 2, 2]] * torch.tensor([1, 1, 1, 0]))
    assert packing.into.tolist() == [0, 1, 2, 5, 3, 4, 5, 5]
    assert packing.back[:5].tolist() == [0, 1, 2, 4, 5]
    assert packing.first.tolist() == [0, 3]
    assert len(packing.back) == MULTIPLE


@pytest.mark.parametrize("lengths", [LENGTHS, (5, 5, 5), (16,), (1,)])
def test_join_undoes_split_and_what_stands_for_nothing_is_zero(lengths):
    packing = packing_of(mask_of(*lengths))
    size = len(packing.back)
    assert size % MULTIPLE == 0
    assert sum(lengths) < size <= sum(lengths) + MULTIPLE
    packed = torch.randn(1, HEADS, size, WIDTH)
    padded = packing.split(packed)
    assert padded.shape == (len(lengths), HEADS, max(lengths), WIDTH)
    start = 0
    for row, length in zip(padded, lengths, strict=True):
        assert torch.equal(row[:, :length], packed[0, :, start : start + length])
        start += length
    joined = packing.join(padded).transpose(1, 2)
    assert torch.equal(joined[:, :, : sum(lengths)], packed[:, :, : sum(lengths)])
    assert not joined[:, :, sum(lengths) :].any()


def test_the_gradient_of_packed_attention_is_that_of_small_differences():
    packing = packing_of(mask_of(2, 4, 1))
    torch.manual_seed(0)
    inputs = [
        torch.randn(1, HEADS, len(packing.back), 2, dtype=torch.float64, requires_grad=True) for _ in range(3)
    ]

    def function(query, key, value):
        torch.manual_seed(5)  # the same elements are dropped each time
        return ShortAttention.apply(query, key, value, None, 0.3, 0.5, packing)[:, : packing.real]

    assert torch.autograd.gradcheck(function, inputs)


def test_texts_do_not_see_each_other():
    network = AutoModelForSequenceClassification.from_config(BertConfig(vocab_size=50, **TINY)).eval()
    use_short_attention(network)
    keep_first_token(network)
    ids, mask = torch.randint(5, 50, (4, 7)), mask_of(*LENGTHS)
    before = network(**packed_inputs(network.config, ids, mask)).logits
    ids[1] = torch.randint(5, 50, (7,))
    after = network(**packed_inputs(network.config, ids, mask)).logits
    assert not torch.allclose(before[1], after[1])
    assert torch.allclose(before[[0, 2, 3]], after[[0, 2, 3]])


def test_a_mask_without_content_counts_as_full():
    with FakeTensorMode() as mode:
        packing = packing_of(mode.from_tensor(mask_of(*LENGTHS)))
    assert packing.real == 28
    assert len(packing.back) == 32


def test_decoders_and_long_texts_are_not_packed(monkeypatch):
    assert can_pack(BertConfig())
    assert not can_pack(BertConfig(is_decoder=True))
    network = AutoModelForSequenceClassification.from_config(BertConfig(vocab_size=50, **TINY))
    use_short_attention(network)
    assert packable(network, torch.ones(2, 7))
    monkeypatch.setattr(subject, "LONGEST", 6)
    assert not packable(network, torch.ones(2, 7))


def test_it_computes_no_more_tokens_than_there_are_and_a_few():
    network = AutoModelForSequenceClassification.from_config(BertConfig(vocab_size=50, **TINY)).eval()
    use_short_attention(network)
    seen = []
    network.bert.encoder.layer[0].intermediate.register_forward_hook(
        lambda _, inputs, __: seen.append(inputs[0].shape)
    )
    mask = mask_of(40, 1, 1, 1)
    network(**packed_inputs(network.config, torch.randint(5, 50, (4, 40)), mask))
    assert seen == [(1, 48, 8)]  # 43 in place of 160
