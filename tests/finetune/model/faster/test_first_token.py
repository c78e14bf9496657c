import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    CamembertConfig,
    DistilBertConfig,
    ElectraConfig,
    RobertaConfig,
    XLMRobertaConfig,
)

from finetune.model.faster.attention import packable
from finetune.model.faster.first_token import keep_first_token
from finetune.model.faster.packing import READ_THE_FIRST, packed_inputs
from finetune.model.network import quicken

SIZE = {
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
CONFIGS = {
    config.model_type: config
    for config in (
        BertConfig(**SIZE),
        CamembertConfig(**SIZE),
        ElectraConfig(**SIZE, embedding_size=16),
        RobertaConfig(**SIZE),
        XLMRobertaConfig(**SIZE),
        DistilBertConfig(vocab_size=50, dim=16, n_layers=2, n_heads=2, hidden_dim=32),
    )
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_logits_and_gradients_are_those_of_the_untouched_network(name, packed):
    torch.manual_seed(0)
    plain = AutoModelForSequenceClassification.from_config(CONFIGS[name]).eval()
    quick = AutoModelForSequenceClassification.from_config(CONFIGS[name]).eval()
    quick.load_state_dict(plain.state_dict())
    quicken(quick)
    ids = torch.randint(5, 50, (3, 9))
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    mask[2, 1:] = 0
    ids[mask == 0] = quick.config.pad_token_id  # RoBERTa counts positions by it
    assert packable(quick, ids) == (name in READ_THE_FIRST)
    inputs = {"input_ids": ids, "attention_mask": mask}
    if packed and not packable(quick, ids):
        pytest.skip(f"{name} is not packed")
    logits = [
        plain(**inputs).logits,
        quick(**packed_inputs(quick.config, **inputs) if packed else inputs).logits,
    ]
    torch.testing.assert_close(*logits)
    for one in logits:
        one.square().sum().backward()
    for (parameter, expected), got in zip(plain.named_parameters(), quick.parameters(), strict=True):
        # torch leaves out gradients of 0 where nothing was computed
        zero = torch.zeros_like(got)
        torch.testing.assert_close(
            zero if got.grad is None else got.grad,
            zero if expected.grad is None else expected.grad,
            msg=lambda text, parameter=parameter: f"{parameter}: {text}",
            atol=1e-6,
            rtol=1e-4,
        )


def test_every_architecture_of_the_table_is_tried_above():
    assert set(CONFIGS) >= READ_THE_FIRST


def test_the_last_layer_computes_the_first_token_alone():
    network = AutoModelForSequenceClassification.from_config(CONFIGS["bert"])
    keep_first_token(network)
    shapes = []
    for layer in network.bert.encoder.layer:
        layer.output.register_forward_hook(lambda _, __, result: shapes.append(tuple(result.shape)))
    network(input_ids=torch.randint(5, 50, (3, 9)))
    assert shapes == [(3, 9, 16), (3, 1, 16)]
