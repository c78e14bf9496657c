"""The layer behind the logits."""

import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification

from finetune.model.output_layer import OutputLayer, keep_logits_whole, output_layer


def network() -> BertForSequenceClassification:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=20,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        num_labels=1,
    )
    return BertForSequenceClassification(config).eval()


def test_autocast_does_not_round_numbers_in_the_users_units() -> None:
    made = network()
    with torch.no_grad():
        made.classifier.weight.mul_(300)
        made.classifier.bias.fill_(1234.5)
    ids = torch.arange(12).view(4, 3)
    before = set(made.state_dict())
    keep_logits_whole(made)
    with torch.no_grad():
        whole = made(input_ids=ids).logits
        with torch.autocast("cpu", dtype=torch.bfloat16):
            under = made(input_ids=ids).logits
    assert under.dtype == torch.float32
    assert (under - under.to(torch.bfloat16).float()).abs().max() > 0.1, "rounded to what 16 bits hold"
    assert (under - whole).abs().max() < 4, "what the layers before lose"
    assert set(made.state_dict()) == before


def test_it_gives_a_gradient_to_the_layers_before() -> None:
    layer = nn.Linear(4, 2)
    plain = nn.Linear(4, 2)
    plain.load_state_dict(layer.state_dict())
    layer.__class__ = OutputLayer
    given = torch.randn(3, 4)
    for each in (layer, plain):
        each(given).square().sum().backward()
    assert torch.equal(layer.weight.grad, plain.weight.grad)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = given.to(torch.bfloat16).requires_grad_()
        layer(half).sum().backward()
    assert half.grad is not None
    assert half.grad.dtype == torch.bfloat16


def test_a_layer_of_another_kind_stays() -> None:
    made = network()

    class Own(nn.Linear):
        pass

    made.classifier.__class__ = Own
    keep_logits_whole(made)
    found = output_layer(made)
    assert found is not None
    assert type(found[1]) is Own
