from contextlib import suppress

import pytest
import torch
from transformers import AutoModelForSequenceClassification, BertConfig, XLMRobertaConfig

from finetune.model.faster.fewer_casts import cast_once, weights_cast
from finetune.model.output_layer import keep_logits_whole

SIZE = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
IDS = torch.arange(6, 30).view(3, 8)


def network(config):
    torch.manual_seed(0)
    return AutoModelForSequenceClassification.from_config(config(**SIZE, intermediate_size=32)).eval()


def under_autocast(made):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return made(input_ids=IDS).logits


@pytest.mark.parametrize("config", [BertConfig, XLMRobertaConfig])
def test_states_are_cast_once_for_three_layers_and_the_answers_are_the_same_to_the_last_bit(config):
    plain, quick = network(config), network(config)
    cast_once(quick)
    met = []
    for made in (plain, quick):
        layer = made.base_model.encoder.layer[1].attention.self.key
        layer.register_forward_pre_hook(lambda _, inputs: met.append(inputs[0].dtype))
    with torch.inference_mode():
        assert torch.equal(under_autocast(plain), under_autocast(quick))
        assert met == [torch.float32, torch.bfloat16]
        assert torch.equal(plain(input_ids=IDS).logits, quick(input_ids=IDS).logits), "without autocast"
        assert met[2:] == [torch.float32, torch.float32]


def test_training_is_left_as_it_is():
    gradients = []
    for made in (plain := network(BertConfig), quick := network(BertConfig)):
        if made is quick:
            cast_once(quick)
        under_autocast(made).square().sum().backward()
        gradients.append([each.grad for each in made.parameters()])
    assert all(map(torch.equal, *gradients))
    assert plain is not quick


@pytest.mark.parametrize("breaks_off", [False, True])
def test_weights_are_cast_once_and_then_again_as_they_were(breaks_off):
    made = network(BertConfig)
    keep_logits_whole(made)
    before, weights = (
        {name: each.clone() for name, each in made.state_dict().items()},
        list(made.parameters()),
    )
    with torch.inference_mode(), suppress(KeyError):
        expected = under_autocast(made)
        with weights_cast(made, torch.bfloat16):
            assert torch.equal(under_autocast(made), expected)
            kinds = {name for name, each in made.named_parameters() if each.dtype == torch.bfloat16}
            if breaks_off:
                raise KeyError
    assert "bert.encoder.layer.0.intermediate.dense.weight" in kinds
    assert not any("LayerNorm" in name or "embeddings" in name or "classifier" in name for name in kinds)
    assert all(one is other for one, other in zip(weights, made.parameters(), strict=True))
    after = made.state_dict()
    assert all(
        after[name].dtype == each.dtype and torch.equal(after[name], each) for name, each in before.items()
    )
    under_autocast(made.train()).sum().backward()
    assert made.bert.encoder.layer[0].intermediate.dense.weight.grad.dtype == torch.float32
